"""How many images a second each listed backbone makes features of, on one core at 224 x 224.

`counterpoise ls models` prints these speeds from models/backbones.py; here they are measured as
`--frozen` computes features (channels last, no gradients), in seconds of the processor, which other
work on the machine changes little. Weights do not matter for time, so none are needed.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from harness import Output, arguments, compared, run

from counterpoise import models
from counterpoise.models.backbones import BACKBONES

BAR = 0.7
SIDE = 224


def seconds_an_image(name: str, batch: int, repeats: int) -> list[float]:
    """Of one thread, by repetition, the first one left out."""
    model = models.create(name, (3, SIDE, SIDE), 2).eval().to(memory_format=torch.channels_last)
    images = torch.rand(batch, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    found = []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            started = time.process_time()
            model.features(images)
            found.append((time.process_time() - started) / batch)
    return found[1:]


def main() -> None:
    options = arguments(str(__doc__))
    output = Output(options)
    batch, repeats = (2, 2) if options.quick else (32, 9)
    for name, backbone in BACKBONES.items():
        taken = np.array(seconds_an_image(name, batch, repeats))
        listed = np.full(repeats, backbone.speed)
        output.say(f"{name}: {1 / np.median(taken):.1f} images a second on one core")
        text = f"{name}: images a second on one core, measured over listed"
        output.claim(compared(text, listed, 1 / taken, BAR, at_least=True))


if __name__ == "__main__":
    run(main)
