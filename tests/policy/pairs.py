"""Two policies that Hypothesis draws: everything may differ between them, and often nothing does."""

from dataclasses import replace
from types import MappingProxyType

from hypothesis import strategies as st

from camket.policy.compiled import (
    ChangeChannel,
    ChangeRule,
    CompiledPolicy,
    ControllerEmail,
    ControllerRule,
    MeasureId,
    MeasureRule,
    RightId,
    RightRule,
    SafeguardId,
    SafeguardRule,
    StatementRule,
    ViolationRule,
)
from camket.policy.document import Statement
from camket.policy.retain import ClosingEvent, RetainRule, RetentionRules, parse_period
from camket.policy.terms import ClauseNumber, CollectionId, LegalBasis, PurposeId
from tests.policy.drawn import edition, editions

ADVISE, NOTIFY = PurposeId("advise"), PurposeId("notify")

CLAUSES = st.sampled_from([ClauseNumber("1.1"), ClauseNumber("1.2")])
PERIODS = st.sampled_from(["P30D", "P1M", "P12M", "P1Y", "P366D"]).map(parse_period)


@st.composite
def retentions(draw: st.DrawFn) -> RetentionRules:
    """Draw rules that speak of each purpose, in general or of what is kept there alone."""
    rules = []
    for purpose in (ADVISE, NOTIFY):
        of = draw(st.sampled_from([(), (CollectionId("all"),)]))
        rules.append(
            RetainRule(purposes=(purpose,), collections=of, after=draw(st.sampled_from(ClosingEvent)), keep=draw(PERIODS), clause=draw(CLAUSES))
        )
    return RetentionRules(timezone="Asia/Ho_Chi_Minh", rules=tuple(rules))


@st.composite
def policies(draw: st.DrawFn) -> CompiledPolicy:
    """Draw a policy in which everything may differ from the next one, and often does not."""
    policy = draw(st.sampled_from([None, None, edition([]).policy])) or draw(editions()).policy
    rights = [
        RightRule(id=RightId(one), deadline=draw(st.sampled_from(["dsr.view", "dsr.erase"])), clause=draw(CLAUSES)) for one in draw(SOME_RIGHTS)
    ]
    violations = [ViolationRule(id=one, ref=one[0], clause=ClauseNumber("1.1")) for one in ("malware", "piracy")]
    measures = [MeasureRule(id=MeasureId(one), violations=tuple(draw(SOME_VIOLATIONS)), clause=draw(CLAUSES)) for one in draw(SOME_MEASURES)]
    days = draw(st.sampled_from([None, 7, 14]))
    controller = ControllerRule(name=draw(st.sampled_from("AB")), address="D", email=ControllerEmail.SETTING, clause=ClauseNumber("1.1"))
    change = ChangeRule(significant=ChangeChannel.EMAIL, notice_days=days or 0, last_updated=draw(st.booleans()), clause=ClauseNumber("1.1"))
    basis = draw(st.sampled_from([LegalBasis.CONTRACT, LegalBasis.PROTECTION]))
    return replace(
        policy,
        retention=draw(retentions()),
        purposes=MappingProxyType({**policy.purposes, NOTIFY: replace(policy.purposes[NOTIFY], basis=basis)}),
        rights=MappingProxyType({one.id: one for one in rights}),
        violations=MappingProxyType({one.id: one for one in violations}),
        measures=tuple(measures),
        controller=draw(st.sampled_from([None, controller])),
        safeguards=MappingProxyType({one.id: one for one in [SafeguardRule(id=SafeguardId.EPOCH_KEYS, days=days, clause=draw(CLAUSES))]}),
        change=change,
        statements=MappingProxyType({one: StatementRule(id=one, clauses=(draw(CLAUSES),)) for one in draw(SOME_STATEMENTS)}),
    )


SOME_RIGHTS = st.lists(st.sampled_from(["view", "erase"]), unique=True)
SOME_STATEMENTS = st.lists(st.sampled_from([Statement.MEASURE_APPEAL, Statement.BREACH_NOTICE, Statement.SUBJECT_DUTIES]), unique=True)
SOME_MEASURES = st.lists(st.sampled_from(list(MeasureId)), max_size=3)
SOME_VIOLATIONS = st.lists(st.sampled_from(["malware", "piracy"]), min_size=1, unique=True)


@st.composite
def two_policies(draw: st.DrawFn) -> tuple[CompiledPolicy, CompiledPolicy]:
    """Draw two policies, of which the second is often the first with a single thing of another taken over."""
    old, other = draw(policies()), draw(policies())
    part = draw(
        st.sampled_from(["", "all", "retention", "rights", "measures", "controller", "safeguards", "change", "statements", "purposes", "table"])
    )
    if part == "table":
        return old, replace(old, table=other.table, prohibitions=other.prohibitions)
    return old, other if part == "all" else replace(old, **({part: getattr(other, part)} if part else {}))
