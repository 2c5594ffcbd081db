"""A colleague opens a file that somebody attached."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.duties.intake.actions.facts import FileUnknown, OpenedFile
from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries.page import as_told
from camket.duties.intake.queries.scope import visible
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy.compiled import FieldKind
from camket.policy.terms import ADVISE, Actor, Ask, Operation
from camket.vault import gate

_VIEW = "console.file"


def open_file(*, reference: str, file_id: UUID, actor: Actor, now: datetime) -> OpenedFile:
    """
    Open one file of an inquiry; each time is a line of the journal, for each time a copy leaves the house.

    Args:
        reference: The inquiry's public name.
        file_id: From `InquiryPage.files`.
        actor: Who opens it.
        now: UTC instant.

    Raises:
        FileUnknown: There is none of this id under this inquiry, or no such inquiry for this role, or it has been erased.
        TakenBack: The person has taken back their consent.
        Refused: The policy does not let this role see it.

    Source: policy §3 (3.1).
    """
    inquiry = visible(actor, now=now).filter(reference=reference).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise FileUnknown
    subject, matter, wanted = gate.SubjectId(inquiry.subject_id), gate.MatterId(inquiry.matter_id), gate.RecordId(file_id)
    if wanted not in gate.file_sizes([matter]):
        raise FileUnknown
    known = frozenset(name for name, rule in editions.policy_in_force().fields.items() if rule.kind is FieldKind.FILE)
    askable = gate.askable(actor=actor, operation=Operation.USE, purpose=ADVISE, subject=subject)
    # where none can be asked for, all are: then the gate refuses, and says and remembers why
    ask = Ask(operation=Operation.USE, fields=known & askable or known, purpose=ADVISE)
    try:
        permit = gate.ask(ask, actor=actor, subjects=[subject], now=now, view=_VIEW)
    except gate.Refused as refused:
        raise as_told(refused, subject) from None
    try:
        found = gate.open_file(permit, record=wanted, matter=matter, now=now)
    except gate.UnknownFile:
        raise FileUnknown from None
    # committed before the bytes leave: the gate's own line stands for a quarter of an hour, this one for each copy
    with transaction.atomic(durable=True):
        record(act="file.opened", actor=actor, at=now, subjects=[subject], matter=matter, facts={"reference": reference, "record": str(wanted)})
    return OpenedFile(name=found.name, content=found.content)
