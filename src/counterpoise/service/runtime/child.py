"""A child process that answers messages, and is killed when it does not: for what may hang."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from counterpoise.service.runtime import keeper
from counterpoise.service.runtime.messages import Head, receive, send

# Pixels are freed and taken again for each frame: without this glibc gives them back in between,
# and the page faults cost more than decoding does.
KEEPING = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(128 << 20)}
PATIENCE = 5.0  # seconds that the end of all that a process started may take


class Child:
    """A module of this package, run as a process of its own with a socket to this one.

    It ends by itself when this process does, as its socket then ends.

    Args:
        module: whose `main` takes the number of the socket as its first argument.
        is_kept: whether it runs code of others, which may start processes: then all of these end
            with it, wherever they went.
    """

    def __init__(self, module: str, *, is_kept: bool = False) -> None:
        self._socket, theirs = socket.socketpair()
        self._is_kept = is_kept
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    *([keeper.__name__] if is_kept else []),
                    module,
                    str(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                env={**KEEPING, **os.environ},
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for the server, and kill ends what it started
            )

    def ask(self, head: Head, body: bytes, seconds: float) -> tuple[Head, bytes]:
        """Its answer to a message.

        Raises:
            TimeoutError: it took longer; kill it.
            EOFError: it has ended.
            ValueError: it answers what is no message; kill it.
        """
        try:
            send(self._socket, head, body, seconds)
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError("the other end is gone") from error
        return receive(self._socket, seconds)

    @property
    def socket(self) -> socket.socket:
        """For who reads its messages as they come."""
        return self._socket

    def kill(self) -> int:
        """End it with all that it started, now; its exit status, negative for a signal."""
        if self._is_kept:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
            for process in keeper.descendants(self._process.pid) if self._runs() else ():
                with suppress(OSError):  # it was stopped, or is very busy
                    os.kill(process, signal.SIGKILL)
        if not self._is_kept or self._runs():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._socket.close()  # only now, as a thread may wait at it
        return status

    def _runs(self) -> bool:
        return self._process.poll() is None

    def close(self, seconds: float = 1.0) -> int:
        """Let it end by itself, as its socket ends; then kill it."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.kill()
