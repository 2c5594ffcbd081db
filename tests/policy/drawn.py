"""Editions that Hypothesis draws: sound texts over a few words, a plain reading of what they permit and forbid, and asks aimed at them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.document import Statement
from camket.policy.source import EditionSource
from camket.policy.terms import ROLES, Ask, FieldName, Operation, RoleId
from tests.policy.acts import AXES, EVERY, STRANGE, Act, Reading, asked, cell
from tests.policy.sample import EDITION, policy_of

FIELDS = ("name", "mail", "note")
DECLARES_ALL = Reading(purposes={"advise": "consent", "notify": "contract"}, recipients=("controller", "carrier"), fields=FIELDS)
KNOWN = {"roles": tuple(sorted(ROLES)), "operations": tuple(Operation), "purposes": ("advise", "notify"), "recipients": DECLARES_ALL.recipients}
# Few of the words, so that drawn clauses meet; "*" stands for all of them.
OFTEN = {**KNOWN, "roles": ("adviser", "auditor", "subject"), "operations": ("collect", "use", "store"), "fields": FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn edition, compiled, and what its text says in the plainest form."""

    source: EditionSource
    policy: CompiledPolicy
    reading: Reading

    @property
    def acts(self) -> tuple[Act, ...]:
        """What was drawn: the acts of its clauses without the first one, which declares everything."""
        return self.reading.acts[1:]


def written(acts: Sequence[Act], sayings: Sequence[Sequence[str]] = ()) -> EditionSource:
    """Return the text of an edition: its first clause declares everything, then one for each act; the last ones carry no rule and say something."""
    clauses = [DECLARED, *(one.written() for one in acts), *(f'rule = "none"\nsays = {[str(one) for one in says]}\nwhy = "W"\n' for says in sayings)]
    text = "# T\n\n## 1. S\n\n" + "\n\n".join(f"1.{n} C.\n\n```rule\n{rule}```" for n, rule in enumerate(clauses, 1)) + WORDS
    return EditionSource(files={"edition.toml": EDITION.replace('["en"]', "[]"), "policy.vi.md": text})


def compiled(acts: Sequence[Act]) -> Compilation:
    """Compile the edition of these acts, which need not agree with each other."""
    return compile_edition(written(acts), None)


def reading(acts: Sequence[Act]) -> Reading:
    """Return the plain reading of the edition of these acts."""
    return replace(DECLARES_ALL, acts=(BASE, *(replace(one, clause=f"1.{n}") for n, one in enumerate(acts, 2))))


def edition(acts: Sequence[Act], sayings: Sequence[Sequence[str]] = ()) -> Drawn:
    """Return the edition of these acts, which must agree with each other, and of what its clauses without a rule say."""
    source = written(acts, sayings)
    return Drawn(source=source, policy=policy_of(compile_edition(source, None)), reading=reading(acts))


def some(words: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw one or more of the words, none twice."""
    return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True).map(tuple)


def permits() -> st.SearchStrategy[Act]:
    """Draw a permit."""
    obligations = st.sampled_from([(), (), (), ("consent",), ("justification",), ("second_person", "justification")])
    redact = st.sampled_from(["full", "full", "full", "last4"])
    return st.builds(Act, head=st.just("permit"), obligations=obligations, redact=redact, **{axis: some(OFTEN[axis]) for axis in AXES})


def forbids() -> st.SearchStrategy[Act]:
    """Draw a prohibition, whose lists may be "*"."""
    return st.builds(Act, head=st.just("forbid"), **{axis: some(OFTEN[axis]) | st.just(EVERY) for axis in AXES})


# made once: making a strategy costs more than drawing from it
SOME_ACTS = st.lists(permits() | permits() | forbids(), max_size=6)
SOME_SAYINGS = st.lists(some(tuple(Statement)), max_size=2)
SOME_NAMES = st.frozensets(st.sampled_from([*FIELDS, *FIELDS, STRANGE]), max_size=3)
WHAT_CHANGES = st.none() | st.sampled_from(list(KNOWN))


@st.composite
def editions(draw: st.DrawFn) -> Drawn:
    """Draw an edition that compiles: of the permits that contradict each other, the first one stays."""
    acts: list[Act] = []
    for act in draw(SOME_ACTS):
        if reading([*acts, act]).is_agreed:
            acts.append(act)
    return edition(acts, draw(SOME_SAYINGS))


@st.composite
def asks(draw: st.DrawFn, drawn: Drawn) -> tuple[RoleId, Ask]:
    """Draw somebody and what they ask: mostly something that a clause speaks of, with a word changed here and there."""
    act = draw(st.sampled_from(drawn.reading.acts))
    words = {axis: draw(st.sampled_from(every if getattr(act, axis) == EVERY else getattr(act, axis))) for axis, every in KNOWN.items()}
    changed = draw(WHAT_CHANGES)
    if changed:
        words[changed] = draw(st.sampled_from([*KNOWN[changed], STRANGE]))
    key, _ = cell(words["roles"], words["operations"], words["purposes"], words["recipients"], STRANGE)
    return key[0], asked(key, *map(FieldName, draw(SOME_NAMES)))


BASE = Act(head="permit", clause="1.1", roles=("system",), operations=("erase",), purposes=("advise", "notify"), fields=FIELDS)
DECLARED = (
    "".join(f'[[field]]\nid = "{name}"\nkind = "text"\nmax_length = 9\n' for name in FIELDS)
    + '[[purpose]]\nid = "advise"\nbasis = "consent"\n[[purpose]]\nid = "notify"\nbasis = "contract"\narticle = "x"\n'
    + '[[recipient]]\nid = "controller"\nkind = "controller"\n[[recipient]]\nid = "carrier"\nkind = "processor"\n'
    + '[[collection]]\nid = "all"\nfields = ["name", "mail", "note"]\npurposes = ["advise", "notify"]\n'
    + '[[retain]]\npurposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P30D"\nthen = "erase"\n'
    + BASE.written()
)
WORDS = "\n\n```words\n" + "".join(
    [f'field.{name} = {{ label = "L", why = "W" }}\n' for name in FIELDS]
    + [f'purpose.{name} = {{ label = "L", consent = "C" }}\n' for name in DECLARES_ALL.purposes]
    + [f'recipient.{name}.label = "L"\n' for name in DECLARES_ALL.recipients]
)
WORDS += "```\n"
