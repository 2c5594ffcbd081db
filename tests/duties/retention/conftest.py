"""A house with one inquiry of An's in it, and the hands of a worker."""

from collections.abc import Callable
from datetime import datetime

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.retention import actions as retention
from camket.policy.terms import Actor
from camket.vault import gate
from tests.duties.intake.conftest import Receive, chi, house, receive  # fixtures: the same house

__all__ = ["CarryOut", "Resolve", "carry_out", "chi", "house", "inquiry", "receive", "resolve"]

Resolve = Callable[..., None]
CarryOut = Callable[..., list[bool]]
WORKER = "worker-of-these-tests"


@pytest.fixture
def inquiry(receive: Receive) -> Inquiry:
    """An's inquiry, just received."""
    return Inquiry.objects.get(reference=receive().reference)


@pytest.fixture
def resolve(inquiry: Inquiry, chi: Actor) -> Resolve:
    """Offer a function that resolves An's inquiry at an instant and plans its erasure."""

    def close(*, at: datetime) -> None:
        intake.resolve_inquiry(reference=inquiry.reference, actor=chi, now=at)
        retention.plan(now=at)

    return close


@pytest.fixture
def carry_out(house: None) -> CarryOut:
    """Offer a function that takes what is due at an instant and brings it a step forward; it returns which were finished."""

    def work(*, at: datetime, is_mail_running: bool = False) -> list[bool]:
        taken = retention.take_erasures(worker=WORKER, now=at)
        return [retention.carry_out(erasure=one, worker=WORKER, is_mail_running=is_mail_running, now=at) for one in taken]

    return work


def matter_of(inquiry: Inquiry) -> gate.MatterRow:
    """The matter of an inquiry, as it stands."""
    return gate.matter_rows([gate.MatterId(inquiry.matter_id)])[0]
