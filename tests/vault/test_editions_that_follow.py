"""Data of an older edition once another is in force: what that takes away is gone at once, what it adds waits for the person's own word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from camket.editions import actions as editions
from camket.editions import queries
from camket.journal.statements import insert
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.exports import edition_hash
from camket.policy.source import EditionSource
from camket.policy.terms import SUBJECT, Actor, EditionNumber, Redaction
from camket.vault import gate
from camket.vault.models import Consent, Record
from tests.cast import AN
from tests.vault.deeds import ADVISE, CHI, EVERYTHING, PROVIDE, Kept, ask_to, collect, consent, enact, end, find, journaled, revealed, somebody, use
from tests.vault.texts import MANIFEST, text_of

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("8.5")]

PERSON = Actor(role=SUBJECT)
PHONE = """2.2 Of your number they see the end.

```rule
[[permit]]
roles = ["adviser"]
operations = ["use"]
purposes = ["advise"]
fields = ["phone"]
redact = "last4"
```"""
NO_PHONE = """2.2 Of your number they see nothing.

```rule
rule = "none"
why = "No clause lets them."
```"""
ERASE = 'operations = ["erase"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message"]'
READ = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise", "provide_service"]\nfields = ["full_name", "email"]'
KEEP = 'keep = "P90D"'


def follow(number: int, changes: Mapping[str, str], now: datetime, *, base: int = 1) -> CompiledPolicy:
    """Publish an edition that differs from a tiny one in some words, and bring it into force."""
    text = text_of(base).replace(f"This is edition {base}.", f"This is edition {number}.")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    files = {"edition.toml": MANIFEST.format(number=number), "policy.en.md": text}
    policy = compile_edition(EditionSource(files=files), None).policy
    assert policy is not None
    signed: dict[str, Any] = {"key_id": "k" * 16, "signature": b"signature"}
    editions.publish(policy=policy, texts={"en": text}, edition_hash=edition_hash(text, policy), now=now, **signed)
    if queries.in_force() < 2:
        enact(2, now)
    enact(number, now)
    return policy


def refusal(kept: Kept, *names: str, now: datetime, operation: str = "use", actor: Actor = CHI) -> gate.Refused:
    """Return with what the gate turns an ask down."""
    with pytest.raises(gate.Refused) as refused:
        gate.ask(ask_to(operation, *names), actor=actor, subjects=[kept.subject], now=now)
    return refused.value


def bind(kept: Kept, now: datetime, purpose: Any = ADVISE) -> int:
    """Let a person's records come under the edition in force."""
    with transaction.atomic():
        return gate.rebind(subject=kept.subject, purpose=purpose, actor=PERSON, now=now)


class TestAnEditionThatTakesAway:
    def test_is_obeyed_at_once_for_what_was_collected_before(self, now: datetime) -> None:
        an = collect(now=now)
        assert use(an, names=["phone"], now=now)
        follow(3, {PHONE: NO_PHONE}, now)
        refused = refusal(an, "phone", now=now)
        assert (refused.decision.edition, refused.decision.outcome) == (3, "NOT_COVERED")
        assert revealed(use(an, names=["full_name"], now=now)) == {"full_name": AN.full_name}

    def test_is_named_by_the_journal_as_the_one_that_refused(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {PHONE: NO_PHONE}, now)
        refusal(an, "phone", now=now)
        assert journaled("data.refused")[-1]["decision"]["edition"] == 3

    def test_shows_the_less_of_both(self, now: datetime) -> None:
        enact(2, now)
        an = collect(now=now, edition=2)
        assert revealed(use(an, names=["phone"], now=now))["phone"] == AN.phone
        follow(3, {}, now)
        (shown,) = use(an, names=["phone"], now=now)
        assert (shown.edition, list(shown.redactions.values()), revealed([shown])["phone"]) == (2, [Redaction.LAST4], "••••" + AN.phone[-4:])

    def test_asks_for_what_it_asks_for_of_old_data_too(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {READ: READ + '\nobligations = ["justification"]'}, now)
        assert "justification" in refusal(an, "full_name", now=now).reason

    def test_takes_no_purpose_from_old_data_that_it_still_knows(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {}, now)
        assert set(revealed(use(an, now=now))) == set(EVERYTHING)

    def test_does_not_keep_anybody_from_being_erased(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {ERASE: ERASE.replace("erase", "store")}, now)
        gate.close_needs(duty="intake", duty_id=an.matter, actor=CHI, now=now)
        assert end(an, now=now).subjects == (an.subject,)


class TestAnEditionThatAdds:
    def test_does_nothing_to_old_data_before_the_person_agrees(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        assert revealed(use(an, names=["phone"], now=now))["phone"] == "••••" + AN.phone[-4:]
        assert not find("An", kind="full_name", now=now)

    def test_needs_no_new_yes_where_it_does_no_more(self, now: datetime) -> None:
        follow(3, {PHONE: NO_PHONE}, now)
        an = collect(now=now, edition=1)  # agreed to the wording of edition 1, and kept under 3
        assert revealed(use(an, names=["full_name"], now=now)) == {"full_name": AN.full_name}

    def test_needs_one_where_it_does_more(self, now: datetime) -> None:
        enact(2, now)
        an = collect(now=now, edition=1)
        assert "not consented" in refusal(an, "full_name", now=now).reason


class TestBindingAnew:
    def test_brings_records_under_the_edition_in_force(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        consent(an.subject, now=now, edition=2)
        assert bind(an, now) == 2
        assert set(Record.objects.values_list("edition", flat=True)) == {2}
        (shown,) = use(an, names=["phone"], now=now)
        assert (shown.edition, revealed([shown])["phone"]) == (2, AN.phone)

    def test_lets_somebody_be_found_by_what_they_may_be_found_by_now(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        assert find(AN.full_name, kind="full_name", now=now) == ()
        consent(an.subject, now=now, edition=2)
        bind(an, now)
        assert find(AN.full_name, kind="full_name", now=now) == (an.subject,)

    def test_done_twice_moves_nothing_and_says_nothing_more(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        consent(an.subject, now=now, edition=2)
        assert [bind(an, now) for _ in range(3)] == [2, 0, 0]
        (line,) = journaled("data.rebound")
        assert line["facts"] == {"purpose": "advise", "edition": 2, "records": 2}
        assert line["subjects"] == [str(an.subject)]

    def test_is_not_for_who_has_not_agreed_to_as_much(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        assert bind(an, now) == 0

    def test_does_not_widen_a_contract_that_nobody_agreed_to_change(self, now: datetime) -> None:
        an = collect(now=now)
        follow(
            3,
            {
                READ: READ.replace('fields = ["full_name", "email"]', 'fields = ["full_name", "email", "phone"]'),
                PHONE: NO_PHONE,
            },
            now,
        )
        consent(an.subject, now=now, edition=3)
        assert bind(an, now) == 1  # the message serves advice alone; the contact details serve the contract too
        assert dict(Record.objects.values_list("collection", "edition")) == {"contact": 1, "message": 3}

    def test_touches_nobody_else(self, now: datetime) -> None:
        an, other = collect(now=now), collect(now=now)
        enact(2, now)
        consent(an.subject, now=now, edition=2)
        bind(an, now)
        assert set(Record.objects.filter(subject_id=other.subject).values_list("edition", flat=True)) == {1}

    def test_is_for_nobody_unknown(self, now: datetime) -> None:
        with pytest.raises(gate.UnknownSubject):
            bind(Kept(subject=gate.SubjectId(somebody()), matter=gate.MatterId(somebody()), records=()), now)

    def test_is_bound_into_the_record_and_cannot_be_written_into_a_column(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        consent(an.subject, now=now, edition=2)
        Record.objects.filter(subject_id=an.subject).update(edition=2)
        with pytest.raises(gate.SealBroken):
            use(an, names=["phone"], now=now)

    def test_leaves_the_person_every_fact_of_before(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        consent(an.subject, now=now, edition=2)
        bind(an, now)
        assert list(Consent.objects.order_by("at").values_list("edition", "is_given")) == [(1, True), (2, True)]


class TestTheCost:
    def test_of_an_ask_is_the_same_however_much_is_kept(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        counts = []
        use(an, now=now)  # what is remembered of an edition is read before
        for _ in range(2):
            with CaptureQueriesContext(connection) as few:
                gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[an.subject], view=str(len(counts)), now=now)
            counts.append(sum("vault_" in one["sql"] for one in few))
            row = {"matter_id": an.matter, "subject_id": an.subject, "collection": "contact", "sealed": b"x", "field_names": [], "created_at": now}
            insert(Record, [{**row, "id": somebody(), "edition": 1} for _ in range(1000)])
        assert counts[0] == counts[1] > 0

    def test_of_publishing_is_the_same_however_many_records_it_binds(self, now: datetime) -> None:
        an = collect(now=now)
        row = {"matter_id": an.matter, "subject_id": an.subject, "collection": "contact", "sealed": b"x", "field_names": [], "created_at": now}
        enact(2, now)
        counts, before = [], []
        for number, more in ((3, 10), (4, 1000)):
            insert(Record, [{**row, "id": somebody(), "edition": 1} for _ in range(more)])
            before = list(Record.objects.order_by("id").values_list("id", "edition", "sealed"))
            with CaptureQueriesContext(connection) as found:
                follow(number, {KEEP: 'keep = "P30D"'}, now)
            counts.append(len(found))
            assert list(Record.objects.order_by("id").values_list("id", "edition", "sealed")) == before
        assert counts[0] == counts[1]

    def test_of_knowing_what_a_yes_covers_is_paid_once(self, now: datetime) -> None:
        enact(2, now)
        one, two = EditionNumber(1), EditionNumber(2)
        assert queries.widened(one, two) is queries.widened(one, two)
        assert ADVISE in queries.widened(one, two)
        assert PROVIDE not in queries.widened(one, two)
