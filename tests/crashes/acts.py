"""
The acts of the house that may be interrupted anywhere.

To add one: write what is there before it, the act itself, and a question that tells how it ended; then put it into ACTS.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings

from camket.access.actions import add_staff
from camket.access.models import Staff
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.models import Letter
from camket.duties.retention.models import Certificate
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import rules as special_rules
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.editions.models import Edition, Enactment
from camket.jobs.worker import collect_erased, erase_due
from camket.journal import queries as journal
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISE, ADVISER, THE_HOUSE, Actor, FieldName
from camket.vault import ledger
from camket.vault.keys.models import Epoch, IdentityIndex, IdentityToken, SubjectKey
from camket.vault.models import Consent, File, Matter, Need, Record, Warrant
from tests.attaching import PDF, PNG
from tests.cast import AN, BINH, CHI
from tests.crashes.campaign_acts import CAMPAIGN_ACTS
from tests.crashes.consent_acts import CONSENT_ACTS
from tests.crashes.letter_acts import LETTER_ACTS
from tests.crashes.policy_acts import POLICY_ACTS
from tests.crashes.scenes import (
    DAY,
    HOUR,
    NEVER,
    SECOND,
    VICTIM,
    WHOLE,
    Act,
    chi,
    inquiry_of,
    leave_an_acknowledgement,
    meet_chi,
    open_house,
    publish,
    receive,
    send,
    settle_in,
)
from tests.crashes.site_acts import SITE_ACTS
from tests.crashes.staff_acts import STAFF_ACTS

_MAI = "mai@staff.example.vn"
_AGREED = "Cảm ơn chị, chúng tôi gửi báo giá kèm thư này."


def _keep_an(now: datetime) -> None:
    receive(AN, now)


def _is_an_kept() -> str:
    inquiries, letters = Inquiry.objects.count(), Letter.objects.count()
    acts = [JournalEntry.objects.filter(act=act).count() for act in ("inquiry.received", "data.collected", "consent.given")]
    match (inquiries, letters, *acts):
        case (0, 0, 0, 0, 0):
            return NEVER
        case (1, 1, 1, 1, 1):
            return WHOLE
        case found:
            return f"inquiries, letters, three acts in the journal: {found}"


_TWO_FILES = tuple(rules.SentFile(name=name, content=content, size=len(content)) for name, content in (("báo giá.pdf", PDF), ("ảnh.png", PNG)))


def _keep_an_with_files(now: datetime) -> None:
    receive(AN, now, files=_TWO_FILES)


def _is_an_kept_with_files() -> str:
    """Files are there exactly when the inquiry is, and each with the record that holds its name."""
    found = (_is_an_kept(), File.objects.count(), Record.objects.filter(file__isnull=False).count(), Record.objects.count())
    return {(NEVER, 0, 0, 0): NEVER, (WHOLE, 2, 2, 4): WHOLE}.get(found, f"how An was kept, files, records of files, records: {found}")


def _is_letter_sent() -> str:
    """One letter waits or is done, and the journal says that it left exactly when it did."""
    letter = Letter.objects.get(matter_id=inquiry_of(AN).matter_id)
    told = JournalEntry.objects.filter(act="letter.sent").count()
    match (letter.state, letter.dropped, told):
        case ("due", "", 0):
            return NEVER
        case ("done", "", 1):
            return WHOLE
        case found:
            return f"state, why dropped, times the journal says sent: {found}"


def _answer(now: datetime) -> None:
    key = hashlib.sha256(b"the page's nonce").digest()
    intake.answer_inquiry(reference=inquiry_of(AN).reference, text=_AGREED, key=key, actor=chi(), now=now)


def _is_answered() -> str:
    found = (
        inquiry_of(AN).state,
        Message.objects.filter(kind=Message.Kind.ANSWER).count(),
        Record.objects.filter(collection="answer").count(),
        Letter.objects.count(),
        JournalEntry.objects.filter(act="inquiry.answered").count(),
    )
    return {("new", 0, 0, 1, 0): NEVER, ("answered", 1, 1, 2, 1): WHOLE}.get(found, f"state, message, record, letters, act: {found}")


def _take_back(now: datetime) -> None:
    if Consent.objects.filter(is_given=False).count() == 0:
        intake.withdraw_consent(reference=inquiry_of(AN).reference, purpose=ADVISE, channel="phone", actor=chi(), now=now)


def _is_taken_back() -> str:
    """The consent is gone exactly when the inquiry is over, its need is closed, and the ledger and the journal say so."""
    matter = Matter.objects.get(id=inquiry_of(AN).matter_id)
    found = (
        Consent.objects.filter(is_given=False).count(),
        inquiry_of(AN).state,
        matter.needs.filter(closed_at__isnull=True).count(),
        JournalEntry.objects.filter(act__in=["consent.withdrawn", "inquiry.resolved", "need.closed"]).count(),
    )
    lines = sum(line.is_withdrawal for line in ledger.lines())
    ends = {(0, "new", 1, 0): NEVER, (1, "resolved", 0, 3): WHOLE}
    told = f"facts, state, needs, acts, lines: {found}, {lines}"
    return ends.get(found, told) if lines == found[0] else told


def _meet_chi_alone(now: datetime) -> None:
    settle_in(now)
    add_staff(email=CHI.email, role=ADVISER, actor=THE_HOUSE, now=now, display_name="Chi")


def _hear_an(now: datetime) -> None:
    """Write down what An says by phone."""
    submission = intake.Submission(channel="phone", language="vi", key=hashlib.sha256(AN.email.encode()).digest())
    values = AN.values("full_name", "email", "phone", "message")
    intake.receive_inquiry(submission=submission, values=values, consents=["advise"], actor=chi(), now=now)


def _take_down(now: datetime) -> None:
    key = hashlib.sha256(b"the nonce of the page of a call").digest()
    intake.take_down(reference=inquiry_of(AN).reference, text=_AGREED, channel="phone", key=key, actor=chi(), now=now)


def _is_taken_down() -> str:
    found = (
        Message.objects.filter(kind=Message.Kind.MESSAGE).count(),
        Record.objects.filter(collection="message").count(),
        JournalEntry.objects.filter(act="message.taken_down").count(),
    )
    return {(1, 1, 0): NEVER, (2, 2, 1): WHOLE}.get(found, f"messages, records, acts: {found}")


def _meet_chi_and_mai(now: datetime) -> None:
    meet_chi(now)
    add_staff(email=_MAI, role=ADVISER, actor=THE_HOUSE, now=now, display_name="Mai")


def _mai() -> Actor:
    return Actor(role=ADVISER, id=str(Staff.objects.get(email=_MAI).id))


def _open_case(now: datetime) -> None:
    opening = special_rules.Opening(about=inquiry_of(AN).reference, ground="a", fields=frozenset({FieldName("phone")}), reason=_AGREED)
    special_cases.open_case(opening=opening, key=hashlib.sha256(b"the nonce of a case").digest(), actor=chi(), now=now)


def _is_case_open() -> str:
    found = (
        SpecialCase.objects.count(),
        Writing.objects.count(),
        Warrant.objects.count(),
        Record.objects.filter(collection="note").count(),
        Need.objects.filter(duty=special_rules.DUTY, closed_at__isnull=True).count(),
        JournalEntry.objects.filter(act__in=["special_case.opened", "reason.given"]).count(),
    )
    return {(0, 0, 0, 0, 0, 0): NEVER, (1, 1, 1, 1, 2, 2): WHOLE}.get(found, f"cases, writings, warrants, records, needs, acts: {found}")


def _leave_a_case(now: datetime) -> None:
    _meet_chi_and_mai(now)
    _open_case(now)


def _agree(now: datetime) -> None:
    case = SpecialCase.objects.get()
    if case.state == SpecialCase.State.WAITING:
        special_cases.approve(reference=case.reference, actor=_mai(), now=now)


def _is_agreed() -> str:
    case, warrant = SpecialCase.objects.get(), Warrant.objects.get()
    found = (case.state, warrant.approved_by is not None, JournalEntry.objects.filter(act__in=["special_case.approved", "approval.given"]).count())
    return {("waiting", False, 0): NEVER, ("open", True, 2): WHOLE}.get(found, f"state, agreed to, acts: {found}")


def _leave_an_agreed_case(now: datetime) -> None:
    _leave_a_case(now)
    _agree(now)


def _close_case(now: datetime) -> None:
    sending = special_cases.Sending(text=_AGREED, key=hashlib.sha256(b"the nonce of a case's page").digest())
    special_cases.close_case(reference=SpecialCase.objects.get().reference, sending=sending, actor=chi(), now=now)


def _is_case_closed() -> str:
    """What was done is written exactly when the case is over, its warrant has ended and its needs are closed."""
    case, warrant = SpecialCase.objects.get(), Warrant.objects.get()
    found = (
        case.state,
        Writing.objects.count(),
        warrant.ended_at is not None,
        Need.objects.filter(duty=special_rules.DUTY, closed_at__isnull=True).count(),
        JournalEntry.objects.filter(act__in=["special_case.noted", "special_case.closed"]).count(),
    )
    return {("open", 1, False, 2, 0): NEVER, ("closed", 2, True, 0, 2): WHOLE}.get(found, f"state, writings, ended, needs, acts: {found}")


def _resolve_two(now: datetime, *, files: Sequence[rules.SentFile] = ()) -> None:
    """An's inquiry is over; Bình's is not, and must be as it was after everything that happens to An's."""
    meet_chi(now, files=files)
    receive(BINH, now)
    send(now)
    _resolve(now)


def _resolve(now: datetime) -> None:
    if inquiry_of(AN).state != Inquiry.State.RESOLVED:
        intake.resolve_inquiry(reference=inquiry_of(AN).reference, actor=chi(), now=now)


def _is_resolved() -> str:
    matter = Matter.objects.get(id=inquiry_of(AN).matter_id)
    found = (
        inquiry_of(AN).state,
        matter.rests_since is not None,
        matter.needs.filter(closed_at__isnull=True).count(),
        JournalEntry.objects.filter(act__in=["inquiry.resolved", "need.closed"]).count(),
    )
    return {("new", False, 1, 0): NEVER, ("resolved", True, 0, 2): WHOLE}.get(found, f"state, at rest, needs, acts: {found}")


def say_farewell(now: datetime, *, files: Sequence[rules.SentFile] = ()) -> None:
    """The last letter has gone out, so that the erasure is next."""
    _resolve_two(now, files=files)
    due = now + 100 * DAY
    erase_due(worker=VICTIM, now=due - 9 * SECOND)
    send(due - 8 * SECOND)


def _erase(now: datetime) -> None:
    erase_due(worker=VICTIM, now=now)
    collect_erased(now=now)


def is_an_erased() -> str:
    """Tell how far An's erasure has come."""
    inquiry, matter = inquiry_of(AN), Matter.objects.get(id=inquiry_of(AN).matter_id)
    certificate = Certificate.objects.filter(matter_id=matter.id).first()
    found = (
        matter.erased_at is not None,
        matter.collected_at is not None,
        Record.objects.filter(matter_id=matter.id).exists(),
        certificate is not None and certificate.collected_at is not None,
        inquiry.state == Inquiry.State.ERASED,
        Letter.objects.filter(matter_id=matter.id).exists(),
        certificate.letters if certificate else 0,
        JournalEntry.objects.filter(act="data.erased").count(),
        JournalEntry.objects.filter(act="data.swept").count(),
    )
    ends = {(False, False, True, False, False, True, 0, 0, 0): NEVER, (True, True, False, True, True, False, 2, 1, 1): WHOLE}
    return ends.get(found, f"erased, collected, records, certificate, buried, letters, counted, two acts: {found}")


def _is_an_erased_with_files() -> str:
    """Files go in acts of their own, before the records that name them."""
    found = (is_an_erased(), File.objects.count())
    return {(NEVER, 2): NEVER, (WHOLE, 0): WHOLE}.get(found, f"how An was erased, files: {found}")


def _leave_entries(now: datetime) -> None:
    settle_in(now)
    for person in (AN, BINH):
        receive(person, now + SECOND)


def _is_journal_sealed() -> str:
    last, size = journal.latest_checkpoint(), journal.head().size
    is_written = last is not None and (Path(settings.CAMKET_CHECKPOINTS) / f"checkpoint-{last.size}.json").exists()
    if journal.count_unsequenced() == 0 and last is not None and last.size == size:
        return WHOLE if is_written else "a checkpoint is stored, and its file is not on the second medium"
    return NEVER


def _is_published() -> str:
    found = (Edition.objects.count(), Enactment.objects.count(), JournalEntry.objects.filter(act="edition.published").count())
    return {(0, 0, 0): NEVER, (1, 1, 1): WHOLE}.get(found, f"editions, in force, acts: {found}")


def _has_keys() -> str:
    names = {path.name for path in Path(settings.CAMKET_SECRETS).rglob("*.key") if not path.name.startswith(".")}
    wanted = {"000001.key", "identity-1.key", "codes.key", "journal.key", "signing.key"}
    return WHOLE if names == wanted else NEVER if not names else f"keys: {sorted(names)}"


def _leave_half_an_erasure(now: datetime) -> None:
    """The ledger says that An's matter is erased, and then the power was cut."""
    say_farewell(now)
    inquiry = inquiry_of(AN)
    ledger.append(matters=[inquiry.matter_id], subjects=[inquiry.subject_id], now=now + 100 * DAY)


def _step(now: datetime) -> None:
    custody.keep_keys(now=now)


def _is_stepped() -> str:
    """Every person's key lies under the newest epoch, and the journal says that it was brought there, once or, after a crash, twice."""
    newest = Epoch.objects.order_by("-number")[0]
    told = JournalEntry.objects.filter(act="epoch.stepped").count()
    found = (newest.number > 1, newest.whole_at is not None, SubjectKey.objects.exclude(epoch=newest.number).count(), min(told, 1))
    return {(False, True, 0, 0): NEVER, (True, True, 0, 1): WHOLE}.get(found, f"new, whole, keys under an older one, told: {found}")


def _rebuild(now: datetime) -> None:
    if IdentityIndex.objects.count() == 1:  # asked again once it is whole, it would make a third
        custody.rebuild_index(actor=THE_HOUSE, now=now)


def _is_rebuilt() -> str:
    """Every token stands in the newest index, and the older one is destroyed."""
    newest = IdentityIndex.objects.order_by("-number")[0]
    older = IdentityIndex.objects.exclude(number=newest.number)
    tokens = IdentityToken.objects.exclude(version=newest.number).count()
    found = (newest.number > 1, newest.whole_at is not None, tokens, older.filter(destroyed_at__isnull=True).count())
    return {(False, True, 0, 0): NEVER, (True, True, 0, 0): WHOLE}.get(found, f"new, whole, tokens in an older one, older ones alive: {found}")


def _nothing(now: datetime) -> None:
    """A home that was never opened."""


ACTS = (
    Act(name="first start", prepare=_nothing, perform=open_house, ended=_has_keys),
    Act(name="publish", prepare=open_house, perform=publish, ended=_is_published, is_taken_up=False),
    Act(name="keep", prepare=settle_in, perform=_keep_an, ended=_is_an_kept, is_taken_up=False, letters=1),
    Act(name="keep with a file", prepare=settle_in, perform=_keep_an_with_files, ended=_is_an_kept_with_files, is_taken_up=False, letters=1),
    Act(name="write a call down", prepare=_meet_chi_alone, perform=_hear_an, ended=_is_an_kept, is_taken_up=False, letters=1),
    Act(name="take a call down", prepare=meet_chi, perform=_take_down, ended=_is_taken_down, after=DAY, is_taken_up=False),
    Act(name="open a case", prepare=_meet_chi_and_mai, perform=_open_case, ended=_is_case_open, after=DAY, is_taken_up=False),
    Act(name="agree to a case", prepare=_leave_a_case, perform=_agree, ended=_is_agreed, after=HOUR, is_taken_up=False),
    Act(name="close a case", prepare=_leave_an_agreed_case, perform=_close_case, ended=_is_case_closed, after=HOUR, is_taken_up=False),
    Act(name="send", prepare=leave_an_acknowledgement, perform=send, ended=_is_letter_sent, letters=1),
    Act(name="answer", prepare=meet_chi, perform=_answer, ended=_is_answered, after=DAY, is_taken_up=False, letters=1),
    Act(name="resolve", prepare=meet_chi, perform=_resolve, ended=_is_resolved, after=DAY, is_taken_up=False),
    Act(name="withdraw", prepare=meet_chi, perform=_take_back, ended=_is_taken_back, after=DAY, is_taken_up=False, is_taken_up_once_begun=True),
    Act(name="erase", prepare=say_farewell, perform=_erase, ended=is_an_erased, after=100 * DAY),
    Act(name="erase files", prepare=partial(say_farewell, files=_TWO_FILES), perform=_erase, ended=_is_an_erased_with_files, after=100 * DAY),
    Act(name="start", prepare=_leave_half_an_erasure, perform=open_house, ended=is_an_erased, after=100 * DAY + SECOND),
    Act(name="step to a new epoch", prepare=meet_chi, perform=_step, ended=_is_stepped, after=DAY),
    Act(name="rebuild the index", prepare=meet_chi, perform=_rebuild, ended=_is_rebuilt, after=HOUR, is_taken_up=False, is_taken_up_once_begun=True),
    Act(name="sequence", prepare=_leave_entries, perform=lambda now: custody.keep_journal(now=now), ended=_is_journal_sealed, after=DAY, letters=2),
    *LETTER_ACTS,
    *CAMPAIGN_ACTS,
    *CONSENT_ACTS,
    *SITE_ACTS,
    *POLICY_ACTS,
    *STAFF_ACTS,
)
