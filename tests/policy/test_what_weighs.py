"""What weighs: less for the person in one respect is not made good by more in another, and a yes is asked for of whom it does not cover."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings

from camket.policy.changes import ChangeKind, Direction, Held, Holding, Reach, difference, widened_purposes, widening_changes
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.narrowing import SHOWN, follows_in_force, serves_the_person
from camket.policy.source import EditionSource
from camket.policy.terms import CollectionId, EditionNumber, FieldGrant, FieldName, LegalBasis, PurposeId, RecipientId
from tests.policy.pairs import two_policies
from tests.policy.sample import FILES, policy_of
from tests.stage import TIMES

ADVISE = PurposeId("advise")
ERASED_BY = 'roles = ["system"]\noperations = ["erase"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone"]\n'
OWN = '[[permit]]\nroles = ["subject"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["email"]\n'
KEPT = '[[retain]]\npurposes = ["advise"]\nafter = "inquiry.closed"\nkeep = "P90D"'


def policy(*changes: tuple[str, str]) -> CompiledPolicy:
    """The sample edition with some words changed."""
    text = FILES["policy.vi.md"]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return policy_of(compile_edition(EditionSource(files={**FILES, "policy.vi.md": text}), None))


def erased(*obligations: str) -> CompiledPolicy:
    told = ", ".join(f'"{one}"' for one in obligations)
    return policy((ERASED_BY, f"{ERASED_BY}obligations = [{told}]\n" if obligations else ERASED_BY))


def seen(redact: str, *obligations: str) -> CompiledPolicy:
    """An edition in which somebody sees their own address so."""
    told = ", ".join(f'"{one}"' for one in obligations)
    own = f'{OWN}obligations = [{told}]\nredact = "{redact}"\n'
    return policy((ERASED_BY, f"{ERASED_BY}\n{own}"))


class TestWhatServesThePerson:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (erased(), erased("second_person")),
            (erased("notice"), erased("second_person", "justification")),
            (seen("masked"), seen("last4", "second_person")),
            (seen("full", "notice"), seen("exists", "second_person")),
            (seen("masked"), seen("last4")),
        ],
    )
    def test_weighs_where_any_of_it_is_less_than_before(self, before: CompiledPolicy, after: CompiledPolicy) -> None:
        found = difference(before, after)
        assert [change.direction for change in found.changes] == [Direction.NARROWER]
        assert found.is_significant
        assert ADVISE in widened_purposes(before, after)

    @pytest.mark.parametrize(("before", "after"), [(erased("second_person"), erased()), (seen("exists", "notice"), seen("full"))])
    def test_does_not_weigh_where_it_is_only_more(self, before: CompiledPolicy, after: CompiledPolicy) -> None:
        assert not difference(before, after).is_significant

    @given(two_policies())
    @settings(max_examples=40 * TIMES)
    def test_weighs_in_any_policy_that_takes_some_of_it(self, two: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        """Against a second reading of the tables: whatever anybody's own hand, or an erasure, may do less of is told and weighs."""
        old, new = two
        weighing = [change.scope for change in difference(old, new).changes if change.kind is ChangeKind.PERMISSION and change.is_significant]
        told = {(*key, name) for one in weighing for key in product(one.roles, one.operations, one.purposes, one.recipients) for name in one.fields}
        for key, grants in old.table.items():
            for name, before in grants.items():
                if serves_the_person(key[0], key[1]) and is_less(before, new.table.get(key, {}).get(name)):
                    assert (*key, name) in told


def is_less(before: FieldGrant, after: FieldGrant | None) -> bool:
    if after is None or after.obligations - before.obligations:
        return True
    return after.redaction is not before.redaction and SHOWN[after.redaction] <= SHOWN[before.redaction]


class TestARecipientThatBecomesSomethingElse:
    CARRIER = 'id = "mail_carrier"\nkind = "processor"'

    def test_needs_a_new_yes_for_what_it_may_be_given_for(self) -> None:
        old, new = policy(), policy((self.CARRIER, self.CARRIER.replace("processor", "authority")))
        given_for = {key[2] for key in new.table if key[3] == "mail_carrier"}
        assert given_for
        assert widened_purposes(old, new) == given_for

    def test_needs_none_for_being_new_and_given_nothing(self) -> None:
        old = policy()
        new = replace(old, recipients={**old.recipients, RecipientId("archive"): old.recipients[RecipientId("mail_carrier")]})
        assert [change.kind for change in difference(old, new).changes] == [ChangeKind.RECIPIENT]
        assert widened_purposes(old, new) == frozenset()


class TestWhatFollowsTheEditionInForce:
    """Whether the edition in force speaks alone: it must be a duty of law, or defence, on both sides."""

    @pytest.mark.parametrize("before", LegalBasis)
    @pytest.mark.parametrize("after", LegalBasis)
    def test_is_what_is_a_duty_in_both(self, before: LegalBasis, after: LegalBasis) -> None:
        collected, in_force = (replace(policy(), purposes={ADVISE: replace(policy().purposes[ADVISE], basis=basis)}) for basis in (before, after))
        duties = {LegalBasis.LEGAL_OBLIGATION, LegalBasis.PROTECTION}
        assert follows_in_force(ADVISE, collected=collected, in_force=in_force) is ({before, after} <= duties)

    def test_is_nothing_that_one_of_them_does_not_know(self) -> None:
        duty = replace(policy(), purposes={ADVISE: replace(policy().purposes[ADVISE], basis=LegalBasis.LEGAL_OBLIGATION)})
        without = replace(policy(), purposes={})
        assert not follows_in_force(ADVISE, collected=duty, in_force=without)
        assert not follows_in_force(ADVISE, collected=without, in_force=duty)


class TestAYesThatIsAskedFor:
    """Edition 1 keeps for 90 days, edition 2 for 30, edition 3 for 90 again."""

    def editions(self) -> dict[int, CompiledPolicy]:
        long, short = policy(), policy((KEPT, KEPT.replace("P90D", "P30D")))
        return {number: replace(one, number=EditionNumber(number)) for number, one in ((1, long), (2, short), (3, long))}

    def asked_for(self, *, agreed: int) -> tuple[PurposeId, ...]:
        known = self.editions()
        reach = Reach(old=known[2], new=known[3], widened_since=lambda edition: widening_changes(known[edition], known[3]))
        fields = frozenset({FieldName("full_name"), FieldName("email")})
        holding = Holding(edition=EditionNumber(agreed), collection=CollectionId("contact"), fields=fields)
        concern = reach.of(Held(holdings=frozenset({holding}), agreed=frozenset({(ADVISE, EditionNumber(agreed))})))
        assert concern.changes
        return concern.to_agree

    def test_is_that_of_who_agreed_to_less(self) -> None:
        assert self.asked_for(agreed=2) == (ADVISE,)

    def test_is_not_that_of_who_agreed_to_as_much_before(self) -> None:
        assert self.asked_for(agreed=1) == ()
