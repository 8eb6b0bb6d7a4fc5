"""What a verb's end means: exit codes, and one line for each thing that went wrong."""

import errno
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, ParamSpec, TypeVar

import typer

from counterpoise.errors import CounterpoiseError

OURS = 1
USER = 2
INTERRUPTED = 130  # what a shell reports for Ctrl-C
TERMINATED = 143  # and for SIGTERM
TRACEBACK = "COUNTERPOISE_TRACEBACK"

# Failures of the user's disk, not of our code, wherever they surface.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)

P = ParamSpec("P")
R = TypeVar("R")


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a verb as Ctrl-C does: its workers first."""


def with_exit_code(verb: Callable[P, R]) -> Callable[P, R]:
    """Turn whatever a verb raises into a line on stderr and an exit code.

    `COUNTERPOISE_TRACEBACK=1` shows the traceback as well.
    """

    @functools.wraps(verb)
    def ended(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with _raising_on_sigterm():
                return verb(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt as error:
            how, code = "interrupted", INTERRUPTED
            if isinstance(error, Terminated):
                how, code = "terminated", TERMINATED
            typer.echo(f"{how}: what is finished is kept; the same command resumes", err=True)
            raise typer.Exit(code) from None
        except BrokenPipeError:
            # The reader (head, less) has had enough; Python would complain once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            raise typer.Exit(_explain(error)) from None

    return ended


@contextmanager
def _raising_on_sigterm() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM, unless somebody else handles it or this is no main thread."""
    before = signal.getsignal(signal.SIGTERM)
    if before != signal.SIG_DFL or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: object) -> NoReturn:
    raise Terminated


def complain(faults: str) -> None:
    """Print each fault on its own line of stderr, as ``error: ...``."""
    for fault in faults.splitlines():
        if fault.strip():
            typer.echo(f"error: {fault}", err=True)


def _explain(error: Exception) -> int:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    if isinstance(error, CounterpoiseError):
        complain(str(error))
        return USER
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f" {error.filename}" if error.filename else ""
        complain(f"cannot use{where}: {error.strerror} (free some space or choose another folder)")
        return USER
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    complain(f"unexpected {what} (a defect of counterpoise; {TRACEBACK}=1 shows where)")
    return OURS
