"""A DenseNet that fits: seconds of a step, and memory, beside the naive network and checkpoints.

Three ways to run one network at 32x32: ours with ``memory="efficient"``, ours with
``memory="naive"``, and torchvision's option ``memory_efficient=True``, which checkpoints the
concatenation, BatchNorm, ReLU and first convolution of a layer. torchvision has no network without
bottlenecks; for that the naive layers are checkpointed in torchvision's way. Peak memory is that of
forward and backward beyond network and images, in a process of its own, and is also counted for
depths that do not fit: the same step on tensors without content, every piece of memory added when
it is made and taken off when it goes. ``--figure FILE`` draws that over the depth.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from densenet_ways import SIZE, WAYS, Problem, counted, held, needed, peak, step
from harness import Claim, Floats, Output, common, compared, parser, run
from torch import Tensor, nn

GIBI = 2**30
ROOM = 12 * GIBI
DEPTHS = [10, 22, 40, 70, 100, 130, 160, 220, 340, 520, 700, 1000]


def seconds(problem: Problem, model: nn.Module, images: Tensor) -> float:
    """Of a step; on a CPU those of its one thread, so that other work counts less."""
    clock = time.perf_counter if problem.device.startswith("cuda") else time.process_time
    gc.collect()
    _wait(problem.device)
    start = clock()
    step(model, images)
    _wait(problem.device)
    return clock() - start


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def times(problem: Problem, rounds: int, warm: bool) -> dict[str, Floats]:
    """Seconds of a step each way, in turn, every round beginning with another one."""
    made = {way: replace(problem, way=way).model().to(problem.device) for way in WAYS}
    images = torch.randn(problem.batch, 3, SIZE, SIZE, device=problem.device)
    if warm:
        for model in made.values():
            step(model, images)
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds):
        first = number % len(WAYS)
        for way in WAYS[first:] + WAYS[:first]:
            found[way].append(seconds(problem, made[way], images))
            made[way].zero_grad()
    return {way: np.array(column) for way, column in found.items()}


def deepest(problem: Problem, room: int) -> int:
    """The most layers that train in `room` bytes."""
    low, high = 1, 2  # of a block
    while needed(replace(problem, depth=3 * high + 4)) <= room:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if needed(replace(problem, depth=3 * middle + 4)) <= room:
            low = middle
        else:
            high = middle
    return 3 * low + 4


def time_claims(problem: Problem, rounds: int) -> Iterator[Claim]:
    """Ours over both others."""
    found = times(problem, rounds, warm=True)
    yield compared(
        f"seconds of a step, ours over naive, {problem} (at most)",
        found["efficient"],
        found["naive"],
        1.15,
    )
    yield compared(
        f"seconds of a step, ours over torchvision's way, {problem} (at most)",
        found["efficient"],
        found["checkpoint"],
        1.0,
    )


def memory_claim(problem: Problem, other: str, bar: float, quick: bool) -> Claim:
    """Peak of ours over another, both measured; small steps are counted, as they hide in noise."""
    measure = counted if quick else peak
    ours, theirs = (
        np.array([measure(replace(problem, way=way)) / GIBI]) for way in ("efficient", other)
    )
    text = f"peak memory of ours over {other}, GiB, {problem} (at most)"
    return compared(text, ours, theirs, bar)


def depth_claim(problem: Problem, room: int) -> Claim:
    """How deep a network fits."""
    ours, theirs = (deepest(replace(problem, way=way), room) for way in ("efficient", "naive"))
    return Claim(
        claim=f"layers that train in {room / GIBI:g} GiB, ours and naive, counted, batch "
        f"{problem.batch} (at least)",
        ours=ours,
        theirs=theirs,
        ratio=ours / theirs,
        bar=500,
        holds=ours >= 500,
        n=1,
        spread=(ours / theirs, ours / theirs),
    )


def draw(
    file: Path, problem: Problem, depths: list[int], measured: dict[tuple[str, int], int]
) -> None:
    """Memory over depth (Fig. 8a): counted as lines, measured as points."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for way, colour in zip(WAYS, ("tab:blue", "tab:red", "tab:green"), strict=True):
        line = []
        for depth in depths:
            line.append(needed(replace(problem, way=way, depth=depth)) / GIBI)
            if line[-1] > 2 * ROOM / GIBI:
                break
        label = "torchvision's way" if way == "checkpoint" else way
        axes.plot(depths[: len(line)], line, color=colour, label=label)
        for (other, depth), size in measured.items():
            if other == way:
                axes.plot(depth, size / GIBI, "o", color=colour)
    axes.axhline(ROOM / GIBI, color="grey", linestyle=":")
    axes.set(xlabel="layers", ylabel="GiB of a training step", ylim=(0, 1.5 * ROOM / GIBI))
    axes.set_title(f"growth 12, batch {problem.batch} at {SIZE}x{SIZE}")
    axes.legend()
    figure.savefig(file, dpi=120)


def tell(output: Output, problem: Problem) -> int:
    """Bytes that a step takes, measured; printed beside those counted."""
    real, thought = peak(problem), counted(problem)
    output.say(
        f"{problem.way}: {real / GIBI:.3f} GiB measured, {thought / GIBI:.3f} counted, {problem}"
    )
    return real


def options() -> argparse.Namespace:
    """The common options, and those of this script."""
    mine = parser(__doc__ or "")
    mine.add_argument("--figure", type=Path, help="PNG of memory over depth")
    mine.add_argument("--rounds", type=int, default=3, help="steps timed each way; default 3")
    mine.add_argument(
        "--only", choices=("time", "memory", "depth"), help="one part of what is measured"
    )
    mine.add_argument(
        "--measure",
        type=int,
        nargs=2,
        metavar=("LAYERS", "BATCH"),
        help="nothing but the memory of one step of ours, measured and counted",
    )
    return mine.parse_args()


def main() -> None:
    """Time, memory, depth."""
    given = options()
    output = Output(common(given))
    device, quick, only = output.options.device, given.quick, given.only
    depth, batch = (16, 4) if quick else (100, 64)
    plain = Problem("efficient", depth, batch, False, device)
    if given.measure is not None:
        tell(output, replace(plain, depth=given.measure[0], batch=given.measure[1]))
        return
    narrow = replace(plain, bottleneck=True)
    if only in (None, "time"):
        for problem in (plain, narrow):
            for claim in time_claims(problem, 2 if quick else given.rounds):
                output.claim(claim)
    if only in (None, "memory"):
        for problem in (plain, narrow):
            output.claim(memory_claim(problem, "checkpoint", 1.0, quick))
        deep = replace(plain, depth=22 if quick else 220)
        if device == "cpu" and not quick:
            deep = replace(deep, batch=8)  # a naive step of 64 does not fit into most machines
        output.claim(memory_claim(deep, "naive", 0.4, quick))
    measured: dict[tuple[str, int], int] = {}
    if only in (None, "depth"):
        ways, depths = (WAYS[:1], (depth,)) if quick else (WAYS, (depth, 40))
        for one in [replace(plain, way=way, depth=d) for way in ways for d in depths]:
            measured[one.way, one.depth] = held(one) + tell(output, one)
        output.claim(depth_claim(plain, GIBI // 32 if quick else ROOM))
    if given.figure is not None:
        draw(given.figure, plain, [10, 16, 22] if quick else DEPTHS, measured)


if __name__ == "__main__":
    run(main)
