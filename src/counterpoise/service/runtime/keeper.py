"""The process above one that runs somebody else's code: it ends with all that it ever started.

Run by `child.py` as ``python -m counterpoise.service.runtime.keeper MODULE SOCKET``. On Linux a
process whose parent has ended becomes a child of this one, whatever session it has made itself and
whatever it has forgotten of its environment. So nothing is left when the module ends, or when the
server asks for its end, or is killed, since the module's socket then ends.
"""

from __future__ import annotations

import ctypes
import os
import resource
import runpy
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress

_SET_CHILD_SUBREAPER = 36  # of Linux's prctl
WATCHED = {signal.SIGCHLD, signal.SIGTERM}
PAUSE = 0.005  # seconds between two looks at what is left


def main(module: str, socket: str) -> None:
    """Run the module in a child until it ends, or SIGTERM comes; then end as it did."""
    with suppress(AttributeError):  # elsewhere than on Linux its group alone is ended
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    child = os.fork()
    if child == 0:
        os.setsid()  # what it sends to its group is not for this process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        sys.argv = [module, socket]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    os.close(int(socket))
    status = None
    while status is None and signal.sigwait(WATCHED) != signal.SIGTERM:
        status = _reaped(child)
    _end_as(_ended(child, status))


def descendants(process: int) -> list[int]:
    """All processes that come from one, as Linux tells it; none elsewhere."""
    children = defaultdict(list)
    names = os.listdir("/proc") if os.path.isdir("/proc") else []
    for name in filter(str.isdecimal, names):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as about:  # it may have ended
            children[int(about.read().rpartition(b")")[2].split()[1])].append(int(name))
    found = list(children[process])
    for one in found:  # which grows
        found += children[one]
    return found


def _reaped(child: int) -> int | None:
    """The status of the child, if it has ended; others that have are forgotten."""
    status = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                status = ended[1]
    return status


def _ended(child: int, status: int | None) -> int:
    """End whatever is left, also what is started meanwhile; the status of the child."""
    while True:
        for number in (signal.SIGSTOP, signal.SIGKILL):  # what is stopped starts nothing
            if status is None:
                with suppress(OSError):
                    os.killpg(child, number)
            for one in descendants(os.getpid()):
                with suppress(OSError):
                    os.kill(one, number)
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            assert status is not None
            return status
        found = _reaped(child)
        status = found if status is None else status
        time.sleep(PAUSE)


def _end_as(status: int) -> None:
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        with suppress(OSError):  # SIGKILL has one way alone
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
