"""A program does what its token's scopes say, and nothing once it is revoked."""

import re
from datetime import date, datetime, timedelta

import pytest

from camket.access.actions import TokenNameTaken, TokenRefused, TokenUnknown, add_token, check_token, revoke_token
from camket.access.models import ApiToken
from camket.access.queries import tokens
from camket.access.rules import SCOPES, BadScope, BadTokenName, NotForThisRole
from camket.policy.terms import ADVISER, PRIVACY_OFFICER, Actor
from tests.access.conftest import Journaled

DAY = timedelta(days=1)


@pytest.fixture
def secret(db: None, operator: Actor, now: datetime) -> str:
    return add_token(name="shop", scopes=["inquiries:write", "inquiries:read"], actor=operator, now=now)


def why_refused(secret: str, scope: str, now: datetime) -> str:
    with pytest.raises(TokenRefused) as caught:
        check_token(secret=secret, scope=scope, now=now)
    return caught.value.reason


class TestAToken:
    def test_has_a_secret_of_256_bits_that_is_shown_once(self, secret: str) -> None:
        assert re.fullmatch(r"ck_[0-9A-Za-z]{43}", secret)
        kept = ApiToken.objects.values().get()
        assert secret not in repr(kept)
        assert secret[3:] not in repr(kept)
        assert secret.startswith(kept["prefix"])
        assert len(kept["prefix"]) == 9

    def test_does_what_its_scopes_say(self, secret: str, now: datetime) -> None:
        row = check_token(secret=secret, scope="inquiries:write", now=now)
        assert (row.name, row.scopes) == ("shop", frozenset({"inquiries:write", "inquiries:read"}))

    def test_does_nothing_else(self, secret: str, now: datetime) -> None:
        assert {why_refused(secret, scope, now) for scope in SCOPES - {"inquiries:write", "inquiries:read"}} == {"scope"}

    @pytest.mark.parametrize("guess", ["", "ck_", "shop", "ck_" + "0" * 43, "\ud800", "x" * 100_000])
    def test_with_another_secret_is_unknown(self, secret: str, now: datetime, guess: str) -> None:
        assert why_refused(guess, "inquiries:write", now) == "unknown"

    def test_keeps_the_day_of_its_last_use(self, secret: str, now: datetime) -> None:
        check_token(secret=secret, scope="inquiries:read", now=now + DAY)
        assert [row.last_used_on for row in tokens()] == [date(2026, 11, 24)]
        check_token(secret=secret, scope="inquiries:read", now=now)
        assert [row.last_used_on for row in tokens()] == [date(2026, 11, 24)]

    def test_is_not_marked_as_used_when_it_was_refused(self, secret: str, now: datetime) -> None:
        why_refused(secret, "metrics:read", now)
        assert [row.last_used_on for row in tokens()] == [None]

    def test_is_made_and_revoked_in_the_journal(self, secret: str, operator: Actor, now: datetime, journaled: Journaled) -> None:
        revoke_token(name="shop", actor=operator, now=now + DAY)
        assert journaled() == [("token.added", "operator"), ("token.revoked", "operator")]


class TestARevokedToken:
    def test_opens_nothing(self, secret: str, operator: Actor, now: datetime) -> None:
        revoke_token(name="shop", actor=operator, now=now + DAY)
        assert why_refused(secret, "inquiries:write", now + DAY) == "revoked"

    def test_frees_its_name_and_is_listed_last(self, secret: str, operator: Actor, now: datetime) -> None:
        revoke_token(name="shop", actor=operator, now=now)
        again = add_token(name="shop", scopes=["metrics:read"], actor=operator, now=now + DAY)
        assert again != secret
        assert [(row.name, row.revoked_at is None) for row in tokens()] == [("shop", True), ("shop", False)]
        assert why_refused(secret, "inquiries:write", now + DAY) == "revoked"

    def test_is_revoked_once(self, secret: str, operator: Actor, now: datetime) -> None:
        revoke_token(name="shop", actor=operator, now=now)
        with pytest.raises(TokenUnknown):
            revoke_token(name="shop", actor=operator, now=now)


class TestMakingAToken:
    def test_under_a_name_in_use_is_refused(self, secret: str, operator: Actor, now: datetime) -> None:
        with pytest.raises(TokenNameTaken):
            add_token(name="shop", scopes=["metrics:read"], actor=operator, now=now)
        assert len(tokens()) == 1

    @pytest.mark.parametrize("name", ["", "Shop", "an@example.vn", "Nguyễn", "x" * 41, "-shop", "shop\n"])
    def test_under_a_name_that_could_be_a_persons_is_refused(self, db: None, operator: Actor, now: datetime, name: str) -> None:
        with pytest.raises(BadTokenName):
            add_token(name=name, scopes=["metrics:read"], actor=operator, now=now)

    @pytest.mark.parametrize("scopes", [[], ["everything"], ["metrics:read", "inquiries:*"]])
    def test_with_scopes_that_do_not_exist_is_refused(self, db: None, operator: Actor, now: datetime, scopes: list[str]) -> None:
        with pytest.raises(BadScope):
            add_token(name="shop", scopes=scopes, actor=operator, now=now)

    @pytest.mark.parametrize("role", [ADVISER, PRIVACY_OFFICER])
    def test_and_revoking_one_is_for_operators_only(self, secret: str, now: datetime, role: str) -> None:
        with pytest.raises(NotForThisRole):
            add_token(name="other", scopes=["metrics:read"], actor=Actor(role=role), now=now)
        with pytest.raises(NotForThisRole):
            revoke_token(name="shop", actor=Actor(role=role), now=now)
        assert check_token(secret=secret, scope="inquiries:read", now=now)
