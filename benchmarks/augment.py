"""What augmenting a batch costs, beside the training step that it precedes.

A batch of 64 colour images of 32x32, one thread on a CPU; the step is that of a DenseNet with 40
layers and growth 12, forward, backward and update. Both are timed in turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from harness import Claim, Output, arguments, compared, interleaved, run
from torch.nn.functional import cross_entropy

from counterpoise import models
from counterpoise.augment import Affine, Colour, Crop, Flip
from counterpoise.batch import Batch
from counterpoise.protocols import Augment

SIZE, NUM_CLASSES, BATCH = 32, 10, 64
TIMES = 10  # a batch is augmented so often while one step is timed
KINDS: dict[str, tuple[Augment, ...]] = {
    "Flip": (Flip(seed=0),),
    "Crop": (Crop(seed=0),),
    "Affine": (Affine(seed=0),),
    "Colour": (Colour(seed=0),),
    "Flip and Affine, those of `tlc`": (Flip(seed=0), Affine(seed=0)),
    "all four": (Flip(seed=0), Crop(seed=0), Affine(seed=0), Colour(seed=0)),
}


def seconds(call: Callable[[], object], times: int, device: str) -> float:
    """Of one call, by the mean of a few."""
    _wait(device)
    start = time.perf_counter()
    for _ in range(times):
        call()
    _wait(device)
    return (time.perf_counter() - start) / times


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


class Step:
    """A training step of the network on one batch."""

    def __init__(self, depth: int, batch: Batch) -> None:
        torch.manual_seed(0)
        shape = tuple(batch.inputs.shape[1:])
        self.batch = batch
        self.model = models.create("densenet-cifar", shape, NUM_CLASSES, depth=depth)
        self.model.to(batch.inputs.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)

    def __call__(self) -> None:
        self.optimizer.zero_grad()
        cross_entropy(self.model(self.batch.inputs), self.batch.target).backward()
        self.optimizer.step()


def changed(pieces: Sequence[Augment], batch: Batch) -> Batch:
    """The batch after all pieces."""
    for piece in pieces:
        made = piece(batch)
        assert isinstance(made, Batch), "none of these mixes labels"
        batch = made
    return batch


def claim(name: str, step: Step, device: str, pairs: int) -> Claim:
    """One augmentation over a step."""
    pieces = KINDS[name]
    changed(pieces, step.batch)
    found = interleaved(
        lambda: seconds(lambda: changed(pieces, step.batch), TIMES, device),
        lambda: seconds(step, 1, device),
        pairs,
    )
    return compared(
        f"seconds of augmenting ({BATCH}, 3, {SIZE}, {SIZE}) over a step, {name} (at most)",
        *found,
        0.1,
    )


def main() -> None:
    """Each piece, and several one after the other."""
    options = arguments(__doc__ or "")
    output = Output(options)
    inputs = torch.randn(BATCH, 3, SIZE, SIZE, device=options.device)
    target = torch.arange(BATCH, device=options.device) % NUM_CLASSES
    batch = Batch(inputs.contiguous(memory_format=torch.channels_last), target)
    step = Step(10 if options.quick else 40, batch)
    step()
    for name in KINDS:
        output.claim(claim(name, step, options.device, 2 if options.quick else 7))


if __name__ == "__main__":
    run(main)
