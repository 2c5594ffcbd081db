"""Sentences that remember how they were made, so that a door can say them in another language; by themselves they are English."""

from collections.abc import Mapping
from types import MappingProxyType


class Phrase(str):
    """An English sentence together with its form and the values in it; a value may be a phrase of its own."""

    form: str
    values: Mapping[str, object]


def phrase(form: str, **values: object) -> Phrase:
    """
    Return the sentence that a form and its values make.

    Args:
        form: With a name in braces for each value; what the catalogues of other languages translate.
        values: What stands there, such as a quotation of what the author wrote.
    """
    return _made(form, values)


def _made(form: str, values: Mapping[str, object]) -> Phrase:
    made = Phrase(form.format(**values) if values else form)
    made.form, made.values = form, MappingProxyType(dict(values))
    return made


NOTHING = _made("", {})  # no sentence: nothing to translate
