"""
What was saved while somebody's form of texts lay open: on which texts both wrote, and that nobody's is replaced unseen.

A form carries the hash of each text as it was opened. Of a text that its author left as it was, the saved one is taken; one on which both wrote is
stored only with a tick beside the saved one, and only in the place of just that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext

from camket.duties.publishing.rules import clashing, taken_over, text_hash
from camket.web.console.differing import Stretch, stretches
from camket.web.console.showing import names_by_id

_LONGEST_OPENED: Final = 4000  # characters: some twenty names, each with its hash
_LONGEST_HASH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands in a form, the hash of each text as it was opened, and of each saved text that its author agreed to replace."""

    texts: Mapping[str, str]
    opened: Mapping[str, str]
    replaced: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A text on which both wrote: what stands there now, what its author wrote, and whether they agreed to replace just that."""

    name: str
    stored: str
    stored_hash: str
    own: str
    is_replaced: bool

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Where its author's text differs from what stands there now; nothing where one of them is empty."""
        return stretches(self.stored, self.own)


def as_saved(texts: Mapping[str, str]) -> Sheet:
    """Return the form as it is opened."""
    return Sheet(texts=texts, opened={name: text_hash(text) for name, text in texts.items()})


def sheet_of(request: HttpRequest, texts: Mapping[str, str]) -> Sheet:
    """
    Return the form as it was sent.

    Args:
        request: The POST.
        texts: What was typed, by name, tidied as it would be kept.
    """
    pairs = (part.partition(":") for part in request.POST.get("opened", "")[:_LONGEST_OPENED].split())
    replaced = {name: request.POST.get(f"replace_{name}", "")[:_LONGEST_HASH] for name in texts}
    return Sheet(texts=texts, opened={name: known for name, _, known in pairs}, replaced=replaced)


def written(sheet: Sheet) -> str:
    """Return the hash of each text as it was opened, as the form's hidden field `opened` carries them."""
    return " ".join(f"{name}:{known}" for name, known in sheet.opened.items())


def clashes_of(sheet: Sheet, stands: Mapping[str, str]) -> dict[str, Clash]:
    """
    Return the texts on which both wrote, by name.

    Args:
        sheet: The form of somebody who was shown what stands.
        stands: What is saved by now, by the same names.
    """
    both = clashing(sheet.texts, stands, sheet.opened)
    hashes = {name: text_hash(stands[name]) for name in sheet.texts if name in both}
    return {
        name: Clash(name=name, stored=stands[name], stored_hash=one, own=sheet.texts[name], is_replaced=sheet.replaced.get(name) == one)
        for name, one in hashes.items()
    }


def is_settled(sheet: Sheet, stands: Mapping[str, str]) -> bool:
    """
    Return whether its author agreed, of each text on which both wrote, that theirs replaces the one that is saved now.

    Args:
        sheet: The form of somebody who was shown what stands.
        stands: What is saved by now, by the same names.
    """
    return all(one.is_replaced for one in clashes_of(sheet, stands).values())


def brought_together(sheet: Sheet, stands: Mapping[str, str], *, is_new: bool) -> Sheet:
    """
    Return the form to go on with: what was typed, with the saved text in place of each that its author left as it was.

    Args:
        sheet: As it was sent.
        stands: What is saved by now, by the same names.
        is_new: Whether its author sees that for the first time.
    """
    texts = taken_over(sheet.texts, stands, sheet.opened) if is_new else sheet.texts
    both = clashing(texts, stands, sheet.opened)
    # a text on which both wrote stays opened as it was until its author says whose is kept
    opened = {name: sheet.opened.get(name, "") if name in both else known for name, known in as_saved(stands).opened.items()}
    return replace(sheet, texts=texts, opened=opened)


def overtaken_context(clashes: Mapping[str, Clash], *, saved_by: UUID | None, own: UUID, is_overtaken: bool) -> dict[str, Any]:
    """
    Return what a page says of what was saved meanwhile, and what its ticks are called.

    Args:
        clashes: The texts on which both wrote.
        saved_by: Who saved what stands, where that is known.
        own: The reader.
        is_overtaken: Whether their form was not stored because of it.
    """
    return {
        "is_overtaken": is_overtaken,
        "has_clash": bool(clashes),
        "first_clash": next(iter(clashes), ""),
        "meanwhile": _saved_meanwhile(saved_by, own) if is_overtaken else "",
        "replace_label": _replace_label(saved_by, own) if clashes else "",
    }


def _saved_meanwhile(saved_by: UUID | None, own: UUID) -> str:
    """Whose text was saved after the page was opened: the reader's own of another window, or a colleague's."""
    if saved_by == own:
        return gettext("You saved another text in another window after this page was opened. What stands here is not stored yet.")
    if name := _name(saved_by):
        return gettext("%(name)s saved another text after this page was opened. Yours is not stored yet.") % {"name": name}
    return gettext("Another text was saved after this page was opened. Yours is not stored yet.")


def _replace_label(saved_by: UUID | None, own: UUID) -> str:
    if saved_by != own and (name := _name(saved_by)):
        return gettext("Replace what %(name)s saved with my text") % {"name": name}
    return gettext("Replace what was saved meanwhile with my text")


def _name(staff_id: UUID | None) -> str:
    return names_by_id().get(staff_id, "") if staff_id else ""
