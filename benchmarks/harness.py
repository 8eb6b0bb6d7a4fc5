"""What the benchmarks share: pairs, intervals, the environment, arguments, output, one training."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import torch

from counterpoise import data
from counterpoise.data import LabelledSet, Preprocess, Split
from counterpoise.data.sources.named import data_roots
from counterpoise.experiments.identity import environment
from counterpoise.models.classifier import Classifier
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.stage import Samples, set_up, watched
from counterpoise.train import device as devices
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed
from counterpoise.train.history import Round

Floats = npt.NDArray[np.float64]
PLACES = {
    "mnist": "MNIST/raw",
    "fashion-mnist": "FashionMNIST/raw",
    "gtsrb-20-80": "gtsrb_20_80.npz",
}


@dataclass(frozen=True)
class Claim:
    """One sentence with the numbers that carry it.

    Args:
        claim: the sentence, with its units.
        ours: the library's number.
        theirs: what it is compared with.
        ratio: which way round is said by `claim`; None where only a difference has a meaning.
        bar: what is promised.
        holds: whether it is kept, judged at the unfavourable end of `spread`.
        n: pairs, rounds or seeds.
        spread: 95 % interval of the median ratio, unless the script's page says otherwise.
    """

    claim: str
    ours: float
    theirs: float
    ratio: float | None
    bar: float
    holds: bool
    n: int
    spread: tuple[float, float]


@dataclass(frozen=True)
class Arguments:
    """The options that every script takes."""

    quick: bool
    device: str
    json: bool


def arguments(description: str) -> Arguments:
    """Read the command line of a script that has no options of its own."""
    return common(parser(description).parse_args())


def parser(description: str) -> argparse.ArgumentParser:
    """The options that every script takes, to which it may add its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test: the numbers mean little"
    )
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda or cuda:N")
    parser.add_argument("--json", action="store_true", help="one JSON object per claim and line")
    return parser


def common(given: argparse.Namespace) -> Arguments:
    """What was given of them; one thread per process unless a script says otherwise."""
    torch.set_num_threads(1)
    return Arguments(given.quick, devices.resolve(given.device), given.json)


def run(main: Callable[[], None]) -> None:
    """Call the script; with --json its standard output is claims alone.

    What libraries print there goes to standard error: HiGHS prints by C's printf now and then,
    whatever it is told.
    """
    if "--json" not in sys.argv[1:]:
        main()
        return
    with _apart() as claims:
        Output.stream = claims
        try:
            main()
        finally:
            Output.stream = None


@contextmanager
def _apart() -> Iterator[TextIO]:
    """The standard output, to which nobody else writes within the block."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as stream:
        os.dup2(2, 1)
        try:
            with redirect_stdout(sys.stderr):
                yield stream
        finally:
            ctypes.CDLL(None).fflush(None)  # what C has printed and keeps
            os.dup2(stream.fileno(), 1)


class Output:
    """Prints claims as they are made: JSON lines, or an environment line and a table."""

    stream: TextIO | None = None  # of JSON; None for the standard output

    def __init__(self, options: Arguments) -> None:
        self.options = options
        if not options.json:
            print(describe(options.device))
            if options.quick:
                print("--quick: a smoke test; the numbers mean little")

    def say(self, text: str) -> None:
        """A remark for people; --json leaves it out."""
        if not self.options.json:
            print(text, flush=True)

    def claim(self, claim: Claim) -> None:
        """Print one claim."""
        if self.options.json:
            print(json.dumps(asdict(claim)), file=self.stream, flush=True)
            return
        ratio = "" if claim.ratio is None else f"ratio {claim.ratio:.3f}  "
        low, high = claim.spread
        print(
            f"{'holds' if claim.holds else 'FAILS'}  {claim.claim}\n"
            f"       ours {claim.ours:.4g}  theirs {claim.theirs:.4g}  {ratio}"
            f"[{low:.3f}, {high:.3f}]  bar {claim.bar:g}  n={claim.n}",
            flush=True,
        )


def describe(device: str) -> str:
    """The environment in one line; no host name and no path."""
    found = environment(device, torch.get_num_threads())
    where = torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{found.processor}, {found.cores} cores{load}; {platform.system()}; on {where}; "
        f"Python {found.python}, torch {found.torch}, counterpoise {found.counterpoise}"
    )


def load_if_present(name: str) -> LabelledSet | None:
    """A named set, or None where its files are absent: a benchmark downloads nothing."""
    place = PLACES.get(name)
    if place is not None and not any((root / place).exists() for root in data_roots()):
        return None
    return data.load(name)


def interleaved(
    ours: Callable[[], float], theirs: Callable[[], float], pairs: int
) -> tuple[Floats, Floats]:
    """Seconds of both, measured in turn; every second pair begins with the other one."""
    found: list[tuple[float, float]] = []
    for number in range(pairs):
        if number % 2:
            second = theirs()
            found.append((ours(), second))
        else:
            first = ours()
            found.append((first, theirs()))
    first_column, second_column = np.array(found).T
    return first_column, second_column


def interval(
    values: Floats, statistic: Callable[..., Any] = np.median, draws: int = 5000
) -> tuple[float, float]:
    """Bootstrap 95 % interval of a statistic over the rows of `values` (n,)."""
    rng = np.random.default_rng(0)
    rows = values[rng.integers(0, len(values), (draws, len(values)))]
    low, high = np.quantile(statistic(rows, axis=1), [0.025, 0.975])
    return float(low), float(high)


def compared(
    text: str, ours: Floats, theirs: Floats, bar: float, *, at_least: bool = False
) -> Claim:
    """A claim on the median of ours / theirs being at most `bar`; `at_least`: theirs / ours."""
    ratios = theirs / ours if at_least else ours / theirs
    low, high = interval(ratios)
    return Claim(
        claim=text,
        ours=float(np.median(ours)),
        theirs=float(np.median(theirs)),
        ratio=float(np.median(ratios)),
        bar=bar,
        holds=low >= bar if at_least else high <= bar,
        n=len(ratios),
        spread=(low, high),
    )


@dataclass(frozen=True)
class Trained:
    """A recipe after all its stages."""

    recipe: Recipe
    model: Classifier
    preprocess: Preprocess
    history: list[Round]
    device: str
    inputs: npt.NDArray[np.generic]

    def logits(self, indices: npt.NDArray[np.int64]) -> Floats:
        """Raw outputs for samples of the set, (N, K)."""
        labels = np.zeros(len(indices), dtype=np.int64)
        feed = Feed(self.inputs[indices], labels, self.preprocess, self.device)
        return scores(self.model, feed).astype(np.float64)


def train(
    recipe: Recipe,
    dataset: LabelledSet,
    inputs: npt.NDArray[np.generic],
    split: Split,
    *,
    seed: int,
    device: str = "cpu",
    parts: Mapping[str, npt.NDArray[np.int64]] | None = None,
) -> Trained:
    """Train a recipe in this process, stage after stage, as a worker would; nothing is kept.

    Args:
        recipe: as `load_methods` gives it.
        dataset: gives labels and kind.
        inputs: every sample of the set, decoded.
        split: says which samples train; each round watches a part of its validation.
        seed: of initialisation and sampling.
        device: resolved.
        parts: evaluated after each round instead, by name.
    """
    resolved = resolve(recipe, dataset.kind, inputs.shape[1:], len(split.train))
    assert resolved.train.preprocess != "auto", "resolve() names it"
    preprocess = Preprocess.fit(resolved.train.preprocess, inputs[split.train])
    if parts is None:
        num_train = len(split.train)
        parts = {"validation": watched(resolved, dataset.labels, split.validation, num_train)}
    samples = Samples(
        inputs, dataset.labels, split.train, split.counts, preprocess, evaluated=parts
    )
    history: list[Round] = []
    model: Classifier | None = None
    for number in range(len(resolved.stages)):
        learned = None if model is None else model.state_dict()
        ready = set_up(resolved, number, samples, seed=seed, device=device, learned=learned)
        history += ready.loop.fit()
        model = ready.model
    assert model is not None, "a recipe has a stage"
    return Trained(resolved, model, preprocess, history, device, inputs)


def softmax(logits: Floats) -> Floats:
    """Row-wise, (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def percent(values: Sequence[float] | Floats) -> str:
    """Mean and sd in points, such as "12.3 +- 1.2"."""
    array = 100 * np.asarray(values, dtype=np.float64)
    return f"{array.mean():.1f} ± {array.std(ddof=1):.1f}"
