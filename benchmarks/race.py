"""How often a race chooses the method that the whole grid chooses, and what it saves.

Replayed are comparisons that were trained whole: the ledgers of docs/results, and five small sets
that scikit-learn ships, thinned and trained here (nine classic methods, five seeds, short
trainings). A replay takes nine of a ledger's methods, the baseline among them, and the splits in an
order of its own; the race then sees of them what a real one would. Ledgers keep no scores of single
samples, so there a method leaves by the spread over splits alone.

A replay agrees where the race's choice has the same mean on validation, over all splits, as the
whole grid's. Updates are those of all runs; a run whose trainings another run had costs none. The
spread is a bootstrap interval over sets, since replays of one set are much alike.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from harness import Claim, Floats, Output, arguments, interval, run
from sklearn import datasets

from counterpoise import compare
from counterpoise.experiments.race import DRAWS
from counterpoise.experiments.race_rule import FEWEST, Standing, leaving
from counterpoise.experiments.validated import Validated, drawn

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
SELECTED = {"methods/gtsrb-folds": "g_mean", "methods/gtsrb-test": "g_mean",
            "resamplers/gtsrb": "g_mean"}  # fmt: skip
METHODS = 9  # of a replay
SEEDS = 5
SHIPPED = ("iris", "wine", "breast_cancer", "digits step", "digits exp")


@dataclass(frozen=True)
class Run:
    """What a race can know of one method on one split, and what it cost."""

    validation: float
    test: float
    updates: int
    stages: frozenset[str]
    draws: Floats | None = None


Grid = Mapping[str, Sequence[Run]]  # method -> its runs, in the same order of splits


def of_ledger(path: Path, select: str) -> Grid:
    """The methods of a ledger that have a value on every split that most of them have."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found: dict[str, dict[str, Run]] = {}
    for row in rows:
        value = (row.get("validation_values") or {}).get(select)
        if row["status"] == "ok" and value is not None:
            run = Run(value, row["values"][select], row["updates"], frozenset(row["stages"]))
            found.setdefault(row["method"], {})[row["split"]] = run
    common = [split for split in _splits(found) if sum(split in r for r in found.values()) > 5]
    return {
        method: [runs[split] for split in common]
        for method, runs in found.items()
        if all(split in runs for split in common)
    }


def _splits(found: Mapping[str, Mapping[str, Run]]) -> list[str]:
    return sorted({split for runs in found.values() for split in runs})


def shipped(name: str, folder: Path) -> Grid:
    """A small set, compared whole."""
    kind, _, profile = name.partition(" ")
    given: dict[str, Any] = {"settings": {"train.updates_per_round": 20}, "rounds": 10}
    source = kind
    if kind == "digits":
        given["profile"] = {"step": "step:rho=20,mu=0.5", "exp": "exp:ratio=20"}[profile]
        given["model"] = "mlp"
    else:
        bunch = getattr(datasets, f"load_{kind}")()
        kept = _thinned(bunch.target, 8 if kind == "breast_cancer" else 4)
        source = str(folder / f"{kind}.npz")
        x = bunch.data[kept].astype(np.float32)
        np.savez(source, x_train=x, y_train=bunch.target[kept])
    out = folder / name.replace(" ", "-")
    report = compare(source, out=out, seeds=SEEDS, progress="silent", **given)
    select = report.experiment.select
    return {
        method.name: [
            _scored(out, method.name, split, select, float(value or 0.0))
            for split, value in zip(
                report.experiment.splits, method.metrics[select].values, strict=True
            )
        ]
        for method in report.methods
        if method.ok
    }


def _thinned(labels: npt.NDArray[np.int64], ratio: float) -> npt.NDArray[np.int64]:
    """Positions that leave the last class `ratio` times fewer samples, but 12 at least."""
    random, last = np.random.default_rng(0), int(labels.max())
    parts = []
    for k in range(last + 1):
        there = random.permutation(np.flatnonzero(labels == k))
        parts.append(there[: max(12, round(len(there) * ratio ** (-k / last)))])
    return np.concatenate(parts)


def _scored(out: Path, method: str, split: str, select: str, test: float) -> Run:
    record = json.loads((out / "runs" / method / split / "report.json").read_text("utf-8"))
    with np.load(out / "splits" / f"{split}.npz") as parts:
        target, groups = parts["validation_labels"], parts.get("validation_groups")
    with np.load(out / "runs" / method / split / "outputs.npz") as outputs:
        known = Validated(outputs["validation_scores"], None, target)
    draws = np.array([known.value(select, rows) for rows in drawn(target, groups, DRAWS)])
    stages = frozenset(record["stages"])
    return Run(known.value(select), test, record["updates"], stages, draws)


@dataclass(frozen=True)
class Replay:
    """Whether a race chose as the whole grid, at which share of its updates, and what it lost."""

    same: bool
    share: float
    lost: float


def replay(grid: Grid, select: str, random: np.random.Generator) -> Replay:
    """One race: some of the methods, the splits in any order."""
    first = "baseline" if "baseline" in grid else next(iter(grid))
    others = [method for method in grid if method != first]
    chosen = random.permutation(others)[: METHODS - 1].tolist()
    splits = random.permutation(len(grid[first]))
    table = {m: [grid[m][s] for s in splits] for m in [first, *chosen]}
    going = dict(table)
    trained = [run for runs in table.values() for run in runs[:FEWEST]]
    for number in range(FEWEST, len(splits)):
        left = leaving(
            {m: _standing(runs[:number]) for m, runs in going.items()}, select, ("baseline",)
        )
        going = {m: runs for m, runs in going.items() if m not in left}
        trained += [runs[number] for runs in going.values()]
    means = {m: float(np.mean([run.validation for run in runs])) for m, runs in table.items()}
    ours, whole = max(going, key=means.__getitem__), max(table, key=means.__getitem__)
    tests = [float(np.mean([run.test for run in table[m]])) for m in (whole, ours)]
    updates = [_updates(runs) for runs in (trained, [r for runs in table.values() for r in runs])]
    return Replay(means[ours] == means[whole], updates[0] / updates[1], tests[0] - tests[1])


def _standing(runs: Sequence[Run]) -> Standing:
    draws = [run.draws for run in runs if run.draws is not None]
    values = np.array([run.validation for run in runs])
    return Standing(values, np.array(draws) if len(draws) == len(runs) else None)


def _updates(runs: Sequence[Run]) -> int:
    done: set[str] = set()
    total = 0
    for one in runs:
        total += 0 if one.stages <= done else one.updates
        done |= one.stages
    return max(1, total)


def judged(output: Output, what: str, grids: Mapping[str, tuple[Grid, str]], replays: int) -> None:
    """The two claims on some sets."""
    random = np.random.default_rng(0)
    same, share = [], []
    for name, (grid, select) in grids.items():
        found = [replay(grid, select, random) for _ in range(replays)]
        same.append(float(np.mean([one.same for one in found])))
        share.append(float(np.mean([one.share for one in found])))
        splits = len(next(iter(grid.values())))
        output.say(
            f"{name}, {splits} splits: the same choice in {same[-1]:.2f}, {share[-1]:.2f} of the "
            f"updates, lost on test {np.mean([one.lost for one in found]):+.4f}"
        )
    for text, values, bar in (
        ("share of replays in which the race chooses as the whole grid", same, 0.9),
        ("updates of the race over those of the whole grid", share, 0.5),
    ):
        mean = float(np.mean(values))
        low, high = interval(np.array(values), np.mean)
        holds = low >= bar if values is same else high <= bar
        claim = f"{text}, {what}"
        output.claim(Claim(claim, mean, 1.0, mean, bar, holds, replays * len(grids), (low, high)))


def main() -> None:
    """Replay the ledgers, and without --quick the small sets."""
    options = arguments(__doc__ or "")
    output = Output(options)
    ledgers: dict[str, tuple[Grid, str]] = {}
    for path in sorted(RESULTS.glob("*/*.jsonl")):
        name = path.relative_to(RESULTS).with_suffix("").as_posix()
        select = SELECTED.get(name, "balanced_accuracy")
        grid = of_ledger(path, select)
        if len(next(iter(grid.values()), [])) > FEWEST:
            ledgers[name] = grid, select
    judged(output, f"{len(ledgers)} ledgers", ledgers, 5 if options.quick else 200)
    if options.quick:
        return
    with tempfile.TemporaryDirectory() as scratch:
        grids = {name: (shipped(name, Path(scratch)), "balanced_accuracy") for name in SHIPPED}
    judged(output, f"{len(grids)} small sets, {SEEDS} seeds", grids, 120)


if __name__ == "__main__":
    run(main)
