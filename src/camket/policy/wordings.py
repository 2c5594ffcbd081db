"""Reads the words blocks: labels, reasons and consent wordings in one language."""

from collections.abc import Mapping
from types import MappingProxyType

from camket.policy.diagnostics import Place, Report, quote
from camket.policy.document import WORD_KEYS, Wording, Words
from camket.policy.phrases import phrase
from camket.policy.tables import header_lines, header_place
from camket.policy.writing import composed

LONGEST_WORDING = 2_000  # characters


class WordsDraft:
    """Gathers one language's words over all its blocks."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._found: dict[tuple[str, str], Wording] = {}

    def add(self, tables: Mapping[str, object], text: str, place: Place) -> None:
        """Take over the words of one block."""
        lines = header_lines(text, WORD_KEYS)
        for kind, entries in tables.items():
            if kind not in WORD_KEYS or not isinstance(entries, Mapping):
                self._report.error(
                    place,
                    "words.unknown_kind",
                    phrase("Words are given for {kind}: there is no such kind.", kind=quote(kind)),
                    self._report.nearest(kind, WORD_KEYS),
                )
                continue
            for position, (thing, words) in enumerate(entries.items()):
                self._add_one((kind, thing), words, header_place(place, lines[kind], position))

    def finish(self, language: str) -> Words:
        """Return what was gathered."""
        return Words(language=language, entries=MappingProxyType(dict(self._found)))

    def _add_one(self, thing: tuple[str, str], words: object, place: Place) -> None:
        named = quote(".".join(thing))
        if not isinstance(words, Mapping):
            self._report.error(
                place,
                "words.bad_value",
                phrase("The words for {named} are not a table.", named=named),
                phrase("Write their heading above them: [kind.id]."),
            )
            return
        if thing in self._found:
            self._report.error(place, "words.twice", phrase("The words for {named} are given twice.", named=named), phrase("Keep them in one place."))
            return
        texts = {key: self._text(thing, key, value, place) for key, value in words.items() if self._is_known(thing, key, place)}
        self._found[thing] = Wording(**{"label": "", **texts})

    def _is_known(self, thing: tuple[str, str], key: str, place: Place) -> bool:
        known = WORD_KEYS[thing[0]]
        if key not in known:
            self._report.error(
                place,
                "words.unknown_key",
                phrase("A {thing} has no words called {key}.", thing=thing[0], key=quote(key)),
                self._report.nearest(key, known),
            )
        return key in known

    def _text(self, thing: tuple[str, str], key: str, value: object, place: Place) -> str:
        if isinstance(value, str) and value.strip() and len(value) <= LONGEST_WORDING:
            return composed(value.strip())  # the line ends are those of its file, which are made one before it is read
        self._report.error(
            place,
            "words.bad_value",
            phrase("'{key}' of {names} must be text of 1 to {most} characters.", key=key, names=quote(".".join(thing)), most=LONGEST_WORDING),
        )
        return ""
