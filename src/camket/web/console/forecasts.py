"""How many a notice would go to, in sentences."""

from django.utils.translation import gettext, ngettext

from camket.duties.notices import actions as notices
from camket.web.kit.templatetags.kit import grouped


def forecast_sentences(told: notices.Forecast) -> tuple[str, ...]:
    """
    Return how many a notice would go to if it began now, and who would get none, in the language of the page.

    Args:
        told: From `forecast`.
    """
    lost, left = told.unreachable, told.unproven
    no_address = ngettext("%(many)s person has no usable address.", "%(many)s people have no usable address.", lost)
    unproven = ngettext("%(many)s address was never confirmed and is left out.", "%(many)s addresses were never confirmed and are left out.", left)
    left_out = [sentence % {"many": grouped(many)} for sentence, many in ((no_address, lost), (unproven, left)) if many]
    return (_letters(told), *left_out)


def _letters(told: notices.Forecast) -> str:
    many = grouped(told.letters)
    if not told.is_whole:
        sentence = gettext("Of the first %(looked_at)s people, %(many)s would get a letter. The rest is counted once it begins.")
        return sentence % {"looked_at": grouped(told.looked_at), "many": many}
    if not told.letters:
        return gettext("If it began now, nobody would get a letter.")
    return ngettext("If it began now, %(many)s letter would go out.", "If it began now, %(many)s letters would go out.", told.letters) % {
        "many": many
    }
