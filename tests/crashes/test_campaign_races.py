"""A letter goes out again at the very moment at which the worker finds its campaign done: it is not left behind."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Letter
from tests.cast import AN
from tests.duties.notices.campaigning import DUNG, arrive, email, fresh_reaches, plan, post, publish_second, send, settled, write
from tests.journeys.post_office import PostOffice

__all__ = ["fresh_reaches", "post"]  # fixtures: the same

pytestmark = [pytest.mark.usefixtures("transactional_db", "fresh_reaches"), pytest.mark.clause("8.2")]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def retried(letter_id: UUID, now: datetime) -> None:
    """A person lets a letter that was refused go out again."""
    notices.retry_letter(letter_id=letter_id, actor=DUNG, now=now)


def come_back(letter_id: UUID, now: datetime) -> None:
    """A letter comes back for a while."""
    notices.report_bounce(letter_id=letter_id, kind="soft", code="4.2.2", now=now)


@pytest.mark.parametrize("act", [retried, come_back])
def test_goes_all_the_same(house: None, tmp_path: Path, post: PostOffice, now: datetime, act: Callable[[UUID, datetime], None]) -> None:
    arrive(email(AN), now=now, nonce="1")
    publish_second(tmp_path, now=now)
    settled(now)
    campaign_id = write(now)
    plan(now)
    post.answer = "550 5.7.1 no" if act is retried else ""
    send(now)
    post.answer = ""
    (letter,) = Letter.objects.filter(campaign=campaign_id)
    Campaign.objects.update(looked_last_at=now, state="running", ended_at=None)

    with ThreadPoolExecutor(1) as pool:
        others: list[Future[None]] = []

        def other() -> None:
            try:
                act(letter.id, now + MINUTE)
            finally:
                connections.close_all()

        def just_before_the_end(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
            if not others and sql.startswith("UPDATE") and "ended_at" in sql:
                others.append(pool.submit(other))
                wait(others, timeout=1)  # it is done by then, or waits until this one is
            return execute(sql, *given)

        with connection.execute_wrapper(just_before_the_end):
            send(now + MINUTE)
        assert len(others) == 1
        others[0].result(timeout=60)
    for hours in range(1, 30):
        send(now + hours * HOUR)
    assert not Letter.objects.filter(campaign=campaign_id, state="due").exists()
