"""The acts by which a privacy officer writes the policy's next edition."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Sum

from camket.access.actions import add_staff
from camket.access.models import Staff
from camket.duties.custody import actions as custody
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.models import AnswerCount, AnswersCounted, Draft, DraftText, Proposal
from camket.editions.models import Edition, Enactment, Translation
from camket.journal.models import JournalEntry
from camket.policy.regimes import Regime
from camket.policy.terms import PRIVACY_OFFICER, THE_HOUSE, Actor, EditionNumber
from tests.cast import AN
from tests.crashes.scenes import HOUR, NEVER, WHOLE, Act, receive, settle_in

_OFFICER = Actor(role=PRIVACY_OFFICER)
_ANOTHER = "# Another text\n"


def _start(now: datetime) -> None:
    if not Draft.objects.exists():
        publishing.start_draft(texts={}, actor=_OFFICER, now=now)


def _is_started() -> str:
    found = (Draft.objects.count(), DraftText.objects.count(), JournalEntry.objects.filter(act="draft.started").count())
    return {(0, 0, 0): NEVER, (1, 2, 1): WHOLE}.get(found, f"drafts, texts, acts: {found}")


def _begin(now: datetime) -> None:
    settle_in(now)
    _start(now)


def _the_draft() -> editions.DraftRow:
    found = editions.draft(Draft.objects.get().id)
    assert found is not None
    return found


def _save(now: datetime) -> None:
    row = _the_draft()
    texts = {**row.texts, "en": _ANOTHER}
    publishing.save_draft(draft_id=row.id, revision=row.revision, manifest=row.manifest, texts=texts, actor=_OFFICER, now=now)


def _is_saved() -> str:
    row, told = _the_draft(), JournalEntry.objects.filter(act="draft.saved").count()
    found = (row.texts["en"] == _ANOTHER, row.revision, told)
    return {(False, 1, 0): NEVER, (True, 2, 1): WHOLE}.get(found, f"other text, revision, acts: {found}")


def _discard(now: datetime) -> None:
    publishing.discard_draft(draft_id=_the_draft().id, actor=_OFFICER, now=now)


def _is_discarded() -> str:
    found = (_the_draft().state, JournalEntry.objects.filter(act="draft.discarded").count())
    return {("open", 0): NEVER, ("discarded", 1): WHOLE}.get(found, f"state, acts: {found}")


def _regime() -> Regime:
    return editions.read_regime(Path(settings.CAMKET_REGIME_FILE))


def _officer(name: str) -> Actor:
    return Actor(role=PRIVACY_OFFICER, id=str(Staff.objects.get(email=f"{name}@staff.example.vn").id))


def _begin_with_two(now: datetime) -> None:
    _begin(now)
    for name in ("dung", "binh"):
        add_staff(email=f"{name}@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now)


def _propose(now: datetime) -> None:
    row = _the_draft()
    if not Proposal.objects.exists():
        publishing.propose(draft_id=row.id, seen_hash=row.hash, wish=publishing.Wish(), regime=_regime(), actor=_officer("dung"), now=now)


def _is_proposed() -> str:
    found = (Proposal.objects.filter(state="waiting").count(), JournalEntry.objects.filter(act="edition.proposed").count())
    return {(0, 0): NEVER, (1, 1): WHOLE}.get(found, f"proposals, acts: {found}")


def _be_proposed(now: datetime) -> None:
    _begin_with_two(now)
    _propose(now)


def _confirm(now: datetime) -> None:
    row = _the_draft()
    if row.is_open:
        read = Proposal.objects.get().id
        publishing.confirm(draft_id=row.id, proposal_id=read, seen_hash=row.hash, regime=_regime(), actor=_officer("binh"), now=now)


def _is_confirmed() -> str:
    row, proposal = _the_draft(), Proposal.objects.get()
    told = JournalEntry.objects.filter(act="edition.published").count()
    found = (proposal.state, row.published_as, Edition.objects.count(), Enactment.objects.count(), told)
    return {("waiting", None, 1, 1, 1): NEVER, ("confirmed", 2, 2, 2, 2): WHOLE}.get(found, f"state, edition, editions, in force, acts: {found}")


def _refuse(now: datetime) -> None:
    if read := Proposal.objects.filter(state="waiting").first():
        publishing.refuse(draft_id=_the_draft().id, proposal_id=read.id, reason="Chưa rõ.", actor=_officer("binh"), now=now)


def _is_refused() -> str:
    found = (Proposal.objects.get().state, JournalEntry.objects.filter(act="edition.refused").count())
    return {("waiting", 0): NEVER, ("refused", 1): WHOLE}.get(found, f"state, acts: {found}")


def _leave_answers(now: datetime) -> None:
    settle_in(now)
    receive(AN, now)
    custody.keep_journal(now=now)


def _are_counted() -> str:
    """The counts say of the journal up to their place what it says itself."""
    place = AnswersCounted.objects.first()
    rows = JournalEntry.objects.filter(position__lt=place.position if place else 0).exclude(outcome="").values_list("clauses", flat=True)
    told, counted = sum(len(row.split()) for row in rows), AnswerCount.objects.aggregate(all=Sum("count"))["all"] or 0
    if told != counted:
        return f"answers told, counted: {told}, {counted}"
    return WHOLE if counted else NEVER


def _count(now: datetime) -> None:
    publishing.count_answers(now=now)


def _correct(now: datetime) -> None:
    stands = editions.translation(EditionNumber(1), "en")
    assert stands is not None
    text = stands.text.replace("\n4.1 ", "\n4.1 Better said: ", 1)
    if stands.revision == 1:
        publishing.correct_translation(number=stands.edition, language="en", revision=1, text=text, actor=_OFFICER, now=now)


def _is_corrected() -> str:
    found = (Translation.objects.count(), JournalEntry.objects.filter(act="translation.corrected").count())
    return {(1, 0): NEVER, (2, 1): WHOLE}.get(found, f"revisions, acts: {found}")


POLICY_ACTS = (
    Act(name="correct a translation", prepare=settle_in, perform=_correct, ended=_is_corrected, after=HOUR, is_taken_up=False),
    Act(name="count answers", prepare=_leave_answers, perform=_count, ended=_are_counted, after=HOUR, letters=1),
    Act(name="propose a draft", prepare=_begin_with_two, perform=_propose, ended=_is_proposed, after=HOUR, is_taken_up=False),
    Act(name="confirm a draft", prepare=_be_proposed, perform=_confirm, ended=_is_confirmed, after=HOUR, is_taken_up=False),
    Act(name="refuse a draft", prepare=_be_proposed, perform=_refuse, ended=_is_refused, after=HOUR, is_taken_up=False),
    Act(name="start a draft", prepare=settle_in, perform=_start, ended=_is_started, after=HOUR, is_taken_up=False),
    Act(name="save a draft", prepare=_begin, perform=_save, ended=_is_saved, after=HOUR, is_taken_up=False),
    Act(name="put a draft aside", prepare=_begin, perform=_discard, ended=_is_discarded, after=HOUR, is_taken_up=False),
)
