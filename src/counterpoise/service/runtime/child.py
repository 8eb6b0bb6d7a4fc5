"""A child process that answers messages, and is killed when it does not: for what may hang."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from counterpoise.service.runtime.messages import Head, receive, send

# Pixels are freed and taken again for each frame: without this glibc gives them back in between,
# and the page faults cost more than decoding does.
KEEPING = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(128 << 20)}


class Child:
    """A module of this package, run as a process of its own with a socket to this one.

    It ends by itself when this process does, as its socket then ends.

    Args:
        module: whose `main` takes the number of the socket as its first argument.
    """

    def __init__(self, module: str) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
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
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._socket.close()  # only now, as a thread may wait at it
        return status

    def close(self, seconds: float = 1.0) -> int:
        """Let it end by itself, as its socket ends; then kill it."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.kill()
