"""The settings of any house, but for its addresses."""

from camket.config.settings import *  # noqa: F403  # whatever else is set, is set as in any house

ROOT_URLCONF = "tests.journeys.leaky.urls"
