"""Publishing: check, sign, store for ever, bring into force when the time has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import IntegrityError, transaction

from camket.duties.publishing.queries.coming import earliest_due
from camket.duties.publishing.queries.source import editions_in, read_edition
from camket.duties.publishing.rules import day_findings, for_this_house
from camket.editions import actions as editions
from camket.editions import queries
from camket.editions.actions import OutOfOrder
from camket.journal import published, signing
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.journal.signing import Signed
from camket.policy.changes import difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.exports import edition_hash
from camket.policy.manifest import text_file
from camket.policy.regimes import Regime
from camket.policy.source import EditionSource
from camket.policy.terms import Actor, EditionNumber


class AlreadyScheduled(Exception):
    """The edition is published already and comes into force at another instant; `due_at` says when."""

    def __init__(self, due_at: datetime | None) -> None:
        super().__init__("this edition is published already, and the instant at which it comes into force does not move")
        self.due_at = due_at


class TooEarly(Exception):
    """A promised notice would not have run, or an earlier edition waits still; `earliest` is the first instant that will do."""

    def __init__(self, earliest: datetime) -> None:
        super().__init__("the edition cannot come into force as early as that")
        self.earliest = earliest


class Unpublishable(Exception):
    """The policy has errors; `diagnostics` says where and how to mend each. Nothing was published."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("; ".join(f"{one.file}:{one.line} {one.message}" for one in diagnostics[:3]))
        self.diagnostics = tuple(diagnostics)


def publish_edition(*, path: Path, regime: Regime, actor: Actor, now: datetime, at: datetime | None = None) -> EditionNumber:
    """
    Compile an edition's folder, sign it, store it for ever and say when it comes into force; publishing it twice changes nothing.

    It comes into force as soon as the edition in force lets it: at once, or where that one promises notice and anybody's data is
    held, when the notice has run. What is due is brought into force here; what is not, by `enact_due`.

    Args:
        path: The edition's folder.
        regime: The law it is checked against.
        actor: Who publishes.
        now: UTC instant of publishing.
        at: UTC instant from which it is to be in force, where that is not as soon as may be; an earlier hour of today means now.

    Returns:
        The edition's number.

    Raises:
        SourceMissing: There is no edition at `path`.
        Unpublishable: It has errors, or is to come into force on a day that has passed.
        AlreadyPublished: Another text was published under its number.
        AlreadyScheduled: It was published before, to come into force at another instant than `at`.
        OutOfOrder: Its number does not follow the newest one.
        TooEarly: `at` comes before the promised notice has run, or before an edition that still waits.

    Source: policy §8 (8.1, 8.2); house.md §5.
    """
    ready = sealed(read_edition(path), regime)
    significance = computed_significance(ready.policy)
    store = partial(store_edition, ready, at=at, significance=significance, actor=actor, now=now)
    try:
        store()
    except IntegrityError:
        # two published at once and the other one was first: the second look finds what it published
        store()
    return ready.policy.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """Whether an edition weighs for those whose data is held: what the machine found, and what a person made of it; never less than was found."""

    is_computed: bool
    raised_by: str = ""  # opaque id of who holds it to be significant although the machine did not find it so
    reasons: Mapping[str, str] = field(default_factory=dict)  # the words of their reason by language, which stand beside the proposal

    @property
    def facts(self) -> dict[str, Fact]:
        """What the journal keeps of it: the alphabet of the journal has no room for a sentence."""
        raised: dict[str, Fact] = {"raised_by": self.raised_by, **published.reason_facts(self.reasons)} if self.raised_by else {}
        return {"significant": self.is_computed or bool(self.raised_by), "significant_computed": self.is_computed, **raised}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An edition that compiled, with its fingerprint and our signature over it: all that is slow is done."""

    policy: CompiledPolicy
    texts: Mapping[str, str]
    identity: str
    signed: Signed


def sealed(source: EditionSource, regime: Regime) -> Sealed:
    """
    Return an edition compiled and signed, ready to be stored; nothing is stored.

    Args:
        source: Its texts.
        regime: The law it is checked against.

    Raises:
        Unpublishable: It has errors.
    """
    compilation = for_this_house(compile_edition(source, regime))
    policy = compilation.policy
    if policy is None:
        raise Unpublishable([one for one in compilation.diagnostics if one.severity == "error"])
    texts = {language: source.files[text_file(language)] for language in policy.languages}
    identity = edition_hash(texts[policy.authoritative], policy)
    return Sealed(policy=policy, texts=texts, identity=identity, signed=signing.sign(bytes.fromhex(identity), context=signing.EDITION))


def computed_significance(policy: CompiledPolicy) -> Significance | None:
    """Return whether an edition lets the company do more, or promises less, than the newest before it; None for the first one."""
    before = policy.number - 1
    try:
        return Significance(is_computed=difference(queries.compiled(EditionNumber(before)), policy).is_significant) if before else None
    except queries.NoEdition:
        return None  # out of order: storing it will say so


def store_edition(ready: Sealed, *, at: datetime | None, significance: Significance | None, actor: Actor, now: datetime) -> None:
    """
    Store an edition for ever, journal it and say when it comes into force, unless that is done already; a folder and a draft go this way.

    Args:
        ready: The edition, compiled and signed.
        at: UTC instant from which it is to be in force; None for as soon as may be.
        significance: What the journal keeps of how much it weighs.
        actor: Who publishes.
        now: UTC instant.

    Raises:
        Unpublishable: It is to come into force on a day that has passed.
        AlreadyPublished: Another text was published under its number.
        AlreadyScheduled: It was published before, to come into force at another instant than `at`.
        OutOfOrder: Its number does not follow the newest one.
        TooEarly: `at` comes before the promised notice has run, or before an edition that still waits.
    """
    policy, signed = ready.policy, ready.signed
    with transaction.atomic():
        known = queries.newest() or 0
        signature, key_id = signed.signature, signed.key_id
        editions.publish(policy=policy, texts=ready.texts, edition_hash=ready.identity, key_id=key_id, signature=signature, now=now)
        if policy.number > known:
            require_day_to_come(at, policy=policy, now=now)
            editions.schedule(number=policy.number, due_at=due_at(at, now))
            facts = published.facts_of(queries.stored(policy.number))
            record(act=published.PUBLISHED, actor=actor, at=now, facts={**facts, **(significance.facts if significance else {})})
            enact_due(actor=actor, now=now)
        elif at is not None and at != (planned := queries.stored(policy.number).due_at):
            raise AlreadyScheduled(planned)


def require_day_to_come(at: datetime | None, *, policy: CompiledPolicy, now: datetime) -> None:
    """
    Raise Unpublishable where an edition is to come into force on a day that has passed.

    Args:
        at: UTC instant from which it is to be in force; None for as soon as may be.
        policy: The edition.
        now: UTC instant.

    Raises:
        Unpublishable: It is.
    """
    passed = day_findings(at, timezone=policy.timezone, now=now, severity=Severity.ERROR)
    if passed:
        raise Unpublishable(passed)


def due_at(wanted: datetime | None, now: datetime) -> datetime:
    """
    Return when a new edition comes into force: as soon as it may, or later where that is wanted.

    Args:
        wanted: UTC instant; one that has passed today means now.
        now: UTC instant of publishing.

    Raises:
        TooEarly: A promised notice would not have run, or an earlier edition waits still.
    """
    earliest = earliest_due(now).at
    if wanted is None:
        return earliest
    if wanted < earliest and now < earliest:
        raise TooEarly(earliest)
    return max(wanted, earliest)


def enact_due(*, actor: Actor, now: datetime) -> list[EditionNumber]:
    """
    Bring into force, in order, every edition whose instant has come, and return their numbers; safe to call from many processes at once.

    Args:
        actor: Who does it: whoever published, or the house where the instant came later.
        now: UTC instant; it is the one from which they bind, whatever was scheduled.

    Source: policy §8 (8.2); house.md §5 (an event that never goes back).
    """
    enacted = []
    for number in queries.due(now=now):
        try:
            with transaction.atomic():
                editions.enact(number=number, now=now)
                record(act=published.ENACTED, actor=actor, at=now, facts={"edition": int(number)})
        except OutOfOrder:  # another process was first
            continue
        enacted.append(number)
    return enacted


def publish_pending(*, folder: Path, regime: Regime, actor: Actor, now: datetime) -> list[EditionNumber]:
    """
    Publish, in order, every edition of a policy's folder that is not yet published, and return their numbers.

    Each comes into force as soon as it may (`publish_edition`); on a fresh home that is at once.

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
