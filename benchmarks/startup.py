"""What short commands cost beside `import torch`: most of their time is loading libraries.

CPU seconds of a command with all its processes, over those of `python -c "import torch"`, in turn.
CPU seconds hold on a busy machine; the aims are 4, 2 and 5 s by the clock on an idle one with 2
cores, where torch takes about 1.5 s: so the bars are 2 x 4, 2 and 5 s over 1.5 s.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import Output, arguments, compared, interleaved, run
from PIL import Image

from counterpoise import data

# Runs a command and prints user and system seconds of it and of all that it started. The process
# adopts orphans (prctl 36), such as the server of workers, and so can wait for them.
MEASURE = """
import ctypes, os, resource, subprocess, sys

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
code = subprocess.call([sys.executable, *sys.argv[1:]], **quiet)
try:
    while True:
        os.wait()
except ChildProcessError:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(used.ru_utime + used.ru_stime)
sys.exit(code)
"""
TORCH = 1.5
COMPARE = ("compare", "digits", "--rounds", "1")


def cpu_seconds(*arguments: str) -> float:
    """CPU seconds of Python with these arguments and of all that it starts."""
    command = [sys.executable, "-c", MEASURE, *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def torch_seconds() -> float:
    """What a program that does nothing with torch pays for it."""
    return cpu_seconds("-c", "import torch")


def command(*words: str) -> float:
    """What a command of counterpoise pays."""
    return cpu_seconds("-m", "counterpoise", *words)


def main() -> None:
    """A new comparison, the same again, and 40 images by its best method."""
    options = arguments(__doc__ or "")
    output = Output(options)
    pairs = 1 if options.quick else 5
    brief = ("--methods", "baseline", "--seeds", "1") if options.quick else ()
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder, "images")
        images.mkdir()
        for number, image in enumerate(data.load("digits").inputs.read(np.arange(40))):
            Image.fromarray(image[0]).save(images / f"{number}.png")
        fresh = iter(range(pairs))

        def new() -> float:
            return command(*COMPARE, *brief, "--out", str(Path(folder, str(next(fresh)))))

        first = str(Path(folder, "0"))
        claims = [
            ("compare digits --rounds 1", new, 2 * 4 / TORCH),
            ("the same again", lambda: command(*COMPARE, *brief, "--out", first), 2 / TORCH),
            ("predict on 40 images", lambda: command("predict", first, str(images)), 5 / TORCH),
        ]
        torch_seconds()
        for text, ours, bar in claims:
            output.claim(
                compared(
                    f"CPU of {text}, over that of import torch, s (at most)",
                    *interleaved(ours, torch_seconds, pairs),
                    bar,
                )
            )


if __name__ == "__main__":
    run(main)
