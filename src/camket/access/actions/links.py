"""Capability links: one purpose, one matter, an end; hashed at rest, looked at without side effect, revocable."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F

from camket.access.codes import links_key
from camket.access.models import CapabilityLink, SignInLink
from camket.access.queries import LinkRow, link_row
from camket.access.rules import LINK_ATTEMPTS, BadLink, link_lifetime
from camket.access.secret import digest_of, is_bound, new_bound_token
from camket.journal.actions import Deed, record, record_all
from camket.journal.ids import version_7_of_many
from camket.journal.objects import insert_object
from camket.journal.statements import insert, joined
from camket.policy.terms import THE_HOUSE, Actor


class LinkRefused(Exception):
    """A link does not open; the subclasses say why."""


class LinkUnknown(LinkRefused):
    """There is no such link, or not for this purpose."""


class LinkExpired(LinkRefused):
    """The link's time is over."""


class LinkUsed(LinkRefused):
    """The link works once, and was used."""


class LinkRevoked(LinkRefused):
    """The link was taken back."""


class AttemptsSpent(LinkRefused):
    """The link's attempts are used up; a new link has to be asked for."""


def _what(purpose: str, matter_id: UUID, target_id: UUID | None, until: str) -> str:
    """What a link is bound to, so that no row written by hand opens another matter or opens it for longer."""
    return f"{purpose}|{matter_id}|{target_id}|{until}"


def _until(expires_at: datetime) -> str:
    return expires_at.astimezone(UTC).isoformat()


def issue_link(
    *,
    purpose: str,
    matter_id: UUID,
    target_id: UUID | None,
    now: datetime,
    lifetime: timedelta | None = None,
    attempts: int = LINK_ATTEMPTS,
    actor: Actor = THE_HOUSE,
) -> str:
    """
    Make a link whose holder may do one thing with one matter; only its hash is kept.

    Args:
        purpose: What it permits, a lower-case word such as "read_answer".
        matter_id: The matter it belongs to, and ends with.
        target_id: The row within the matter that it is about; None when it is about the matter itself.
        now: UTC instant of issue.
        lifetime: How long it works; None takes the purpose's own.
        attempts: How many guesses `spend_attempt` allows, 0 to 100.
        actor: Who asked for it; the machine itself when a letter carries it.

    Returns:
        The raw token, for the one letter that carries it.

    Raises:
        BadLink: The purpose, the lifetime or the number of attempts is out of bounds.
    """
    expires_at = now + link_lifetime(purpose, lifetime)
    if not 0 <= attempts <= 100:
        raise BadLink("a link has 0 to 100 attempts")
    token = new_bound_token(to=_what(purpose, matter_id, target_id, _until(expires_at)), key=links_key())
    with joined():
        link = CapabilityLink(
            token_hash=digest_of(token),
            purpose=purpose,
            matter_id=matter_id,
            target_id=target_id,
            issued_at=now,
            expires_at=expires_at,
            attempts_left=attempts,
        )
        insert_object(link)
        record(act="link.issued", actor=actor, at=now, matter=matter_id, facts={"link": str(link.id), "purpose": purpose})
    return token


def issue_links(
    *, purpose: str, targets: Sequence[tuple[UUID, UUID]], now: datetime, lifetime: timedelta | None = None, actor: Actor = THE_HOUSE
) -> list[str]:
    """
    Make a link for each of many matters, as `issue_link` makes one; the journal has one line for all of them.

    Args:
        purpose: What they permit.
        targets: Each matter and the row within it that its link is about.
        now: UTC instant of issue.
        lifetime: How long they work; None takes the purpose's own.
        actor: Who asked for them.

    Returns:
        The raw tokens, in the order of the targets.

    Raises:
        BadLink: The purpose or the lifetime is out of bounds.
    """
    if not targets:
        return []
    expires_at, key = now + link_lifetime(purpose, lifetime), links_key()
    until = _until(expires_at)
    tokens = [new_bound_token(to=_what(purpose, matter, target, until), key=key) for matter, target in targets]
    rows = [
        {
            "id": id,
            "token_hash": digest_of(token),
            "purpose": purpose,
            "matter_id": matter,
            "target_id": target,
            "issued_at": now,
            "expires_at": expires_at,
            "attempts_left": LINK_ATTEMPTS,
        }
        for id, token, (matter, target) in zip(version_7_of_many(len(targets), at=now), tokens, targets, strict=True)
    ]
    with transaction.atomic():
        insert(CapabilityLink, rows)
        record(act="link.issued", actor=actor, at=now, facts={"links": len(rows), "purpose": purpose})
    return tokens


def open_link(*, token: str, purpose: str, now: datetime) -> LinkRow:
    """
    Look up a link without changing anything, because mail scanners look too.

    Args:
        token: The raw token.
        purpose: What the page that was called does.
        now: UTC instant.

    Returns:
        What the link permits.

    Raises:
        LinkUnknown: There is no such link for this purpose, or its row is not as it was written.
        LinkRevoked: It was taken back.
        LinkExpired: Its time is over.
        AttemptsSpent: Wrong guesses used it up.
        KeyFileMissing: The key that binds links is gone.
    """
    link = CapabilityLink.objects.filter(token_hash=digest_of(token), purpose=purpose).first()
    if link is None or not is_bound(token, to=_what(link.purpose, link.matter_id, link.target_id, _until(link.expires_at)), key=links_key()):
        raise LinkUnknown("no such link")
    if link.revoked_at is not None:
        raise LinkRevoked("this link was taken back")
    if now >= link.expires_at:
        raise LinkExpired("this link's time is over")
    if link.attempts_left == 0:
        raise AttemptsSpent("no attempts left")
    return link_row(link)


def spend_attempt(*, link_id: UUID, now: datetime) -> int:
    """
    Take one attempt off a link, before the guess is compared: guesses made at the same moment each cost one.

    Args:
        link_id: The link, from the row that `open_link` returned.
        now: UTC instant.

    Returns:
        How many attempts are left after this one.

    Raises:
        AttemptsSpent: None was left, or the link was revoked or ended in the meantime.
    """
    usable = CapabilityLink.objects.filter(pk=link_id, attempts_left__gt=0, revoked_at__isnull=True, expires_at__gt=now)
    while (left := usable.values_list("attempts_left", flat=True).first()) is not None:
        if usable.filter(attempts_left=left).update(attempts_left=left - 1):
            return left - 1
    raise AttemptsSpent("no attempts left")


def give_back_attempt(*, link_id: UUID) -> None:
    """
    Give back the attempt that `spend_attempt` took, because the guess was right.

    Args:
        link_id: The link, as `open_link` returned it.
    """
    CapabilityLink.objects.filter(pk=link_id).update(attempts_left=F("attempts_left") + 1)


def revoke_links(*, matters: Collection[UUID], now: datetime, actor: Actor = THE_HOUSE) -> int:
    """
    Take back every link of these matters, because they end or their holder asks for it; as many statements however many.

    Args:
        matters: Their ids.
        now: UTC instant.
        actor: Who takes them back.

    Returns:
        How many were taken back; links that had ended are not counted.
    """
    with transaction.atomic():
        alive = CapabilityLink.objects.filter(matter_id__in=list(matters), revoked_at__isnull=True, expires_at__gt=now)
        counts = dict(alive.order_by().values_list("matter_id").annotate(many=Count("*")))
        revoked = alive.update(revoked_at=now)
        record_all([Deed(act="link.revoked", actor=actor, at=now, matter=matter, facts={"links": many}) for matter, many in counts.items()])
    return revoked


def forget_links(*, older_than: datetime) -> int:
    """
    Delete links of either kind that ended long ago; their acts stay in the journal.

    Args:
        older_than: UTC instant; links that ended before it go.

    Returns:
        How many were deleted.
    """
    ended = [model.objects.filter(expires_at__lt=older_than) for model in (CapabilityLink, SignInLink)]
    return sum(links.delete()[0] for links in ended)
