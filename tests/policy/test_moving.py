"""What a yes brings about: something comes under the new edition by it, and nobody is asked for one that moves nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from camket.policy.changes import Held, Holding, Reach, When, stays, widening_changes
from camket.policy.terms import EditionNumber, LegalBasis, PurposeId
from tests.policy.test_concerning import reaches
from tests.stage import TIMES

pytestmark = pytest.mark.clause("8.5")
NEW = EditionNumber(2)


def said_yes(reach: Reach, held: Held, purposes: frozenset[PurposeId]) -> Held:
    """Somebody who agrees to the new edition for some purposes; what then may move has moved."""
    agreed = {**dict(held.agreed), **dict.fromkeys(purposes, NEW)}
    widening = widening_changes(reach.old, reach.new)

    def moves(one: Holding) -> bool:
        if stays(one.collection, old=reach.old, new=reach.new, widening=widening, agreed=agreed):
            return False
        serves = reach.new.collections[one.collection].purposes
        is_asked_for = any(purpose in purposes for purpose in reach.old.collections[one.collection].purposes)
        asking = [name for name in serves if reach.new.purposes[name].basis is LegalBasis.CONSENT]
        return is_asked_for and all(agreed.get(name, NEW) == NEW or name not in widening for name in asking)

    return Held(holdings=frozenset(replace(one, edition=NEW) if moves(one) else one for one in held.holdings), agreed=frozenset(agreed.items()))


class TestAYes:
    @given(drawn=reaches())
    @settings(max_examples=60 * TIMES)
    def test_to_all_that_is_asked_moves_something_and_leaves_nothing_to_be_asked(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        asked = frozenset(reach.of(held).to_agree)
        after = said_yes(reach, held, asked)
        if asked:
            assert any(one.edition == NEW for one in after.holdings)
        concern = reach.of(after)
        assert concern.to_agree == ()
        assert all(one.when is not When.AGREED for one in concern.standings)

    @given(drawn=reaches())
    @settings(max_examples=60 * TIMES)
    def test_to_a_part_of_it_says_of_no_change_that_it_comes_no_more(self, drawn: tuple[Reach, Held]) -> None:
        """What waited for a yes and has it either holds now, or waits for the rest; it does not turn into what is never done with old details."""
        reach, held = drawn
        concern = reach.of(held)
        part = frozenset(concern.to_agree[:1])
        after = reach.of(said_yes(reach, held, part))
        waited = {one.change for one in concern.standings if one.when is When.AGREED}
        never = {one.change for one in concern.standings if one.when is When.LATER}
        later = {one.change for one in after.standings if one.when is When.LATER}
        partly_stays = any(
            stays(one.collection, old=reach.old, new=reach.new, widening=widening_changes(reach.old, reach.new), agreed=dict(held.agreed))
            for one in held.holdings
        )
        assert partly_stays or not (later - never) & waited

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_asked_for_nothing_where_the_details_stay_whatever_is_said(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        contract = {name: replace(rule, basis=LegalBasis.CONTRACT) for name, rule in reach.new.purposes.items()}
        bound = Reach(old=reach.old, new=replace(reach.new, purposes=contract), widened_since=reach.widened_since)
        assert bound.of(held).to_agree == ()
