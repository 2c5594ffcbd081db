"""What the things of an edition are called on a page, and how lists of them read."""

from collections.abc import Iterable

from django.utils.translation import ngettext

from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import Period
from camket.policy.terms import Operation
from camket.web.kit.words import word


class Labels:
    """Names the things of one edition in one language; what it does not know is named as the one before it did, or keeps its id."""

    def __init__(self, policy: CompiledPolicy, language: str, *, before: CompiledPolicy | None = None) -> None:
        self._policy = policy
        self._before = before
        self._language = language
        self._orders: dict[str, list[str]] = {
            "field": [*policy.fields],
            "purpose": [*policy.purposes],
            "recipient": [*policy.recipients],
            "collection": [*policy.collections],
            "violation": [*policy.violations],
        }

    @property
    def regimes(self) -> frozenset[str]:
        """The rule packs of the law that the editions name."""
        return frozenset({self._policy.regime, *([self._before.regime] if self._before else [])})

    def is_measure_in_both(self, name: str) -> bool:
        """Return whether a measure may be taken under this edition and the one before it, against whatever."""
        return all(policy is not None and any(one.id == name for one in policy.measures) for policy in (self._policy, self._before))

    def label(self, kind: str, name: str) -> str:
        """Return what one thing is called."""
        found = self._policy.label(kind, name, self._language)
        return self._before.label(kind, name, self._language) if found == name and self._before else found

    def names(self, kind: str, names: Iterable[str]) -> list[str]:
        """Return what things are called, in the order given."""
        return [self.label(kind, name) for name in names]

    def listed(self, kind: str, names: Iterable[str]) -> str:
        """Return a list of things in the order in which the edition names them, so that the same list always reads the same."""
        return "; ".join(label for _, label in self.named(kind, names))

    def named(self, kind: str, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return things with what they are called, in the order in which the edition names them."""
        order = self._orders.get(kind, [])
        return [(name, self.label(kind, name)) for name in sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))]

    def roles(self, roles: Iterable[str]) -> str:
        """Return a list of roles as the edition names them, or as the house does where it does not."""
        return "; ".join(sorted(word("role", role) if (label := self.label("role", role)) == role else label for role in roles))


def operations_listed(operations: Iterable[str]) -> str:
    """Return a list of operations in words, in the order in which data lives through them."""
    chosen = set(operations)
    return "; ".join(word("operation", one) for one in Operation if one in chosen)


def period_words(period: Period) -> str:
    """Return a period as people say it, such as "90 days" or "1 year, 6 months"."""
    parts = [
        ngettext("%(n)d year", "%(n)d years", period.years) % {"n": period.years} if period.years else "",
        ngettext("%(n)d month", "%(n)d months", period.months) % {"n": period.months} if period.months else "",
        ngettext("%(n)d week", "%(n)d weeks", period.weeks) % {"n": period.weeks} if period.weeks else "",
        days_words(period.days) if period.days else "",
    ]
    return ", ".join(part for part in parts if part) or days_words(0)


def days_words(days: int) -> str:
    """Return a number of days in words."""
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
