"""What changes from one edition to another, as it stands in a letter: the words of the desk, in plain lines, in every language of letters."""

from collections.abc import Mapping

from django.utils.translation import gettext, override

from camket.duties.notices.rules import LANGUAGES, PURPOSES
from camket.duties.publishing import queries as editions
from camket.policy.changes import WHOLE_TEXT, PieceKind, change_id
from camket.web.kit.change_words import ChangeShown, read_aloud
from camket.web.kit.policy_labels import Labels
from camket.web.kit.templatetags.kit import unmarked

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
            shown = read_aloud(difference, old=before, new=after, language=language)
            labels = Labels(after, language, before=before)
            found[language] = {
                "changes": {
                    **{change_id(change): _lines(one, old, new) for change, one in zip(difference.changes, shown, strict=True)},
                    WHOLE_TEXT: _text_lines(old, new, language),
                },
                "purposes": {name: labels.label("purpose", name) for name in {**before.purposes, **after.purposes}},
            }
    return found


def _text_lines(old: editions.EditionNumber, new: editions.EditionNumber, language: str) -> str:
    """The passages that read otherwise, in the words of the new text."""
    _, passages = editions.text_difference(old, new, language)
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


def _lines(one: ChangeShown, old: editions.EditionNumber, new: editions.EditionNumber) -> str:
    # whoever reads it is told for what it is in their own case: each letter fills that in
    facts = [f"  {label}: {PURPOSES if label == gettext('What for') else value}" for label, value in one.lines]
    compared = [f"  {label}: {_compared(before, after, old, new)}" for label, before, after in one.compared]
    clauses = one.clauses or one.clauses_before
    told = gettext("clause %(clauses)s") % {"clauses": ", ".join(clauses)} if clauses else ""
    return "\n".join([f"* {one.heading}" + (f" ({told})" if told else ""), *facts, *compared])


def _compared(before: str, after: str, old: editions.EditionNumber, new: editions.EditionNumber) -> str:
    if not (before and after):
        return before or after
    # by their numbers: which of them holds "now" is another one for each day on which it is read
    told: dict[str, object] = {"before": before, "old": old, "after": after, "new": new}
    return gettext("%(before)s under edition %(old)d, %(after)s under edition %(new)d") % told
