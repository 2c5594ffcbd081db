"""An answer is taken back by who wrote it, as long as no worker has taken its letter in hand."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from camket.duties.intake.actions.closing import locked_inquiry, open_inquiry
from camket.duties.intake.actions.facts import AnswerGone
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.actions import take_back_letter
from camket.journal.actions import record
from camket.policy.terms import Actor


def take_back_answer(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Keep the letter of one's last answer from going out; what was written stays as a note in the house.

    Args:
        reference: The inquiry's public name.
        actor: Who wrote the answer.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        AnswerGone: The letter went out, is going out, or was taken back before; nothing was changed.

    Source: policy §3 (3.3).
    """
    found = open_inquiry(reference, actor=actor)
    with transaction.atomic():
        inquiry = locked_inquiry(found.id)
        answers = Message.objects.filter(inquiry=inquiry, kind=Message.Kind.ANSWER)
        last = answers.filter(written_by_id=UUID(actor.id)).order_by("-at", "-id").first()
        if last is None or not take_back_letter(record_id=last.record_id, now=now):
            raise AnswerGone
        # the form it came from may be sent again: it is no answer any more
        Message.objects.filter(id=last.id).update(kind=Message.Kind.NOTE, submission=None, submission_body=None)
        before = answers.aggregate(at=Max("at"))["at"]
        state = Inquiry.State.ANSWERED if before else Inquiry.State.NEW
        Inquiry.objects.filter(id=inquiry.id).update(state=state, answered_at=before, sequence=F("sequence") + 1)
        told = {"reference": reference}
        record(act="inquiry.answer_withdrawn", actor=actor, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts=told)
