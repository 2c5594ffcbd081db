"""A link does one thing, for as long as it says, and is worthless to whoever reads the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import connection

from camket.access.actions import (
    AttemptsSpent,
    LinkExpired,
    LinkRevoked,
    LinkUnknown,
    LinkUsed,
    forget_links,
    issue_link,
    issue_sign_in_link,
    open_link,
    redeem_sign_in_link,
    revoke_links,
    spend_attempt,
)
from camket.access.models import CapabilityLink, SignInLink
from camket.access.queries import StaffRow, StaffUnknown
from camket.access.rules import BadLink
from camket.access.secret import digest_of, new_bound_token
from tests.access.conftest import Journaled

MATTER = UUID("01900000-0000-7000-8000-00000000000a")
TARGET = UUID("01900000-0000-7000-8000-00000000000b")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def stored(model: type[CapabilityLink] | type[SignInLink]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608  # the table's name comes from the model
        return repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()])


class TestASignInLink:
    def test_signs_its_owner_in(self, chi: StaffRow, now: datetime, journaled: Journaled) -> None:
        token = issue_sign_in_link(staff_id=chi.id, now=now)
        assert redeem_sign_in_link(token=token, now=now + SECOND) == chi
        assert journaled()[-2:] == [("staff.link_issued", "system"), ("staff.signed_in", "adviser")]

    def test_works_once(self, chi: StaffRow, now: datetime) -> None:
        token = issue_sign_in_link(staff_id=chi.id, now=now)
        redeem_sign_in_link(token=token, now=now)
        with pytest.raises(LinkUsed):
            redeem_sign_in_link(token=token, now=now)

    def test_works_for_half_an_hour_and_not_at_its_end(self, chi: StaffRow, now: datetime) -> None:
        first, second = (issue_sign_in_link(staff_id=chi.id, now=now) for _ in range(2))
        redeem_sign_in_link(token=first, now=now + timedelta(minutes=30) - SECOND)
        with pytest.raises(LinkExpired):
            redeem_sign_in_link(token=second, now=now + timedelta(minutes=30))

    @pytest.mark.parametrize("token", ["", "x", "a" * 100_000, "\ud800", "' OR 1=1 --"])
    def test_that_was_never_issued_is_unknown(self, chi: StaffRow, now: datetime, token: str) -> None:
        issue_sign_in_link(staff_id=chi.id, now=now)
        with pytest.raises(LinkUnknown):
            redeem_sign_in_link(token=token, now=now)

    def test_is_kept_only_as_a_hash(self, chi: StaffRow, now: datetime) -> None:
        token = issue_sign_in_link(staff_id=chi.id, now=now)
        assert len(token) == 64
        assert token not in stored(SignInLink)
        assert str(chi.id).replace("-", "") in stored(SignInLink).replace("-", "")  # the search can find what is there

    @pytest.mark.parametrize("lifetime", [timedelta(0), -SECOND, timedelta(hours=24, seconds=1)])
    def test_lives_at_most_a_day(self, chi: StaffRow, now: datetime, lifetime: timedelta) -> None:
        with pytest.raises(BadLink):
            issue_sign_in_link(staff_id=chi.id, now=now, lifetime=lifetime)

    def test_is_not_made_for_nobody(self, db: None, now: datetime) -> None:
        with pytest.raises(StaffUnknown):
            issue_sign_in_link(staff_id=uuid4(), now=now)


@pytest.fixture
def issue(db: None, now: datetime) -> Callable[..., str]:
    def make(**changes: object) -> str:
        values: dict[str, object] = {"purpose": "read_answer", "matter_id": MATTER, "target_id": TARGET, "now": now, "lifetime": HOUR}
        return issue_link(**{**values, **changes})  # type: ignore[arg-type]  # a test's keywords are not worth a TypedDict

    return make


class TestACapabilityLink:
    def test_says_what_it_permits(self, issue: Callable[..., str], now: datetime, journaled: Journaled) -> None:
        row = open_link(token=issue(), purpose="read_answer", now=now)
        assert (row.purpose, row.matter_id, row.target_id, row.expires_at, row.attempts_left) == ("read_answer", MATTER, TARGET, now + HOUR, 5)
        assert journaled() == [("link.issued", "system")]

    def test_may_be_looked_at_by_every_mail_scanner(self, issue: Callable[..., str], now: datetime) -> None:
        token = issue()
        before = stored(CapabilityLink)
        for _ in range(3):
            open_link(token=token, purpose="read_answer", now=now)
        assert stored(CapabilityLink) == before

    def test_opens_nothing_but_its_own_purpose(self, issue: Callable[..., str], now: datetime) -> None:
        with pytest.raises(LinkUnknown):
            open_link(token=issue(), purpose="open_portal", now=now)

    def test_works_until_its_end_and_not_at_it(self, issue: Callable[..., str], now: datetime) -> None:
        token = issue()
        open_link(token=token, purpose="read_answer", now=now + HOUR - SECOND)
        with pytest.raises(LinkExpired):
            open_link(token=token, purpose="read_answer", now=now + HOUR)

    def test_lives_as_long_as_its_purpose_says_when_nobody_says_otherwise(self, issue: Callable[..., str], now: datetime) -> None:
        assert open_link(token=issue(lifetime=None), purpose="read_answer", now=now).expires_at == now + timedelta(days=30)

    @pytest.mark.parametrize(
        "changes",
        [
            {"purpose": ""},
            {"purpose": "Read Answer"},
            {"purpose": "x" * 41},
            {"purpose": "unheard_of", "lifetime": None},
            {"lifetime": timedelta(0)},
            {"lifetime": timedelta(days=367)},
            {"attempts": -1},
            {"attempts": 101},
        ],
        ids=str,
    )
    def test_is_not_made_out_of_bounds(self, issue: Callable[..., str], changes: dict[str, object]) -> None:
        with pytest.raises(BadLink):
            issue(**changes)

    def test_is_kept_only_as_a_hash(self, issue: Callable[..., str]) -> None:
        token = issue()
        assert token not in stored(CapabilityLink)
        assert "read_answer" in stored(CapabilityLink)  # the search can find what is there


class TestARowWrittenByHand:
    """Somebody who owns the database and not the key: what their link opens stays what it was."""

    CHANGES: ClassVar[dict[str, Any]] = {
        "matter_id": uuid4(),
        "target_id": None,
        "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
        "purpose": "open_portal",
    }

    @pytest.mark.parametrize("name", CHANGES)
    def test_opens_nothing_else(self, issue: Callable[..., str], now: datetime, name: str) -> None:
        token = issue()
        was = CapabilityLink.objects.get()
        CapabilityLink.objects.update(**{name: self.CHANGES[name]})
        with pytest.raises(LinkUnknown):
            open_link(token=token, purpose=CapabilityLink.objects.get().purpose, now=now)
        CapabilityLink.objects.update(**{name: getattr(was, name)})
        assert open_link(token=token, purpose="read_answer", now=now)

    def test_of_their_own_making_opens_nothing(self, issue: Callable[..., str], now: datetime) -> None:
        issue()
        row = CapabilityLink.objects.get()
        invented = new_bound_token(to=f"read_answer|{MATTER}|{TARGET}|{row.expires_at.isoformat()}", key=b"a key of their own")
        CapabilityLink.objects.update(token_hash=digest_of(invented))
        with pytest.raises(LinkUnknown):
            open_link(token=invented, purpose="read_answer", now=now)


class TestGuessesAtALink:
    def test_cost_one_attempt_each(self, issue: Callable[..., str], now: datetime) -> None:
        token = issue(attempts=2)
        row = open_link(token=token, purpose="read_answer", now=now)
        assert [spend_attempt(link_id=row.id, now=now) for _ in range(2)] == [1, 0]
        with pytest.raises(AttemptsSpent):
            spend_attempt(link_id=row.id, now=now)
        with pytest.raises(AttemptsSpent):
            open_link(token=token, purpose="read_answer", now=now)

    def test_are_not_taken_after_its_end(self, issue: Callable[..., str], now: datetime) -> None:
        row = open_link(token=issue(), purpose="read_answer", now=now)
        with pytest.raises(AttemptsSpent):
            spend_attempt(link_id=row.id, now=now + HOUR)


class TestAMatterThatEnds:
    def test_takes_its_links_back_and_no_others(self, issue: Callable[..., str], now: datetime, journaled: Journaled) -> None:
        mine, also_mine, theirs, ended = issue(), issue(purpose="open_portal"), issue(matter_id=uuid4()), issue(lifetime=SECOND)
        assert revoke_links(matters=[MATTER], now=now + 2 * SECOND) == 2
        for token, purpose in ((mine, "read_answer"), (also_mine, "open_portal")):
            with pytest.raises(LinkRevoked):
                open_link(token=token, purpose=purpose, now=now + 2 * SECOND)
        assert open_link(token=theirs, purpose="read_answer", now=now + 2 * SECOND).purpose == "read_answer"
        assert ended
        assert journaled()[-1] == ("link.revoked", "system")

    def test_without_links_leaves_no_trace(self, db: None, now: datetime, journaled: Journaled) -> None:
        assert revoke_links(matters=[MATTER], now=now) == 0
        assert journaled() == []


class TestOldLinks:
    def test_are_forgotten_once_they_ended(self, issue: Callable[..., str], chi: StaffRow, now: datetime) -> None:
        issue(lifetime=SECOND)
        kept = issue(lifetime=HOUR)
        issue_sign_in_link(staff_id=chi.id, now=now, lifetime=SECOND)
        assert forget_links(older_than=now + 2 * SECOND) == 2
        assert open_link(token=kept, purpose="read_answer", now=now).purpose == "read_answer"
