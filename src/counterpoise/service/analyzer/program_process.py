"""The process in which an analysis program runs: it may hang or die, and the server goes on.

Run by `program.py` as ``python -m counterpoise.service.analyzer.program_process SOCKET``.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import traceback
import types
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.data.decode import decode_whole
from counterpoise.errors import DataError
from counterpoise.service.runtime.messages import Head, receive, send

NAME = "counterpoise_program"  # of the module, so that it hides none of its folder
LATER = 2.0  # seconds after the server's own limit at which the process ends itself, orphaned
NUMPY = b"\x93NUMPY"
LONGEST = 400  # characters of an error


@dataclass(frozen=True)
class Camera:
    """The camera that a frame is of; position as it is known when the frame arrives."""

    id: int
    name: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class ProgramFrame:
    """What `analyse` gets.

    Args:
        pixels: (H, W, 3) uint8, upright; None for samples.
        samples: (C, T) or (D,) numbers of a sensor; None for a picture.
        time: when its last byte arrived, UTC.
        camera: where it is from.
    """

    pixels: npt.NDArray[np.uint8] | None
    samples: npt.NDArray[Any] | None
    time: datetime
    camera: Camera


def main(connection: socket.socket) -> None:
    """Load the program that is sent first, then answer a message a frame until none comes."""
    try:
        head, source = receive(connection)
        analyse, classes = _loaded(Path(head["path"]), source, head["start"] + LATER)
    except EOFError:
        return
    except BaseException as error:  # also SystemExit, which a program may raise
        send(connection, {"failed": _said(error, head["path"])})
        return
    send(connection, {"classes": classes})
    while True:
        try:
            frame, content = receive(connection)
        except EOFError:
            return
        send(connection, _answer(analyse, frame, content, head))


def _loaded(
    path: Path, source: bytes, seconds: float
) -> tuple[Callable[[ProgramFrame], object], object]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    sys.path.insert(0, str(path.parent))
    module = types.ModuleType(NAME)
    module.__file__ = str(path)
    sys.modules[NAME] = module
    exec(compile(source, str(path), "exec"), module.__dict__)
    signal.setitimer(signal.ITIMER_REAL, 0)
    analyse = getattr(module, "analyse", None)
    if not callable(analyse):
        raise TypeError("a program has a function analyse(frame)")
    classes = getattr(module, "classes", None)
    if isinstance(classes, set | frozenset | tuple):
        classes = sorted(classes) if isinstance(classes, set | frozenset) else list(classes)
    json.dumps(classes)
    return analyse, classes


def _answer(
    analyse: Callable[[ProgramFrame], object], head: Head, content: bytes, told: Head
) -> Head:
    try:
        frame = _frame(head, content)
    except (DataError, ValueError) as error:
        return {"unusable": str(error)[:LONGEST]}
    # The default of the signal ends a process, whatever it does, even without the server.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, told["seconds"] + LATER)
    try:
        found = analyse(frame)
    except BaseException as error:  # as above
        return {"failed": _said(error, told["path"])}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        size = frame.pixels.shape[1::-1] if frame.pixels is not None else _size(frame.samples)
        answer = {"found": found, "size": [int(side) for side in size]}
        return dict(json.loads(json.dumps(answer, default=_plain)))
    except (TypeError, ValueError, RecursionError) as error:
        return {"wrong": f"what analyse returns is no JSON: {error}"[:LONGEST]}


def _frame(head: Head, content: bytes) -> ProgramFrame:
    pixels = samples = None
    if content.startswith(NUMPY):
        samples = np.load(io.BytesIO(content), allow_pickle=False)
    else:
        pixels = decode_whole(content)
    return ProgramFrame(
        pixels, samples, datetime.fromtimestamp(head["at"] / 1e6, UTC), Camera(**head["camera"])
    )


def _size(samples: npt.NDArray[Any] | None) -> tuple[int, int]:
    assert samples is not None
    return samples.shape[-1], samples.shape[0] if samples.ndim > 1 else 1


def _plain(value: object) -> object:
    """Numbers of numpy and of whatever else can say what it is in Python."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "size", 1) == 1:
        return item()
    raise TypeError(f"{type(value).__name__} is neither number, text, bool nor None")


def _said(error: BaseException, path: str) -> str:
    """The error and the last line of the program that led to it."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    where = f", line {lines[-1]}" if lines else ""
    text = " ".join(str(error).split())
    if isinstance(error, SyntaxError) and error.lineno:
        text, where = error.msg, f", line {error.lineno}"
    return f"{type(error).__name__}: {text}{where}"[:LONGEST]


if __name__ == "__main__":
    os.dup2(2, 1)  # what the program prints goes where errors go
    with socket.socket(fileno=int(sys.argv[1])) as mine, suppress(BrokenPipeError):
        main(mine)  # until the server is gone, or has no use for the answer
