"""What a stage that trains only the head gains from computing features once.

Both sides are the same stage: frozen backbone, class-balanced draws, the same updates, an
evaluation a round. Ours is the loop as recipes run it: it looks whether the features can be kept
and computes them, and that is counted. Theirs sends every batch through the backbone. The
speed-up grows with the number of rounds, for extraction costs about one: the script says from
which round on it reaches the bar, and where it never does.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from harness import Arguments, Claim, Output, arguments, compared, interleaved, load_if_present, run
from torch import Tensor

from counterpoise import data, models
from counterpoise.criterion import Weighted
from counterpoise.data import Preprocess
from counterpoise.data.sources.named import data_roots
from counterpoise.losses import CrossEntropy
from counterpoise.samplers import ClassBalanced
from counterpoise.steps import Plain
from counterpoise.train import device as devices
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import freeze_except
from counterpoise.train.frozen_features import on_features
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make as make_schedule

CLASSES = 10
BAR = 20.0
WEIGHTS = "mobilenet_v2-b0353104.pth"


@dataclass(frozen=True)
class Problem:
    """A network, its data and the length of the stage."""

    text: str
    model: str
    options: dict[str, float]
    weights: str | None
    preprocess: Preprocess
    images: npt.NDArray[np.uint8]  # (N, C, H, W), then those of validation
    labels: npt.NDArray[np.int64]
    num_train: int
    rounds: int
    batch_size: int
    device: str

    @property
    def updates_per_round(self) -> int:
        """As many as one pass over the training set."""
        return -(-self.num_train // self.batch_size)


@dataclass(frozen=True)
class Done:
    """A trained stage."""

    seconds: float
    looping: float  # without extraction
    state: dict[str, Tensor]


def stage(problem: Problem, *, cached: bool) -> Done:
    """Train the head of the same classifier from the same start."""
    torch.manual_seed(0)
    shape = problem.images.shape[1:]
    model = models.create(problem.model, shape, CLASSES, weights=problem.weights, **problem.options)
    model.to(memory_format=torch.channels_last).to(problem.device)
    freeze_except(model, ["head.*"])
    fabric = devices.fabric(problem.device)
    parts = {"train": slice(problem.num_train), "validation": slice(problem.num_train, None)}
    feeds = {
        name: Feed(problem.images[part], problem.labels[part], problem.preprocess, fabric.device)
        for name, part in parts.items()
    }
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    pieces = Pieces(
        model,
        Weighted(CrossEntropy()),
        ClassBalanced(problem.labels[: problem.num_train], seed=0),
        Plain(),
        [torch.optim.SGD(learning, lr=0.01, momentum=0.9, weight_decay=5e-4)],
        make_schedule("cosine", {}),
    )
    before = model.head.weight.detach().clone()
    regime = Regime("head", problem.rounds, problem.updates_per_round, problem.batch_size)
    started = time.perf_counter()
    if cached:
        feeds = on_features(pieces, feeds)
        assert pieces.model is not model, "the features were not cached"
    extracted = time.perf_counter()
    Loop(pieces, regime, feeds.pop("train"), feeds, fabric, None).fit()
    if problem.device.startswith("cuda"):
        torch.cuda.synchronize(problem.device)
    ended = time.perf_counter()
    assert not torch.equal(model.head.weight, before), "nothing was trained"
    state = {name: value.cpu() for name, value in model.state_dict().items()}
    return Done(ended - started, ended - extracted, state)


def same_result(text: str, ours: Done, theirs: Done) -> Claim:
    """The largest difference between two trained classifiers, over the largest head weight.

    Not bit for bit: a row's sum is taken in another order in a batch of another size.
    """
    assert ours.state.keys() == theirs.state.keys()
    apart = max(
        float((value.double() - theirs.state[name].double()).abs().max())
        for name, value in ours.state.items()
    )
    head = [value for name, value in theirs.state.items() if name.startswith("head.")]
    largest = max(float(value.abs().max()) for value in head)
    ratio = apart / largest
    claim = f"difference between cached and uncached, over the largest head weight, {text}"
    return Claim(
        f"{claim} (at most)", apart, largest, ratio, 1e-4, ratio <= 1e-4, 1, (ratio, ratio)
    )


def rounds_to_reach(bar: float, rounds: int, ours: Sequence[Done], theirs: Sequence[Done]) -> str:
    """From which number of rounds on the speed-up is `bar`: extraction is paid once."""
    extraction = float(np.median([done.seconds - done.looping for done in ours]))
    cheap = float(np.median([done.looping for done in ours])) / rounds
    dear = float(np.median([done.seconds for done in theirs])) / rounds
    costs = f"extraction {extraction:.3g} s, a round {cheap:.3g} s cached and {dear:.3g} s not"
    gain = dear - bar * cheap
    if gain <= 0:
        return f"{costs}: at most {dear / cheap:.1f} times as fast, however long the stage"
    return f"{costs}: {bar:g} times as fast from {bar * extraction / gain:.0f} rounds on"


def compare_stages(problem: Problem, bar: float, pairs: int, output: Output) -> None:
    """Time both, look whether they trained the same, and say where the bar is crossed."""
    done: dict[bool, list[Done]] = {True: [], False: []}

    def timed(cached: bool) -> float:
        done[cached].append(stage(problem, cached=cached))
        return done[cached][-1].seconds

    ours, theirs = interleaved(lambda: timed(True), lambda: timed(False), pairs)
    length = f"{problem.rounds} rounds of {problem.updates_per_round} updates"
    text = f"{problem.text}, {length}"
    output.claim(same_result(text, done[True][0], done[False][0]))
    crossing = rounds_to_reach(BAR, problem.rounds, done[True], done[False])
    claim = f"every batch through the frozen backbone, over cached features: {text}; {crossing}"
    output.claim(compared(f"{claim} (at least)", ours, theirs, bar, at_least=True))


def photographs(options: Arguments) -> Problem:
    """MobileNetV2 on the ten largest classes of caltech101, thinned to a long tail."""
    size, most, held = (32, 12, 1) if options.quick else (64, 160, 8)
    counts = np.round(most * 10.0 ** (-np.arange(CLASSES) / (CLASSES - 1))).astype(np.int64)
    kinds = np.arange(CLASSES)
    labels = np.concatenate((np.repeat(kinds, counts), np.repeat(kinds, held)))
    root = next((root for root in data_roots() if (root / "caltech101").is_dir()), None)
    if root is None:
        name = "random images, for caltech101 is absent"
        random = np.random.default_rng(0)
        images = random.integers(0, 256, (len(labels), 3, size, size), dtype=np.uint8)
    else:
        name = "caltech101"
        dataset = data.load(str(root / "caltech101"), size=size)
        found = np.bincount(dataset.labels)
        found[[c.startswith("BACKGROUND") for c in dataset.classes]] = 0
        members = [np.flatnonzero(dataset.labels == k) for k in np.argsort(-found)[:CLASSES]]
        places = [part[:count] for part, count in zip(members, counts, strict=True)]
        places += [part[-held:] for part in members]
        images = dataset.inputs.read(np.concatenate(places))
    there = any((root / WEIGHTS).exists() for root in data_roots())
    start = "pretrained" if there else "untrained"
    return Problem(
        text=f"{start} MobileNetV2 without dropout at {size}x{size}, {name}",
        model="mobilenet_v2",
        options={"dropout": 0.0},  # with dropout in it, a backbone's features cannot be kept
        weights="IMAGENET1K_V1" if there else None,
        preprocess=Preprocess.fit("imagenet", images),
        images=images,
        labels=labels,
        num_train=int(counts.sum()),
        rounds=2 if options.quick else 60,
        batch_size=16 if options.quick else 64,
        device=options.device,
    )


def digits(options: Arguments) -> Problem:
    """LeNet-5 on MNIST at the length that `compare` gives it: about 2000 updates."""
    many, held = (256, 32) if options.quick else (6400, 400)
    dataset = load_if_present("mnist")
    if dataset is None:
        name = "random images, for MNIST is absent"
        random = np.random.default_rng(0)
        images = random.integers(0, 256, (many + held, 1, 28, 28), dtype=np.uint8)
        labels = random.integers(0, CLASSES, many + held)
    else:
        name = "MNIST"
        images = dataset.inputs.read(np.arange(many + held))
        labels = dataset.labels[: many + held]
    return Problem(
        text=f"LeNet-5, {name}",
        model="lenet5",
        options={},
        weights=None,
        preprocess=Preprocess.fit("standard", images),
        images=images,
        labels=labels,
        num_train=many,
        rounds=2 if options.quick else 20,
        batch_size=64,
        device=options.device,
    )


def main() -> None:
    """A deep backbone, where the bar is promised, and a small one, where nothing is."""
    options = arguments(__doc__ or "")
    output = Output(options)
    pairs = 1 if options.quick else 3
    compare_stages(photographs(options), BAR, pairs, output)
    compare_stages(digits(options), 1.0, pairs, output)


if __name__ == "__main__":
    run(main)
