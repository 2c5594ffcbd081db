"""What ties a child process to its parent: a parent that is killed outright takes its children along, so that none keeps the port."""

import ctypes
import os
import signal
import sys

# The numbers of the two options of prctl, as the Linux headers have them.
_SET_PARENT_DEATH_SIGNAL = 1
_SET_NAME = 15
_LONGEST_NAME = 15


def die_with(parent_pid: int) -> None:
    """
    Have the kernel kill this process when its parent ends, however the parent ends; called first thing in the child.

    Elsewhere than on Linux this does nothing: there a supervisor killed outright leaves its children, as any other would.

    Args:
        parent_pid: Id of the parent, noted before the fork.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform != "linux":
        return
    # killed, not asked: after a crash of the parent everything must be recoverable anyway, and a polite end could hold the port for seconds
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent_pid:  # it ended before the kernel was told
        os.kill(os.getpid(), signal.SIGKILL)


def call_process(name: str) -> None:
    """
    Give this process a name of its own in `ps` and `top`.

    Args:
        name: At most 15 characters.

    Source: prctl(2), PR_SET_NAME.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_NAME, name.encode()[:_LONGEST_NAME], 0, 0, 0)
