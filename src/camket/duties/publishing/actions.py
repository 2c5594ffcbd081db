"""Publishing: check, sign, store for ever, bring into force."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import IntegrityError, transaction

from camket.duties.publishing.queries.source import editions_in, read_edition
from camket.duties.publishing.rules import CONTEXT
from camket.editions import actions as editions
from camket.editions import queries
from camket.editions.actions import AlreadyPublished, OutOfOrder
from camket.journal import signing
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.diagnostics import Diagnostic
from camket.policy.exports import edition_hash
from camket.policy.regimes import Regime
from camket.policy.terms import Actor, EditionNumber

__all__ = ["AlreadyPublished", "OutOfOrder", "Unpublishable", "publish_edition", "publish_pending"]


class Unpublishable(Exception):
    """The policy has errors; `diagnostics` says where and how to mend each. Nothing was published."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("; ".join(f"{one.file}:{one.line} {one.message}" for one in diagnostics[:3]))
        self.diagnostics = tuple(diagnostics)


def publish_edition(*, path: Path, regime: Regime, actor: Actor, now: datetime) -> EditionNumber:
    """
    Compile an edition's folder, sign it, store it for ever and bring it into force; publishing it twice changes nothing.

    Args:
        path: The edition's folder.
        regime: The law it is checked against.
        actor: Who publishes.
        now: UTC instant, from which it is in force.

    Returns:
        The edition's number.

    Raises:
        SourceMissing: There is no edition at `path`.
        Unpublishable: It has errors.
        AlreadyPublished: Another text was published under its number.
        OutOfOrder: Its number does not follow the newest one.

    Source: policy §8.
    """
    source = read_edition(path)
    compilation = compile_edition(source, regime)
    policy = compilation.policy
    if policy is None:
        raise Unpublishable([one for one in compilation.diagnostics if one.severity == "error"])
    texts = {language: source.files[f"policy.{language}.md"] for language in policy.languages}
    store = partial(_store, policy, texts, identity=edition_hash(source, policy), actor=actor, now=now)
    try:
        store()
    except IntegrityError:
        # two published at once and the other one was first: the second look finds what it published
        store()
    return policy.number


def _store(policy: CompiledPolicy, texts: Mapping[str, str], *, identity: str, actor: Actor, now: datetime) -> None:
    """Store an edition and bring it into force, unless that is done already."""
    signed = signing.sign(bytes.fromhex(identity), context=CONTEXT)
    with transaction.atomic():
        known = queries.newest() or 0
        editions.publish(policy=policy, texts=texts, edition_hash=identity, key_id=signed.key_id, signature=signed.signature, now=now)
        if policy.number > known:
            editions.enact(number=policy.number, now=now)
            facts: dict[str, Fact] = {"edition": int(policy.number), "hash": identity}
            record(act="edition.published", actor=actor, at=now, facts=facts)


def publish_pending(*, folder: Path, regime: Regime, actor: Actor, now: datetime) -> list[EditionNumber]:
    """
    Publish, in order, every edition of a policy's folder that is not yet published, and return their numbers.

    Args:
        folder: Folder of editions (`edition-1`, `edition-2` …).
        regime: The law they are checked against.
        actor: Who publishes.
        now: UTC instant.

    Raises:
        Unpublishable: One has errors; those before it are published.

    Source: house.md §5.
    """
    newest = queries.newest() or 0
    places = [place for place in editions_in(folder) if int(place.name.removeprefix("edition-")) > newest]
    return [publish_edition(path=place, regime=regime, actor=actor, now=now) for place in places]
