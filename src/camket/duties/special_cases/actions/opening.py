"""A case is opened with its reason, and asked for again when its approval has run out."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access.codes import public_name
from camket.duties.intake.actions import fingerprint, is_repeated
from camket.duties.special_cases import queries, rules
from camket.duties.special_cases.actions.facts import (
    AlreadyDecided,
    CaseUnknown,
    Malformed,
    OwnCase,
    Sending,
    case_of,
    locked,
    require_part,
)
from camket.duties.special_cases.actions.writing import sealed
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.journal.actions import record
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import SPECIAL_CASE, Actor, FieldName
from camket.vault import gate


def open_case(*, opening: rules.Opening, key: bytes, actor: Actor, now: datetime) -> str:
    """
    Open a case: keep its reason sealed under a matter of its own, hold on to the person's data while it lasts, and let a colleague decide.

    Args:
        opening: About whom, on which ground, for which fields, and why.
        key: Hash of the page's nonce: the same form sent twice is one case.
        actor: Who opens it.
        now: UTC instant.

    Returns:
        The case's public name.

    Raises:
        CaseUnknown: The role has no part in special cases, there is nobody of this name for it, or their data has been erased.
        NotAtWork: The actor was dismissed or moved since.
        Malformed: The ground, the fields or the reason are missing or wrong; all faults at once.
        SentDifferently: The same page came before with another content.
        Refused: The policy does not let this role keep the reason.

    Source: policy §3 (3.8, 3.9).
    """
    policy = require_part(actor)
    body = fingerprint(key, [opening.about, opening.ground, *sorted(opening.fields), opening.reason])
    if is_repeated(SpecialCase, key, body):
        return SpecialCase.objects.get(submission=key).reference
    try:
        about = queries.somebody(reference=opening.about, actor=actor, now=now)
    except queries.NotFound:
        raise CaseUnknown from None
    _check(opening, policy, actor)
    parcel = sealed(Sending(text=opening.reason, key=key), subject=about.subject, matter=None, policy=policy, actor=actor, now=now)
    try:
        with transaction.atomic():
            return _keep(opening, parcel, about, key=key, body=body, actor=actor, now=now)
    except (gate.UnknownMatter, gate.UnknownSubject):
        raise CaseUnknown from None
    except IntegrityError:
        # pressed twice at the same moment: the other one won, and the keys of this one are collected as orphans
        if not is_repeated(SpecialCase, key, body):
            raise
        return SpecialCase.objects.get(submission=key).reference


def _check(opening: rules.Opening, policy: CompiledPolicy, actor: Actor) -> None:
    faults = rules.faults(policy, actor.role, ground=opening.ground, fields=opening.fields)
    try:
        rules.checked_text(policy, opening.reason)
    except rules.BadText as bad:
        faults["text"] = bad.code
    if faults:
        raise Malformed(faults)


def _keep(opening: rules.Opening, parcel: gate.Prepared, about: queries.Somebody, *, key: bytes, body: bytes, actor: Actor, now: datetime) -> str:
    held = queries.held_of(about.subject)
    reference = public_name("SC")
    (kept,) = gate.keep(parcel, now=now, reference=reference)
    wanted = gate.Justification(subject=about.subject, matter=parcel.matter, record=kept, purpose=SPECIAL_CASE, fields=opening.fields)
    warrant = gate.give_reason(reason=wanted, actor=actor, now=now)
    case = SpecialCase.objects.create(
        id=parcel.matter,
        reference=reference,
        subject_id=about.subject,
        matter_id=parcel.matter,
        about=opening.about,
        about_matter_id=about.matter,
        ground=opening.ground,
        field_names=sorted(opening.fields),
        warrant_id=warrant,
        reason_id=kept,
        opened_by_id=UUID(actor.id),
        opened_at=now,
        submission=key,
        submission_body=body,
    )
    Writing.objects.create(
        case=case, kind=Writing.Kind.REASON, record_id=kept, written_by_id=UUID(actor.id), at=now, submission=key, submission_body=body
    )
    # what the case is about must not be erased under it: the person's matters are needed as long as the case is
    for matter in [*held, parcel.matter]:
        gate.open_need(matter=matter, purpose=SPECIAL_CASE, duty=rules.DUTY, duty_id=case.id, now=now)
    told = {"reference": reference, "about": opening.about, "ground": opening.ground}
    record(act="special_case.opened", actor=actor, at=now, subjects=[about.subject], matter=parcel.matter, facts=told)
    return reference


def ask_again(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Ask for a new approval of an open case, for the same reason and fields; the one before opens nothing any more.

    Args:
        reference: The case's public name.
        actor: Who opened it.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: It is somebody else's case.
        AlreadyDecided: It is not open.

    Source: policy §3 (3.9).
    """
    require_part(actor)
    case = case_of(reference, actor)
    if str(case.opened_by_id) != actor.id:
        raise OwnCase
    try:
        with transaction.atomic():
            _ask_anew(locked(case, SpecialCase.State.OPEN), act="special_case.asked_again", actor=actor, now=now)
    except gate.UnknownMatter:
        raise AlreadyDecided from None


def take_over(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Go on with the case of somebody who left: its reason is given anew in the actor's name, and a second person decides about it.

    Args:
        reference: The case's public name.
        actor: Who stands for the reason from now on.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: Whoever opened it works here, in a role that has a part in special cases.
        AlreadyDecided: A colleague was first, or it has ended.

    Source: policy §3 (3.9); docs/decisions/0015-special-cases.md.
    """
    policy = require_part(actor)
    case = case_of(reference, actor)
    try:
        with transaction.atomic():
            case = locked(case, SpecialCase.State.WAITING, SpecialCase.State.OPEN)
            if queries.is_opener_here(case, policy):
                raise OwnCase
            _ask_anew(case, act="special_case.taken_over", actor=actor, now=now)
    except gate.UnknownMatter:
        raise AlreadyDecided from None


def _ask_anew(case: SpecialCase, *, act: str, actor: Actor, now: datetime) -> None:
    """Give the reason of a locked case once more, as one's own: what rested on the one before opens nothing any more."""
    gate.end_warrant(warrant=gate.WarrantId(case.warrant_id), now=now)
    wanted = gate.Justification(
        subject=gate.SubjectId(case.subject_id),
        matter=gate.MatterId(case.matter_id),
        record=gate.RecordId(case.reason_id),
        purpose=SPECIAL_CASE,
        fields=[FieldName(name) for name in case.field_names],
    )
    warrant = gate.give_reason(reason=wanted, actor=actor, now=now)
    changes = {"state": SpecialCase.State.WAITING, "warrant_id": warrant, "decided_by": None, "decided_at": None, "expires_at": None}
    SpecialCase.objects.filter(id=case.id).update(**changes, opened_by_id=UUID(actor.id))
    told = {"reference": case.reference}
    record(act=act, actor=actor, at=now, subjects=[case.subject_id], matter=case.matter_id, facts=told)
