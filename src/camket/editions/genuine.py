"""Whether a stored edition is the one that was published: its text and rules give its hash, and each translation gives its own."""

from collections.abc import Mapping, Sequence

from camket.editions.models import Edition, Translation
from camket.policy.compiled import CompiledPolicy
from camket.policy.document import Words
from camket.policy.exports import edition_hash, from_json, translation_hash
from camket.policy.imports import ExportInvalid
from camket.policy.manifest import text_file
from camket.policy.source import parse_document
from camket.policy.terms import EditionNumber


class EditionTampered(Exception):
    """A stored edition is not the one that was published; the message says which, what is wrong and what to do, `code` the kind of fault."""

    def __init__(self, number: EditionNumber, code: str, what: str) -> None:
        super().__init__(
            f"edition {number} is not what was published: {what}. Nothing is decided by it. "
            "Put back a whole copy of the database, and find out who could write to it"
        )
        self.number = number
        self.code = code


def read_genuine(edition: Edition, translations: Sequence[Translation]) -> CompiledPolicy:
    """
    Return the executable value of a stored edition, once it is certain that it belongs to the stored text.

    Whose signature the hash bears, and what the journal says of it, is not this room's business.

    Args:
        edition: As stored.
        translations: All of its translations, in the order of their revisions.

    Raises:
        EditionTampered: Text, rules, hash, a translation or its words do not belong together.

    Source: policy §8 (8.1).
    """
    number = EditionNumber(edition.number)
    try:
        policy = from_json(bytes(edition.compiled))
    except ExportInvalid:
        raise EditionTampered(number, "edition_changed", "its rules cannot be read") from None
    if (policy.number, policy.slug, policy.authoritative) != (edition.number, edition.slug, edition.authoritative):
        raise EditionTampered(number, "edition_changed", "its rules are those of another edition")
    if edition_hash(edition.text, policy) != edition.hash:
        raise EditionTampered(number, "edition_changed", "its text and its rules do not give its fingerprint")
    for one in translations:
        if translation_hash(one.text) != one.hash:
            raise EditionTampered(number, "translation_changed", f"its translation {one.language} does not give the fingerprint beside it")
    _require_own_words(policy, {one.language: one.text for one in reversed(translations)})
    return policy


def _require_own_words(policy: CompiledPolicy, first_texts: Mapping[str, str]) -> None:
    """The hash covers the words of the authoritative language; those of a translation must be the ones its first revision gives."""
    for language in policy.languages:
        if language != policy.authoritative and policy.words[language] != _words_of(language, first_texts):
            raise EditionTampered(policy.number, "translation_changed", f"the words shown in {language} are not those of its text")


def _words_of(language: str, texts: Mapping[str, str]) -> Words | None:
    return parse_document(language, text_file(language), texts[language]).words if language in texts else None
