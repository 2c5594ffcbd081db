"""What differs between the words that two editions put on forms and pages: above all the sentence that people agree to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from camket.policy.changes.texts import Piece, pieces_of
from camket.policy.document import Wording, Words

CONSENT: Final = "consent"
_KEYS: Final = (CONSENT, "label", "why", "hint")  # what people agree to comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """The words for one thing in one language that differ; a side is empty where the edition has no such words."""

    language: str
    kind: str
    thing: str
    key: str  # consent, label, why or hint
    name: str  # of the thing in this language
    before: str
    after: str

    @property
    def is_of_what_was_agreed_to(self) -> bool:
        """Whether people agreed to one sentence before and are asked to agree to another one now."""
        return self.key == CONSENT and bool(self.before) and bool(self.after)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Both wordings as one row of pieces, word by word."""
        return pieces_of(self.before, self.after)


def words_difference(old: Mapping[str, Words], new: Mapping[str, Words]) -> tuple[Rewording, ...]:
    """
    Return the words that differ in each language that both editions have, the sentences that people agree to first.

    No rule is made of them, so none of them is a change of meaning; whoever agreed, agreed to the sentence of then.

    Args:
        old: The words of the edition that binds so far, by language.
        new: Those of the edition that is to follow it; its order of languages is kept.
    """
    return tuple(one for language in new if language in old for key in _KEYS for one in _reworded(key, old[language], new[language]))


def _reworded(key: str, old: Words, new: Words) -> Iterator[Rewording]:
    nothing = Wording(label="")
    for kind, thing in dict.fromkeys([*new.entries, *old.entries]):
        was, now = (words.entries.get((kind, thing), nothing) for words in (old, new))
        before, after = getattr(was, key), getattr(now, key)
        if before != after:
            name = now.label or was.label or thing
            yield Rewording(language=new.language, kind=kind, thing=thing, key=key, name=name, before=before, after=after)
