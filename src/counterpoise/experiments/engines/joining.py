"""Join a Ray cluster, or start one of this machine alone; what is wrong is one line."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from counterpoise.errors import ArgumentError

ADDRESS = "RAY_ADDRESS"  # of the environment
ANSWER = 5.0  # seconds for an address to answer
STATUS = 20.0  # seconds for a cluster to say how it is
USAGE = "RAY_USAGE_STATS_ENABLED"


def loaded() -> Any:
    """The module of Ray.

    Raises:
        ArgumentError: it is not installed.
    """
    with signals_kept():
        try:
            import ray
        except ImportError:
            raise ArgumentError(
                "the engine ray needs Ray, which is not installed: pip install 'counterpoise[ray]'"
            ) from None
    return ray


@contextmanager
def joined(address: str | None, cores: int) -> Iterator[Any]:
    """The module of Ray, connected; a cluster that was started here ends with the block.

    A program that is connected already stays so, and to the cluster that it chose.

    Args:
        address: HOST:PORT of a cluster; None for one of this machine alone.
        cores: of that one.

    Raises:
        ArgumentError: Ray is not installed, or the address does not answer.
    """
    ray = loaded()
    if ray.is_initialized():
        yield ray
        return
    if address is not None:
        require_answer(address)
    try:
        with signals_kept():
            _begin(ray, address, cores)
        yield ray
    finally:
        ray.shutdown()


def _begin(ray: Any, address: str | None, cores: int) -> None:
    """Join a cluster, or start one."""
    own = {} if address else {"num_cpus": cores, "include_dashboard": False}
    before = os.environ.get(USAGE)
    os.environ[USAGE] = before or "0"  # nobody is told that a cluster of our own was there
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **own,
        )
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [repr(error)]
        if address is None:
            raise ArgumentError(f"Ray cannot be started here: {lines[0]}") from None
        raise ArgumentError(
            f"the Ray cluster at {address} cannot be joined: {lines[0]} (this machine joins by "
            f"`ray start --address={address}`, with the same versions of Python and Ray)"
        ) from None
    finally:
        if before is None:
            del os.environ[USAGE]


def require_answer(address: str) -> None:
    """Refuse an address at which nothing listens; Ray would try for most of a minute."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER).close()
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(
            f"no Ray cluster answers at {address}: {reason} (give the address that "
            "`ray start --head` printed, as ray://10.0.0.1:6379)"
        ) from None
    status = [sys.executable, "-m", "ray.scripts.scripts", "status", "--address", address]
    try:  # something else may listen there, to which Ray would talk for minutes
        subprocess.run(status, capture_output=True, timeout=STATUS, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise ArgumentError(
            f"what listens at {address} does not answer as a Ray cluster (the port is that of "
            "`ray start --head`, usually 6379)"
        ) from None


@contextmanager
def signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself when it is loaded and again when it starts; here it is ours."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
