"""Fields for texts in two languages: what is typed, what is wrong with it, and what a colleague wrote meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from camket.duties.catalogue.rules import MULTILINE
from camket.policy.faults import TextFault
from camket.policy.languages import LANGUAGES
from camket.web.console.meanwhile import Clash
from camket.web.kit.faults import text_sentence
from camket.web.kit.words import word


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """One field of the form; `clash` holds what stands now where both wrote on it."""

    name: str
    language: str
    label: str
    hint: str
    value: str
    limit: int
    is_multiline: bool
    error: str = ""
    clash: Clash | None = None

    @property
    def id(self) -> str:
        """The id of the field on the page."""
        return f"t-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed and what came of it."""

    values: Mapping[str, str]
    faults: tuple[TextFault, ...] = ()
    clashes: Mapping[str, Clash] = field(default_factory=dict)  # the texts on which somebody else wrote meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a field is called and what it is for."""

    stem: str
    label: str
    hint: str = ""


def fields_of(wordings: Iterable[Wording], longest: Mapping[str, int], typed: Typed) -> list[list[TextField]]:
    """
    Return the form row by row: a text in both languages side by side, or one that has no language by itself.

    Args:
        wordings: The rows.
        longest: The fields with how many characters each may have.
        typed: What stands in them.
    """
    rows = []
    for wording in wordings:
        names = [wording.stem] if wording.stem in longest else [f"{wording.stem}_{language}" for language in LANGUAGES]
        rows.append([_field(name, wording, longest[name], typed) for name in names])
    return rows


def problems_of(rows: Iterable[Iterable[TextField]]) -> list[tuple[str, str]]:
    """
    Return what is wrong in the order of the form, each with the id of its field and beginning with what that is called.

    Args:
        rows: The form.
    """
    return [(one.id, f"{_called(one)}: {one.error}") for row in rows for one in row if one.error]


def _called(one: TextField) -> str:
    return f"{one.label} ({word('language', one.language)})" if one.language else one.label


def _field(name: str, wording: Wording, limit: int, typed: Typed) -> TextField:
    language = name[-2:] if name != wording.stem else ""
    value = typed.values.get(name, "")
    fault = next((one for one in typed.faults if one.field == name), None)
    return TextField(
        name=name,
        language=language,
        label=wording.label,
        hint=wording.hint,
        value=value,
        limit=limit,
        is_multiline=name in MULTILINE,
        error=fault_sentence(fault) if fault else "",
        clash=typed.clashes.get(name),
    )


def fault_sentence(fault: TextFault) -> str:
    """Return the sentence that helps with what is wrong with a text; it never repeats what was typed."""
    sentences = {
        "missing": text_sentence("required"),
        "too_long": text_sentence("too_long", limit=fault.limit),
        "unseen": gettext("There is an invisible character in it. Please type it again rather than pasting it."),
        "unpaired": gettext("The other language has a text here. Write one for this language too, or empty both."),
        "bad_slug": gettext("Small letters a to z, digits and single hyphens, such as web-hosting."),
        "taken": gettext("Another product has this address already. Choose another one."),
        "bad_phone": gettext("Write the number in digits, with spaces, dots or hyphens between them; it may begin with +."),
        "bad_url": gettext("Write the whole address, beginning with https://"),
    }
    return sentences[fault.code]
