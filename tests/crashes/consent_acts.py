"""What a person does themselves about their consents, by the link of a letter: it may be interrupted anywhere."""

import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings

from camket.access.actions import issue_link
from camket.duties.intake import actions as intake
from camket.duties.intake.rules import DUTY
from camket.duties.notices import actions as notices
from camket.duties.notices.actions import OWN_CONSENTS
from camket.duties.notices.models import Letter
from camket.duties.notices.rules import STOPPED
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVERTISE, ADVISE, EMAIL, SUBJECT, THE_HOUSE, Actor, EditionNumber
from camket.vault import gate
from camket.vault.models import Consent, Matter, Record
from tests.advertising import write_edition
from tests.cast import AN
from tests.crashes.scenes import DAY, NEVER, WHOLE, Act, inquiry_of, meet_chi

_TWO = EditionNumber(2)


def _letter() -> Path:
    """Where the link lies that the letter brought: the house keeps only its hash."""
    return Path(settings.CAMKET_CHECKPOINTS).parent / "letter"


def _link(now: datetime) -> None:
    inquiry = inquiry_of(AN)
    _letter().write_text(issue_link(purpose=OWN_CONSENTS, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=now))


def _leave_a_link(now: datetime) -> None:
    meet_chi(now)
    _link(now)


def _take_back(now: datetime) -> None:
    if Consent.objects.filter(is_given=False).count() == 0:
        intake.take_back_by_link(token=_letter().read_text(), purpose=ADVISE, now=now)


def _is_taken_back() -> str:
    """The consent is gone exactly when the inquiry is over, its need is closed, and the journal says so."""
    found = (
        Consent.objects.filter(is_given=False, channel__in=["link", "ledger"]).count(),
        inquiry_of(AN).state,
        Matter.objects.get(id=inquiry_of(AN).matter_id).needs.filter(closed_at__isnull=True).count(),
        JournalEntry.objects.filter(act__in=["consent.withdrawn", "inquiry.resolved", "need.closed"]).count(),
    )
    return {(0, "new", 1, 0): NEVER, (1, "resolved", 0, 3): WHOLE}.get(found, f"facts, state, needs, acts: {found}")


def _leave_a_wider_edition(now: datetime) -> None:
    """An has shown that the mailbox is hers and taken her consent back; an edition that lets advisers do more is in force."""
    _leave_a_link(now)
    gate.prove(subject=gate.SubjectId(inquiry_of(AN).subject_id), kind=EMAIL, now=now)
    _take_back(now)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "edition-2"
        shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", folder)
        for name, old, new in (
            ("edition.toml", "number = 1", "number = 2"),
            ("policy.vi.md", 'operations = ["find"]\npurposes = ["advise"]', 'operations = ["find", "store"]\npurposes = ["advise"]'),
        ):
            text = (folder / name).read_text("utf-8")
            assert old in text, old
            (folder / name).write_text(text.replace(old, new, 1), "utf-8")
        regime = read_regime(Path(settings.CAMKET_REGIME_FILE))
        publishing.publish_edition(path=folder, regime=regime, actor=THE_HOUSE, now=now)
    publishing.enact_due(actor=THE_HOUSE, now=now + 16 * DAY)


def _agree(now: datetime) -> None:
    intake.agree_by_link(token=_letter().read_text(), purpose=ADVISE, edition=_TWO, language="vi", now=now)


def _is_agreed() -> str:
    """The new yes is there exactly when all that was kept is bound by it, the inquiry is open again, and the journal says all three."""
    found = (
        Consent.objects.filter(is_given=True, edition=2).count(),
        sorted(set(Record.objects.values_list("edition", flat=True))),
        inquiry_of(AN).state,
        JournalEntry.objects.filter(act__in=["data.rebound", "inquiry.reopened"]).count(),
    )
    told = f"facts, editions, state, acts: {found}"
    return {(0, (1,), "resolved", 0): NEVER, (1, (2,), "new", 2): WHOLE}.get((found[0], tuple(found[1]), *found[2:]), told)


def _leave_advertising(now: datetime) -> None:
    """An agreed to advertising under an edition that knows it, and has the link of a letter of it."""
    meet_chi(now)
    with tempfile.TemporaryDirectory() as place:
        regime = read_regime(Path(settings.CAMKET_REGIME_FILE))
        publishing.publish_edition(path=write_edition(Path(place), number=2), regime=regime, actor=THE_HOUSE, now=now)
    later = now + 16 * DAY
    publishing.enact_due(actor=THE_HOUSE, now=later)
    inquiry = inquiry_of(AN)
    yes = gate.ConsentFact(purpose=ADVERTISE, is_given=True, edition=_TWO, language="vi", wording_hash="0" * 64, channel="form")
    gate.record_consents(subject=gate.SubjectId(inquiry.subject_id), facts=[yes], actor=Actor(role=SUBJECT), now=later)
    gate.open_need(matter=gate.MatterId(inquiry.matter_id), purpose=ADVERTISE, duty=DUTY, duty_id=inquiry.id, now=later)
    _letter().write_text(issue_link(purpose=notices.STOP_ADVERTISING, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=later))


def _stop_advertising(now: datetime) -> None:
    with suppress(intake.NotGiven):
        intake.stop_advertising_by_link(token=_letter().read_text(), now=now)


def _has_stopped() -> str:
    """The consent is gone exactly when its need is closed, one letter confirms it, and the journal says so."""
    found = (
        Consent.objects.filter(is_given=False, channel__in=["link", "ledger"]).count(),
        Matter.objects.get(id=inquiry_of(AN).matter_id).needs.filter(closed_at__isnull=True).count(),
        Letter.objects.filter(template=STOPPED.template).count(),
        JournalEntry.objects.filter(act="consent.withdrawn").count(),
    )
    return {(0, 2, 0, 0): NEVER, (1, 1, 1, 1): WHOLE}.get(found, f"facts, needs, confirmations, acts: {found}")


CONSENT_ACTS = (
    Act(
        name="withdraw by a link",
        prepare=_leave_a_link,
        perform=_take_back,
        ended=_is_taken_back,
        after=DAY,
        is_taken_up=False,
        is_taken_up_once_begun=True,
    ),
    Act(
        name="stop advertising by a link",
        prepare=_leave_advertising,
        perform=_stop_advertising,
        ended=_has_stopped,
        after=17 * DAY,
        is_taken_up=False,
        is_taken_up_once_begun=True,
        letters=1,
    ),
    Act(name="agree to a wider edition", prepare=_leave_a_wider_edition, perform=_agree, ended=_is_agreed, after=17 * DAY, is_taken_up=False),
)
