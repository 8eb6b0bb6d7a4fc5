"""What the search for the number of rounds finds, what it costs and what it is worth.

Small sets, an MLP, three seeds. Ours is the baseline of `counterpoise compare` without `--rounds`,
as long as is found on the first seed; theirs is four times the usual rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from harness import Claim, Output, arguments, compared, run
from sklearn import datasets

from counterpoise import compare
from counterpoise.records import RoundsRecord

SEEDS = 3
METRIC = "balanced_accuracy"
TIMES = 4  # the usual number, at most


@dataclass(frozen=True)
class Case:
    """A set and its imbalance."""

    source: Callable[[Path], str]
    profile: str


def table(name: str) -> Callable[[Path], str]:
    """Vectors of scikit-learn as a file."""

    def make(folder: Path) -> str:
        bunch = getattr(datasets, f"load_{name}")()
        path = folder / f"{name}.npz"
        np.savez(path, x_train=bunch.data.astype(np.float32), y_train=bunch.target)
        return str(path)

    return make


CASES = {
    "wine": Case(table("wine"), "linear:rho=10"),
    "breast cancer": Case(table("breast_cancer"), "exp:ratio=20"),
    "digits, mlp": Case(lambda folder: "digits", "step:rho=20,mu=0.5"),
}


def measured(name: str, folder: Path, output: Output) -> tuple[float, float, float]:
    """Test value as found and with four times the usual rounds, and the search's share of time."""
    case = CASES[name]
    source = case.source(folder)

    def baseline(out: str, rounds: int | None) -> tuple[float, float]:
        report = compare(
            source,
            methods="baseline",
            profile=case.profile,
            model="mlp",
            seeds=SEEDS,
            rounds=rounds,
            out=folder / name / out,
            progress="silent",
        )
        (method,) = report.methods
        return float(np.mean(method.metrics[METRIC].values)), method.seconds

    value, seconds = baseline("found", None)
    record = RoundsRecord.read(folder / name / "found" / "rounds.json")
    (found,) = record.found.values()
    usual = found.tried[1].rounds if found.tried else found.rounds
    longest, longer = baseline("longest", TIMES * usual)
    output.say(
        f"{name}: usually {usual} rounds, found {found.rounds}; test {METRIC} {value:.3f} in "
        f"{seconds:.1f} s a training, {TIMES} times the usual number {longest:.3f} in {longer:.1f}"
    )
    wasted = sum(one.rounds for one in found.tried if one.rounds != found.rounds)
    return value, longest, wasted / (9 * SEEDS * found.rounds)


def main() -> None:
    """Run all."""
    options = arguments(__doc__ or "")
    output = Output(options)
    names = ["wine"] if options.quick else list(CASES)
    with tempfile.TemporaryDirectory() as folder:
        rows = np.array([measured(name, Path(folder), output) for name in names])
    text = f"test {METRIC} of the baseline, {TIMES} times the usual rounds over as found (at most)"
    output.claim(compared(text, rows[:, 1], rows[:, 0], 1.05))
    share = rows[:, 2]
    output.claim(
        Claim(
            "updates of the search over all of nine methods and three seeds",
            float(share.max()),
            1.0,
            float(share.max()),
            0.10,
            bool(share.max() <= 0.10),
            len(share),
            (float(share.min()), float(share.max())),
        )
    )


if __name__ == "__main__":
    run(main)
