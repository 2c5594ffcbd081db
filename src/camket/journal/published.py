"""Whether the published editions are the ones that we signed and that the journal speaks of."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from camket.editions import queries as editions
from camket.editions.queries import Correction, EditionRow, EditionTampered
from camket.journal import entries, queries, signing
from camket.journal.facts import Fact
from camket.journal.signing import Signed
from camket.policy.exports import translation_hash
from camket.policy.terms import EditionNumber

PUBLISHED = "edition.published"
ENACTED = "edition.enacted"
CORRECTED = "translation.corrected"
WEIGHT = frozenset({"significant", "significant_computed", "raised_by"})  # what the entry of publishing says beside the fingerprints, and
REASON = "reason"  # beside who raised it: a fact for each language, such as reason_vi, or this one for a language that nobody noted


def facts_of(row: EditionRow) -> dict[str, Fact]:
    """
    Return what the journal keeps of an edition when it is published: its fingerprints, and when it is to come into force.

    Args:
        row: The edition, scheduled.
    """
    translations = {f"translation_{language}": translation_hash(text) for language, text in row.first_texts.items() if language != row.authoritative}
    due = {} if row.due_at is None else {"due_at": entries.written_instant(row.due_at)}
    return {"edition": int(row.number), "hash": row.hash, **translations, **due}


def facts_of_correction(number: EditionNumber, one: Correction) -> dict[str, Fact]:
    """
    Return what the journal keeps of a corrected translation.

    Args:
        number: Of the edition.
        one: The correction.
    """
    return {"edition": int(number), "language": one.language, "revision": one.revision, "hash": one.hash}


def require_genuine() -> None:
    """
    Make sure that every published edition is the one that was signed and journaled; a few milliseconds each, whatever the journal holds.

    Raises:
        EditionTampered: One is not; the message says what to do.
        KeyFileMissing: The signing key is gone although the journal is not empty.

    Source: policy §7 (7.2), §8 (8.1).
    """
    for fault in faults():
        raise fault


def faults() -> Iterator[EditionTampered]:
    """
    Yield what is wrong with any published edition, as it is stored now.

    Each is held against itself, the one before it, our signature, and the journal's entries of its publishing and of its coming
    into force. An edition that is gone altogether is found by `missing`.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.

    Source: policy §8 (8.1); RFC 8032 (Ed25519).
    """
    previous = ""
    for number in range(1, (editions.newest() or 0) + 1):
        try:
            row = editions.stored(EditionNumber(number))
        except editions.NoEdition:
            yield EditionTampered(EditionNumber(number), "edition_missing", "it is gone, and a later one is there")
            previous = ""
        except EditionTampered as tampered:
            yield tampered
            previous = ""
        else:
            yield from _faults_of(row, previous)
            previous = row.hash


def _faults_of(row: EditionRow, previous: str) -> Iterator[EditionTampered]:
    ours = signing.key_id()
    signed = Signed(key_id=row.key_id, signature=row.signature)
    if row.key_id != ours:
        what = f"it is signed with the key {row.key_id} and ours is {ours}; if signing.key was exchanged, put back the one that was in use"
        yield EditionTampered(row.number, "edition_forged", what)
    elif not signing.verify(bytes.fromhex(row.hash), signed, context=signing.EDITION):
        yield EditionTampered(row.number, "edition_forged", "the signature is not our key's")
    # where the one before cannot be read, that is told already
    if (previous or row.number == 1) and row.previous_hash != previous:
        yield EditionTampered(row.number, "edition_unchained", "it does not name the fingerprint of the edition before it")
    if facts_of(row) not in [_without_weight(told) for told in _told(PUBLISHED, row.published_at)]:
        yield EditionTampered(row.number, "edition_unrecorded", "the journal does not say that it was published so")
    for one in row.corrections:
        if facts_of_correction(row.number, one) not in _told(CORRECTED, one.at):
            what = f"the journal does not say that its translation {one.language} was corrected so"
            yield EditionTampered(row.number, "correction_unrecorded", what)
    if row.in_force_at is not None and {"edition": int(row.number)} not in _told(ENACTED, row.in_force_at):
        yield EditionTampered(row.number, "enactment_unrecorded", "the journal does not say that it came into force when it is said to have")


def is_raised(number: EditionNumber) -> bool:
    """
    Return whether a person raised an edition to significant when it was published, although the machine did not find it so.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.

    Source: policy §8 (8.2); docs/decisions/0018-publishing.md.
    """
    return raised_for(number) is not None


def reason_facts(reasons: Mapping[str, str]) -> dict[str, Fact]:
    """
    Return what the journal keeps of the words with which an edition is raised to significant: a SHA-256 in hex for each language.

    Args:
        reasons: The words by language; by no language at all, as they were kept before they were asked for in each.
    """
    return {f"{REASON}_{language}" if language else REASON: hashlib.sha256(words.encode()).hexdigest() for language, words in reasons.items()}


def raised_for(number: EditionNumber) -> dict[str, Fact] | None:
    """
    Return what the journal keeps of the words with which an edition was raised to significant, as `reason_facts` does; None where nobody did.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    told = (one for one in _told(PUBLISHED, editions.edition(number).published_at) if one.get("edition") == number)
    return next(({name: fact for name, fact in one.items() if _is_reason(name)} for one in told if one.get("raised_by")), None)


def _without_weight(told: dict[str, Fact]) -> dict[str, Fact]:
    return {name: fact for name, fact in told.items() if name not in WEIGHT and not _is_reason(name)}


def _is_reason(name: str) -> bool:
    return name == REASON or name.startswith(f"{REASON}_")


def _told(act: str, at: datetime) -> list[dict[str, Fact]]:
    return [dict(row.facts) for row in queries.at_instant(act=act, at=at)]


def missing() -> Iterator[EditionTampered]:
    """
    Yield every edition that the journal says was published, or came into force, and that is not or did not; reads the whole journal.

    Source: policy §8 (8.1).
    """
    newest, in_force = editions.newest() or 0, _in_force()
    for act, last, what in ((PUBLISHED, newest, "it was published, and is gone"), (ENACTED, in_force, "it came into force, and no longer is")):
        for row in queries.of_act(act):
            number = row.facts.get("edition")
            if isinstance(number, int) and number > last:
                yield EditionTampered(EditionNumber(number), "edition_missing", what)
    for row in queries.of_act(CORRECTED):
        number = row.facts.get("edition")
        if isinstance(number, int) and number <= newest and dict(row.facts) not in _corrections(EditionNumber(number)):
            yield EditionTampered(EditionNumber(number), "correction_missing", "a translation was corrected, and the correction is gone")


def _corrections(number: EditionNumber) -> list[dict[str, Fact]]:
    try:
        row = editions.stored(number)
    except (editions.NoEdition, EditionTampered):
        return []
    return [facts_of_correction(number, one) for one in row.corrections]


def _in_force() -> int:
    try:
        return editions.in_force()
    except editions.NoEdition:
        return 0
