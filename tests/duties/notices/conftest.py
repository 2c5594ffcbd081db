"""A house with letters in its outbox."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.policy.terms import FieldName
from camket.vault import gate
from tests.duties.intake.conftest import Receive, chi, house, receive  # fixtures: the same house
from tests.duties.notices.campaigning import fresh_reaches, post

__all__ = ["Take", "chi", "fresh_reaches", "house", "inquiry", "post", "receive", "take"]

Take = Callable[..., notices.Letter]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKER = "worker-of-these-tests"


@pytest.fixture
def inquiry(receive: Receive) -> Inquiry:
    """An's inquiry; its acknowledgement waits in the outbox."""
    return Inquiry.objects.get(reference=receive().reference)


@pytest.fixture
def take(house: None) -> Take:
    """Offer a function that takes the one letter that is due into the worker's hand."""

    def one(*, at: datetime) -> notices.Letter:
        (letter,) = notices.take_letters(worker=WORKER, now=at)
        return letter

    return one


def prove_email(inquiry: Inquiry, *, at: datetime) -> None:
    """As if the person had read an answer with link and code."""
    gate.prove(subject=gate.SubjectId(inquiry.subject_id), kind=FieldName("email"), now=at)


def send(letter: notices.Letter, *, outcome: str, code: str, at: datetime) -> None:
    """Report what the carrier answered."""
    notices.report_letter(letter=letter, worker=WORKER, outcome=outcome, code=code, now=at)
