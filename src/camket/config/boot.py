"""The program's first steps: name the settings, set Django up, then hand over to the command line."""

import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from camket.config.environment import BadSetting

_ENVIRONMENT_AT_FAULT = 3
_FOR_OTHERS = 0o077
_NEW_BEFORE_A_LOOK = 50_000  # objects; a request or a letter makes some thousands, which go of their own accord


def start() -> None:
    """Set Django up with Camket's settings, in a process whose files are its own account's alone, and whose memory stays in memory."""
    os.umask(_FOR_OTHERS)  # before the first file of the home: neither database may ever have been open to others
    # a crash must not write opened values and keys to a disk; not by PR_SET_DUMPABLE, which would hide the process from its operator's tools too
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "camket.config.settings")
    django.setup()


def settle_down() -> None:
    """Take what is loaded by now out of the sight of the garbage collector: it lives as long as the process, and each look at it costs time."""
    gc.freeze()
    gc.set_threshold(_NEW_BEFORE_A_LOOK)
    gc.enable()


@contextmanager
def _interrupted_without_a_word() -> Iterator[None]:
    """Let Ctrl-C end the process as it ends any other while nothing has begun, where Python would print what it was loading."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # whoever started us may have it passed over
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def main() -> None:
    """Run `camket`."""
    gc.disable()  # nearly all that loading makes is there to stay; to look for the rest costs a command more time than it gives memory back
    with _interrupted_without_a_word():
        try:
            start()
        except (BadSetting, ImproperlyConfigured, OSError) as error:
            sys.stderr.write(f"camket: {error}\n")
            sys.exit(_ENVIRONMENT_AT_FAULT)
        # by its dotted name: the command line's modules name tables, which exist only once Django is set up
        command_line = import_string("camket.jobs.cli.main")
        settle_down()
    command_line()
