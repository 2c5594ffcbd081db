"""Advertising: a purpose of its own that only a consent of its own allows, and what the law asks of each letter of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from camket.policy.compiled import CompiledPolicy
from camket.policy.regimes import Regime, ValueMissing
from camket.policy.terms import ADVERTISE, LegalBasis

_LABEL = "ads.label.email."
_MOST_A_DAY = "ads.max_per_24h.email"
_A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvertisingLaw:
    """What holds for letters of advertising on one day."""

    labels: Mapping[str, str]  # by language; what a subject begins with
    most_letters: int | None  # to one address within `window`; None where the law names no number
    window: timedelta


def advertising_law(regime: Regime, day: date) -> AdvertisingLaw:
    """
    Return what a regime asks of letters of advertising.

    Args:
        regime: The law as data.
        day: The local day on which they go out.

    Source: Decree 91/2020 art. 13, Decree 330/2026 art. 37; Directive 2000/31/EC art. 6(a), Directive 2002/58/EC art. 13.
    """
    labels = {key.removeprefix(_LABEL): _text(regime, key, day) for key in regime.values if key.startswith(_LABEL)}
    try:
        most: int | None = regime.number(_MOST_A_DAY, day)
    except ValueMissing:
        most = None
    return AdvertisingLaw(labels=MappingProxyType({language: label for language, label in labels.items() if label}), most_letters=most, window=_A_DAY)


def _text(regime: Regime, key: str, day: date) -> str:
    try:
        value = regime.on(key, day).value
    except ValueMissing:
        return ""
    return value if isinstance(value, str) else ""


def is_declared(policy: CompiledPolicy) -> bool:
    """
    Return whether an edition knows advertising at all, and asks for consent to it.

    Args:
        policy: The edition.

    Source: Law 91/2025 art. 28; Decree 91/2020.
    """
    purpose = policy.purposes.get(ADVERTISE)
    return purpose is not None and purpose.basis is LegalBasis.CONSENT


def labelled(subject: str, *, law: AdvertisingLaw, language: str) -> str:
    """
    Return a subject line that says in its first word that this is advertising; one that says so already stays as it is.

    Args:
        subject: As it was written.
        law: Of the day.
        language: Of the letter.

    Source: Decree 330/2026 art. 37.2(a).
    """
    label = law.labels.get(language, "")
    return subject if not label or subject.upper().startswith(label.upper()) else f"{label} {subject}"
