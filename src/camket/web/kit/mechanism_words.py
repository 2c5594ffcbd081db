"""What carries out the rules of a clause, in words: one sentence for each general mechanism."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop

MECHANISM_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shape": gettext_noop("What people send is held to the kinds and lengths named here, and what is not named here is not taken."),
        "gate": gettext_noop("The gate asks these rules before any detail moves, refuses what they do not permit, and writes down each answer."),
        "seal": gettext_noop("Details are sealed record by record, under keys that belong to one person and one matter."),
        "retention": gettext_noop("The worker erases by these periods, and plans anew when an edition comes into force."),
        "consents": gettext_noop("What somebody takes back holds at once, by the link of a letter or through an adviser."),
        "epochs": gettext_noop("Every night the keys are wrapped anew, and the old wrapping keys are destroyed in time."),
        "journal": gettext_noop("Every question to the gate and every act is written into the journal, whose state is signed at short intervals."),
        "notice": gettext_noop("No edition comes into force before the notice promised here has run."),
        "controller": gettext_noop("The contact form and every letter name the company from here."),
        "rights": gettext_noop("A case shows by which day the law wants it done. Doing it is up to your colleagues."),
        "people": gettext_noop("No part of the program carries these out: your colleagues do."),
    }
)
