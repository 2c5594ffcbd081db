"""The program's first steps: name the settings, set Django up, then hand over to the command line."""

import os
import resource
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from camket.config.environment import BadSetting

_ENVIRONMENT_AT_FAULT = 3
_FOR_OTHERS = 0o077


def start() -> None:
    """Set Django up with Camket's settings, in a process whose files are its own account's alone, and whose memory stays in memory."""
    os.umask(_FOR_OTHERS)  # before the first file of the home: neither database may ever have been open to others
    # a crash must not write opened values and keys to a disk; not by PR_SET_DUMPABLE, which would hide the process from its operator's tools too
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "camket.config.settings")
    django.setup()


def main() -> None:
    """Run `camket`."""
    try:
        start()
    except (BadSetting, ImproperlyConfigured, OSError) as error:
        sys.stderr.write(f"camket: {error}\n")
        sys.exit(_ENVIRONMENT_AT_FAULT)
    # by its dotted name: the command line's modules name tables, which exist only once Django is set up
    import_string("camket.jobs.cli.main")()
