"""Networks an hour: trainings stacked into one model beside the same ones, one after another.

LeNet-5 as Buda et al. train it on MNIST: 28 x 28, batch 64, SGD with momentum .9 and weight decay,
the baseline, oversampling and undersampling of as many seeds as there are networks. Without MNIST
random images of the same shape take its place. Neither side counts the making of data and networks.

On a GPU the aim is 20 times the throughput with 50 networks. On a CPU, where one network keeps a
core busy, stacking is slower and off; there this is a smoke test of 3 networks. The largest
difference of a parameter afterwards is claimed, too: in float64, where sums in another order tell
least, at most 1e-8 after 200 updates.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from harness import (
    Claim,
    Floats,
    Output,
    common,
    interleaved,
    interval,
    load_if_present,
    parser,
    run,
)

from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy
from counterpoise.models import create
from counterpoise.samplers import RandomOver, RandomUnder, Shuffled
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop
from counterpoise.train.pieces import Pieces, Regime
from counterpoise.train.schedule import make
from counterpoise.train.stacked import fit_together

SAMPLERS = (Shuffled, RandomOver, RandomUnder)
RARE = 10  # times rarer are the last five classes
BAR = 20.0
CLOSE = 1e-8


def images(number: int) -> tuple[np.ndarray, np.ndarray]:
    """MNIST's training images as float32, and labels, or random ones of the same shape."""
    mnist = load_if_present("mnist")
    if mnist is None:
        rng = np.random.default_rng(0)
        labels = np.arange(number) % 10
        return rng.normal(size=(number, 1, 28, 28)).astype(np.float32), labels
    chosen = mnist.indices(0)[:number]
    pixels = mnist.inputs.read(chosen).astype(np.float32)
    return (pixels - 33.3) / 78.6, mnist.labels[chosen]


def network(
    seed: int, data: tuple[np.ndarray, np.ndarray], updates: int, device: str, double: bool = False
) -> Loop:
    """One training of the study: its own rare classes, initial values and sampler."""
    inputs, labels = data
    rng = np.random.default_rng(seed)
    rare = rng.permutation(10)[:5]
    kept = np.flatnonzero(~np.isin(labels, rare) | (rng.random(len(labels)) < 1 / RARE))
    torch.manual_seed(seed)
    dtype = torch.float64 if double else torch.float32
    model = create("lenet5", (1, 28, 28), 10).to(device, dtype)
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    sampler = SAMPLERS[seed % 3](labels[kept], seed=seed)
    pieces = Pieces(model, Weighted(CrossEntropy()), sampler, Plain(), [sgd], make("inv", {}))
    feed = Feed(torch.from_numpy(inputs[kept]).to(dtype), labels[kept], None, device)
    return Loop(pieces, Regime("", 1, updates, 64), feed, {}, fabric(device), None)


def seconds(loops: Sequence[Loop], stacked: bool) -> float:
    """Of all their updates."""
    device = loops[0].device
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    clock = time.perf_counter()
    if stacked:
        assert fit_together(loops) == [None] * len(loops)
    else:
        for loop in loops:
            loop.fit()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - clock


def main() -> None:
    more = parser(__doc__.splitlines()[0])
    more.add_argument("--networks", type=int, help="default: 50 on a GPU, 3 on a CPU")
    more.add_argument("--updates", type=int, help="of each; default: 1000 on a GPU, 20 on a CPU")
    given = more.parse_args()
    options = common(given)
    output = Output(options)
    on_gpu = options.device.startswith("cuda")
    number = given.networks or (50 if on_gpu else 3)
    updates = given.updates or (1000 if on_gpu and not options.quick else 20)
    if not on_gpu:
        output.say(
            "no GPU (--device cuda): the claim on throughput is skipped; what follows is a smoke "
            "test on the CPU, where stacking is off because it is slower"
        )
    data = images(2000 if options.quick else 60000 if on_gpu else 5000)

    def made(double: bool = False, of: int = number, long: int = updates) -> list[Loop]:
        return [network(seed, data, long, options.device, double) for seed in range(of)]

    seconds(made(long=5), stacked=True)  # kernels are chosen and memory is taken
    seconds(made(of=1, long=5), stacked=False)
    ours, theirs = interleaved(
        lambda: seconds(made(), stacked=True),
        lambda: seconds(made(), stacked=False),
        2 if options.quick else 5,
    )
    hourly: tuple[Floats, Floats] = (3600 * number / ours, 3600 * number / theirs)
    ratios = theirs / ours
    low, high = interval(ratios)
    bar = BAR if on_gpu else 0.0
    output.claim(
        Claim(
            claim=f"LeNet-5 trainings of {updates} updates an hour, {number} stacked over one "
            f"after another, on {options.device}",
            ours=float(np.median(hourly[0])),
            theirs=float(np.median(hourly[1])),
            ratio=float(np.median(ratios)),
            bar=bar,
            holds=low >= bar,
            n=len(ratios),
            spread=(low, high),
        )
    )
    long = 20 if options.quick else 200
    few = 2 if options.quick else 3
    stacked, alone = made(True, few, long), made(True, few, long)
    seconds(stacked, stacked=True)
    seconds(alone, stacked=False)
    apart = max(
        float((one - other).abs().max())
        for mine, own in zip(stacked, alone, strict=True)
        for one, other in zip(
            mine.pieces.model.parameters(), own.pieces.model.parameters(), strict=True
        )
    )
    output.claim(
        Claim(
            claim=f"largest difference of a parameter after {long} updates in float64",
            ours=apart,
            theirs=0.0,
            ratio=None,
            bar=CLOSE,
            holds=apart <= CLOSE,
            n=few,
            spread=(apart, apart),
        )
    )


if __name__ == "__main__":
    run(main)
