"""Who works where, and how names and addresses are spelt."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.access.rules import DESKS, SCOPES, BadEmail, may_enter, plain_email, plain_name, token_scopes
from camket.policy.terms import ABUSE, ADVISER, LEGAL, ROLES, STAFF_ROLES, SUBJECT, SYSTEM, VISITOR


@pytest.mark.clause("6.1")
class TestADesk:
    def test_is_worked_at_by_staff_only(self) -> None:
        for role in (VISITOR, SUBJECT, SYSTEM):
            assert not any(may_enter(role, desk) for desk in DESKS)

    def test_of_another_is_closed(self) -> None:
        assert may_enter(ADVISER, "inbox")
        assert [desk for desk in DESKS if may_enter(ADVISER, desk)] == ["inbox"]
        assert not may_enter(ABUSE, "legal")
        assert not may_enter(LEGAL, "inbox")

    def test_that_does_not_exist_is_closed_to_everybody(self) -> None:
        assert not any(may_enter(role, "treasury") for role in ROLES)

    def test_is_there_for_every_role_of_staff(self) -> None:
        assert frozenset().union(*DESKS.values()) == STAFF_ROLES


class TestAnAddress:
    def test_is_one_however_it_is_typed(self) -> None:
        assert plain_email(" Hoai.An@Example.VN ") == plain_email("hoai.an@example.vn") == "hoai.an@example.vn"

    @given(st.text(max_size=60))
    def test_is_read_or_refused_and_read_again_it_stays_the_same(self, text: str) -> None:
        with contextlib.suppress(BadEmail):
            plain = plain_email(text)
            assert plain_email(plain) == plain

    @given(st.text(min_size=1, max_size=60).filter(lambda text: "@" not in text))
    def test_is_not_repeated_by_its_refusal(self, text: str) -> None:
        with pytest.raises(BadEmail) as caught:
            plain_email(text)
        assert str(caught.value) == "not an e-mail address"


class TestAName:
    def test_is_kept_as_its_bearer_writes_it(self) -> None:
        assert plain_name("  Lê   Mai Chi ") == "Lê Mai Chi"
        assert plain_name("Le\u0302 Mai Chi") == "L\u00ea Mai Chi"


class TestScopes:
    def test_are_those_of_the_published_face(self) -> None:
        published = {"inquiries:write", "inquiries:read", "notices:write", "reports:write", "services:write", "services:read", "metrics:read"}
        assert published == SCOPES

    def test_are_kept_in_one_order_each_once(self) -> None:
        assert token_scopes(["metrics:read", "inquiries:read", "metrics:read"]) == ("inquiries:read", "metrics:read")
