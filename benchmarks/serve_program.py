"""What it costs that an analysis program runs in a process of its own, frame by frame.

The same file analyses the same JPEGs twice, in pairs: by `Program`, which sends each to its child
process, and by a call in this process that decodes and analyses as the child does. Seconds are of
the processors, of both processes together, so that a loaded machine says the same.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import Claim, Output, common, interval, parser, run
from PIL import Image

from counterpoise.data.decode import decode_whole
from counterpoise.service.analyzer.frame import Frame, Seen
from counterpoise.service.analyzer.program import Program
from counterpoise.service.runtime.image_header import require_picture

BAR = 1.25  # times the time of a call in the same process, for pictures of 640x480
TEXT = """
def analyse(frame):
    light = frame.pixels[::8, ::8].mean() / 255
    return {"label": "light" if light > 0.5 else "dark", "light": light}
"""


def pictures(number: int) -> list[bytes]:
    """JPEGs of 640x480 and about 47 kB."""
    draw, found = np.random.default_rng(0), []
    for _ in range(number):
        small = Image.fromarray(draw.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        stream = io.BytesIO()
        small.resize((640, 480), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=80)
        found.append(stream.getvalue())
    return found


def main() -> None:
    """Pairs of passes over the same pictures."""
    options = common(parser(__doc__ or "").parse_args())
    output = Output(options)
    pairs, number = (3, 40) if options.quick else (15, 100)
    contents = pictures(number)
    frames = [Frame(n, content, at=0) for n, content in enumerate(contents)]
    scope: dict[str, object] = {}
    exec(TEXT, scope)
    analyse = scope["analyse"]
    assert callable(analyse)

    class Given:
        pixels: np.ndarray

    def inside() -> None:
        for content in contents:
            require_picture(content)
            given = Given()
            given.pixels = decode_whole(content)
            assert analyse(given)["label"]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_text(TEXT)
        program = Program(path)

        def apart() -> None:
            assert all(isinstance(found, Seen) for found in program.analyse(frames))

        (child,) = program._idle
        place = Path(f"/proc/{child._process.pid}/stat")

        def spent() -> float:
            fields = place.read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

        times: dict[str, list[float]] = {"inside": [], "apart": []}
        for turn in range(pairs + 1):
            for name, work in (("inside", inside), ("apart", apart)):
                begun = spent()
                work()
                if turn:  # the first one warms up
                    times[name].append((spent() - begun) / number)
        program.close()
    ratios = np.array(times["apart"]) / np.array(times["inside"])
    low, high = interval(ratios)
    ours, theirs = (float(np.median(times[name])) * 1e6 for name in ("apart", "inside"))
    output.say(f"{np.mean([len(c) for c in contents]) / 1000:.0f} kB; {ours - theirs:.0f} us more")
    text = "program: CPU us a frame in a process of its own, over the same in this one"
    ratio = float(np.median(ratios))
    output.claim(Claim(text, ours, theirs, ratio, BAR, high <= BAR, pairs, (low, high)))


if __name__ == "__main__":
    run(main)
