"""What a role may not see is not shown, counted, searched or guessed: one function decides, and everything goes through it."""

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from camket.duties.intake import queries
from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries import scope
from camket.policy.terms import ABUSE, AUDITOR, OPERATOR, PRIVACY_OFFICER, STAFF_ROLES, SUBJECT, VISITOR, Actor, FieldName
from tests.cast import AN
from tests.duties.intake.conftest import Receive

GIVEN: dict[str, Any] = {
    "reference": "CK-0000-0000",
    "references": ["CK-0000-0000"],
    "chosen": queries.InboxFilter(show="all"),
    "kind": FieldName("email"),
    "value": AN.email,
    "place": queries.ListPlace(at=datetime.fromisoformat("2026-11-20T00:00:00+00:00"), id=uuid4()),
}
ASKS_NOTHING_OF_INQUIRIES = {
    "answers_among": "asked with ids of records that the gate has just shown to whoever looks",
    "can_find": "looks at what was typed alone",
    "canned_texts": "texts of the company's, about nobody",
    "advisers_in": "the staff's, as from `colleagues`",
    "colleagues": "the staff, whom every desk names",
    "consent_receipt": "a person's own, by the link of a letter: the token stands for the scope",
    "count_answered": "a number for the public page of figures",
    "concerned": "asked by the worker alone, of matters that the gate has named, which are then written to and shown to nobody",
    "count_assigned": "a number, for whoever keeps accounts and has to hand inquiries over",
    "earliest_no": "a day, told from a fact that the page has shown",
    "earliest_yes": "a day, told from the edition in force",
    "faulty_yes": "looks at a day that was typed, and at the edition in force",
    "filter_names": "words of ours",
    "filter_of": "reads an address",
    "is_any": "asked by the command line, before an invented house is filled",
    "name_in": "the staff's, as from `colleagues`",
    "last_desk_act": "one's own acts, by number and, of one inquiry, its reference",
    "own_consents": "a person's own, by the link of a letter: the token stands for the scope",
    "place_in_list": "reads an address",
    "saved_filters": "one's own filters",
}
"""Public functions that have no use for the scope, each with its reason."""


def public() -> dict[str, Callable[..., Any]]:
    return {name: member for name, member in vars(queries).items() if inspect.isfunction(member) and name != "in_scope"}


class Asked(Exception):
    """The scope was asked."""


class TestEveryQueryOfInquiries:
    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("name", sorted(set(public()) - set(ASKS_NOTHING_OF_INQUIRIES)))
    def test_asks_the_one_scope(self, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        def told(actor: Actor) -> None:
            assert actor == chi
            raise Asked

        monkeypatch.setattr(scope, "may_come_across", told)
        function = public()[name]
        wanted = {
            key: {**GIVEN, "actor": chi, "now": now}[key]
            for key, parameter in inspect.signature(function).parameters.items()
            if parameter.default is parameter.empty
        }
        with pytest.raises(Asked):
            function(**wanted)

    def test_is_in_the_list_or_has_a_reason_not_to_be(self) -> None:
        assert set(ASKS_NOTHING_OF_INQUIRIES) <= set(public())


class TestWhatIsVisible:
    SOME = scope.Branch(where="state = %s OR state = %s", given=("new", "resolved"))
    ENDING = "ORDER BY received_at DESC, id LIMIT 9"

    def test_is_the_same_by_a_statement_and_by_a_queryset(self, receive: Receive, chi: Actor, now: datetime) -> None:
        for number in range(3):
            receive(nonce=str(number))
        receive(nonce="slow", slow=True)
        gone, done = receive(nonce="gone").reference, receive(nonce="done").reference
        Inquiry.objects.filter(reference__in=[gone, done]).update(resolved_at=now, state="erased")
        Inquiry.objects.filter(reference=done).update(state="resolved")
        for later, many in ((timedelta(0), 4), (timedelta(days=-1), 0), (timedelta(days=30), 5)):
            found = scope.fetch_visible(chi, self.SOME, ending=self.ENDING, now=now + later)
            all_of_them = scope.visible(chi, now=now + later).filter(state__in=["new", "resolved"])
            wanted = all_of_them.order_by("-received_at", "id")[:9]
            nobody = scope.Branch(where="state = %s", given=("answered",))
            assert scope.count_visible(chi, [self.SOME, nobody], most=9, now=now + later) == (many, 0)
            assert scope.count_visible(chi, [self.SOME], most=2, now=now + later) == (min(2, many),)
            assert [vars(one) | {"_state": None} for one in found] == [vars(one) | {"_state": None} for one in wanted]
            assert len(found) == many
        stranger = Actor(role=AUDITOR, id=str(uuid4()))
        assert scope.fetch_visible(stranger, self.SOME, ending=self.ENDING, now=now) == []
        assert scope.count_visible(stranger, [self.SOME], most=4, now=now) == (0,)

    @pytest.mark.usefixtures("house")
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_is_cut_out_of_all_inquiries_or_of_none(self, now: datetime, role: str) -> None:
        """A scope that is narrower than that would have to be written out in `fetch_visible` too."""
        actor = Actor(role=role, id=str(uuid4()))
        query, shown = scope.in_scope(actor).query, scope.visible(actor, now=now).query
        assert query.is_empty() or str(query) == str(Inquiry.objects.all().query)
        assert shown.is_empty() or str(shown) == str(Inquiry.objects.filter(shown_from__lte=now).query)


class TestARoleWithoutAClause:
    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", [ABUSE, AUDITOR, OPERATOR, PRIVACY_OFFICER, SUBJECT, VISITOR])
    def test_learns_of_no_inquiry_in_any_way(self, receive: Receive, now: datetime, role: str) -> None:
        reference = receive().reference
        actor, chosen = Actor(role=role, id=str(uuid4())), queries.InboxFilter(show="all")
        assert set(queries.counts(actor=actor, now=now).values()) == {0}
        assert queries.news(actor=actor, chosen=chosen, now=now) == queries.News(rows=(), counts=dict.fromkeys(queries.filter_names(), 0))
        assert queries.sequence_of(reference=reference, actor=actor, now=now) is None
        assert queries.marks_of([reference], actor=actor, now=now) == {}
        assert queries.place_of_inquiry(reference=reference, actor=actor, now=now) is None
        assert queries.lately(actor=actor, now=now) == ()
        place = queries.ListPlace(at=now + timedelta(days=1), id=uuid4())
        assert queries.beside(place=place, chosen=chosen, actor=actor, now=now) == ("", "")
        found = queries.activity(actor=actor, now=now)
        assert sum(day.received + day.answered + day.resolved for day in found.days) == 0
        assert found.staff == ()
