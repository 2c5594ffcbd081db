"""The clock of a right in words: what the law sets for which request, never the key under which a rule pack has it."""

from collections.abc import Collection, Mapping
from typing import Final

from django.utils.translation import gettext, gettext_noop, ngettext

from camket.duties.publishing import queries as editions
from camket.policy.regimes import Confidence, RegimeValue
from camket.policy.retain import Period
from camket.web.kit.policy_labels import period_words

_REQUESTS: Final[Mapping[str, str]] = {
    "dsr.access": gettext_noop("viewing what is held"),
    "dsr.complain": gettext_noop("complaints"),
    "dsr.copy": gettext_noop("copies"),
    "dsr.correct": gettext_noop("corrections"),
    "dsr.erase": gettext_noop("erasing"),
    "dsr.object": gettext_noop("objecting"),
    "dsr.protect": gettext_noop("protective measures"),
    "dsr.restrict": gettext_noop("restricting use"),
    "dsr.withdraw": gettext_noop("withdrawing a consent"),
}
_READ_IN_THE_LAW: Final = frozenset({Confidence.S1, Confidence.S2})


def deadline_words(key: str, regimes: Collection[str]) -> str:
    """
    Return what a right's deadline is in words, in the active language, with its length where the house's rule pack gives one that does not change.

    Args:
        key: Of the rule pack, as an edition's rule names it, such as `dsr.access`.
        regimes: The rule packs of the editions that are spoken of; where another is among them than the house has, no length is told.

    Raises:
        SourceMissing, RegimeInvalid: The house's rule pack cannot be read.

    Source: Decree 356/2025 art. 5; GDPR art. 12(3).
    """
    told = {"request": gettext(_REQUESTS[key]) if key in _REQUESTS else "", "time": _length(key, regimes)}
    if told["request"] and told["time"]:
        return gettext("within %(time)s, as the law sets for %(request)s") % told
    if told["request"]:
        return gettext("within the time that the law sets for %(request)s") % told
    return gettext("within %(time)s, as the law sets") % told if told["time"] else gettext("within the time that the law sets")


def _length(key: str, regimes: Collection[str]) -> str:
    """Nothing where what the pack says was not read in the law, or is another on another day: these words are read on any."""
    law = editions.house_regime()
    dated = law.values.get(f"{key}.own", ())
    if set(regimes) != {law.id} or len(dated) != 1 or dated[0].confidence not in _READ_IN_THE_LAW:
        return ""
    return _amount(dated[0])


def _amount(value: RegimeValue) -> str:
    if isinstance(value.value, bool) or not isinstance(value.value, int):
        return ""
    match value.unit:
        case "hours":
            return ngettext("%(n)d hour", "%(n)d hours", value.value) % {"n": value.value}
        case "working_days":
            return ngettext("%(n)d working day", "%(n)d working days", value.value) % {"n": value.value}
        case "days" | "weeks" | "months" | "years":
            return period_words(Period(**{value.unit: value.value}))
        case _:
            return ""
