"""What the policy's compiler says, in the reader's language."""

from django.utils.translation import gettext

from camket.policy.phrases import Phrase


def spoken(said: Phrase) -> str:
    """
    Return a sentence of the compiler's in the language that is spoken; what it quotes of a text, of TOML or of the law stays as it is.

    Args:
        said: A message or a hint of a finding.
    """
    if not said.form:
        return ""
    form = gettext(said.form)
    if not said.values:
        return form
    return form.format(**{name: spoken(value) if isinstance(value, Phrase) else value for name, value in said.values.items()})
