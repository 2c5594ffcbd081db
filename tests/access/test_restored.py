"""After a restore nothing works that may have been revoked since the backup."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session

from camket.access.actions import (
    LinkRevoked,
    LinkUnknown,
    TokenRefused,
    add_token,
    check_token,
    issue_link,
    issue_sign_in_link,
    open_link,
    redeem_sign_in_link,
    revoke_everything,
)
from camket.access.queries import StaffRow, staff_list
from camket.policy.terms import Actor
from tests.access.conftest import Journaled

pytestmark = [pytest.mark.django_db, pytest.mark.clause("7.1")]


class TestWhatACopyHolds:
    def test_opens_nothing_any_more(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        sign_in = issue_sign_in_link(staff_id=chi.id, now=now)
        reading = issue_link(purpose="read_answer", matter_id=uuid4(), target_id=None, now=now)
        secret = add_token(name="shop", scopes=["inquiries:write"], actor=operator, now=now)
        Session.objects.create(session_key="k" * 40, session_data="", expire_date=now + timedelta(hours=1))
        assert revoke_everything(actor=operator, now=now) == 4
        with pytest.raises(LinkUnknown):
            redeem_sign_in_link(token=sign_in, now=now)
        with pytest.raises(LinkRevoked):
            open_link(token=reading, purpose="read_answer", now=now)
        with pytest.raises(TokenRefused, match="revoked"):
            check_token(secret=secret, scope="inquiries:write", now=now - timedelta(days=1))
        assert not Session.objects.exists()

    def test_is_revoked_once(self, operator: Actor, now: datetime, journaled: Journaled) -> None:
        add_token(name="shop", scopes=["inquiries:write"], actor=operator, now=now)
        assert [revoke_everything(actor=operator, now=now) for _ in range(2)] == [1, 0]
        assert journaled()[-2:] == [("access.revoked", "operator")] * 2

    def test_keeps_the_accounts_and_lets_whoever_is_given_a_link_in(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        revoke_everything(actor=operator, now=now)
        assert staff_list() == [chi]
        assert redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now), now=now) == chi
        secret = add_token(name="shop", scopes=["inquiries:write"], actor=operator, now=now)
        assert check_token(secret=secret, scope="inquiries:write", now=now).name == "shop"
