"""What changes from one edition to another, as it stands in a letter: the words of the desk, in plain lines, in every language of letters."""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext, override

from camket.duties.publishing import queries as editions
from camket.policy.changes import WHOLE_TEXT, Change, PieceKind, change_id, place
from camket.policy.languages import LANGUAGES
from camket.policy.writing import one_line
from camket.web.kit.change_sentences import Sentences
from camket.web.kit.change_words import ChangeShown, Lister, read_aloud
from camket.web.kit.policy_labels import Labels
from camket.web.kit.templatetags.kit import unmarked
from camket.web.kit.words import within_sentence

_MOST_PASSAGES = 12  # of a text that is told in a letter; the rest is read where the edition stands


def letter_words(old: editions.EditionNumber, new: editions.EditionNumber) -> dict[str, dict[str, Mapping[str, str]]]:
    """
    Return the words that a campaign's letters are made of: each change by its id, what the text says otherwise for an edition in which no
    rule differs and that somebody raised, and the names of purposes, in each language.

    Args:
        old: The edition that comes first.
        new: The one after it.

    Raises:
        NoEdition: One of them is not published.
    """
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    difference = editions.difference(old, new)
    before, after = editions.compiled(old), editions.compiled(new)
    for language in LANGUAGES:
        with override(language):
            labels = Labels(after, language, before=before)
            listed = _places(labels)
            shown = read_aloud(difference, old=before, new=after, language=language, listed=listed)
            sentences = Sentences(labels, listed, language, old=old, new=new)
            found[language] = {
                "changes": {
                    **{change_id(change): _told(change, one, sentences, (old, new)) for change, one in zip(difference.changes, shown, strict=True)},
                    WHOLE_TEXT: _text_lines(old, new, language),
                },
                "purposes": {name: labels.label("purpose", name) for name in {**before.purposes, **after.purposes}},
            }
    return found


def letter_reason(number: editions.EditionNumber) -> dict[str, str] | None:
    """
    Return why a person raised an edition to significant, as a paragraph of a letter in each language; None where nobody did, or where the words
    are not there in each language: a letter speaks one.

    Args:
        number: Of the edition.

    Raises:
        NoEdition: It is not published.
    """
    reasons = editions.raised_for(number) or {}
    told = {language: one_line(reasons.get(language, "")) for language in LANGUAGES}
    return told if all(told.values()) else None


def _text_lines(old: editions.EditionNumber, new: editions.EditionNumber, language: str) -> str:
    """The passages that read otherwise, in the words of the new text."""
    read, passages = editions.text_difference(old, new, language)
    if not passages and read != editions.compiled(new).languages[0]:  # a translation that was left as it was
        return gettext(
            "No rule changes: we may do no more and no less than before. Only the original text is worded anew; this translation reads as before."
        )
    told = []
    for one in passages[:_MOST_PASSAGES]:
        text = "".join(unmarked(piece.text) for piece in one.pieces if piece.kind is not PieceKind.GONE).strip()
        number = one.after or one.before
        if text:
            told.append(f"* {number}. {text}" if number else f"* {text}")
        else:
            told.append(gettext("* %(number)s no longer stands") % {"number": number})
    more = [gettext("* and more, in the text of the edition")] if len(passages) > _MOST_PASSAGES else []
    return "\n".join([gettext("No rule changes: we may do no more and no less than before. The text is worded anew:"), *told, *more])


def _places(labels: Labels) -> Lister:
    """A list leaves a place: each reader is told those things that touch what is held of them."""

    def listed(kind: str, names: Collection[str]) -> str:
        # a purpose or a part of what is kept may be called anything: set apart, it reads as a name wherever it stands
        return place(kind, {name: (within_sentence(label) if kind == "field" else f"“{label}”") for name, label in labels.named(kind, names)})

    return listed


def _told(change: Change, one: ChangeShown, sentences: Sentences, numbers: tuple[editions.EditionNumber, editions.EditionNumber]) -> str:
    clauses = one.clauses or one.clauses_before
    clause = " (" + gettext("clause %(clauses)s") % {"clauses": ", ".join(clauses)} + ")" if clauses else ""
    sentence = sentences.sentence(change)
    if not sentence:
        return "\n".join([f"* {one.heading}{clause}", *_lines(one, numbers)])
    return f"* {sentence[:1].upper()}{sentence[1:]}{clause}. {sentences.condition(change)}".rstrip()


def _lines(one: ChangeShown, numbers: tuple[editions.EditionNumber, editions.EditionNumber]) -> Iterator[str]:
    yield from (f"  {label}: {value}" for label, value in one.lines)
    for term, before, after, gone, added in one.compared:
        if added:
            yield f"  {term}: " + gettext("added %(names)s") % {"names": added}
        if gone:
            yield f"  {term}: " + gettext("taken away %(names)s") % {"names": gone}
        if before:
            # by their numbers: which of them holds "now" is another one for each day on which it is read
            told: dict[str, object] = {"before": before, "old": numbers[0], "after": after, "new": numbers[1]}
            yield f"  {term}: " + gettext("%(before)s under edition %(old)d, %(after)s under edition %(new)d") % told
