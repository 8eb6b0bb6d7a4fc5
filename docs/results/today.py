"""Each paper's method at its best setting beside the simplest remedies, on five data sets.

    python docs/results/today.py [SET ...] --out OUT [--table]

Trains what is not finished, set by set, and prints the tables of today.md. All methods of a set
have the same network, updates and augmentation; settings are chosen on validation data of the
first seed, as `compare` does, and nothing is chosen on test data. `today/SET.jsonl` beside this
file are the ledgers, which the same command accepts.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from counterpoise.comparison import report_of
from counterpoise.experiments.option_tables import overrides
from counterpoise.experiments.options import Options
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Component, Recipe, Search, SearchGrid
from counterpoise.report import Report, collect

SIMPLE = ("baseline", "oversampling", "thresholding", "balanced-softmax", "mixup-drw")
PAPERS = {  # method -> whose it is
    "cnusvm": "CNUSVM",
    "oversampling+thresholding": "Buda et al.",
    "two-phase-over": "Buda et al.",
    "iwce": "IWCE",
    "f1-driven": "TLC",
    "le": "LE",
}
METHODS = (*SIMPLE, *PAPERS)
METRIC = "balanced_accuracy"
SETTINGS = {"train.clip_norm": 2.0}  # of all methods alike
LEDGERS = Path(__file__).parent / "today"


@dataclass(frozen=True)
class Asked:
    """What one data set is asked.

    Args:
        options: of the comparison, beside its methods.
        rounds: of each training, which IWCE's temperatures are shares of.
        augment: pieces that every method has, before its own.
    """

    options: Mapping[str, Any]
    rounds: int
    augment: tuple[Component, ...] = ()


AFFINE = (Component("Affine"),)
SETS = {
    "gtsrb": Asked({"dataset": "gtsrb-20-80", "model": "small-cnn"}, 15, AFFINE),
    "fashion-mnist": Asked(
        {"dataset": "fashion-mnist", "model": "lenet5", "profile": "exp:ratio=100,n_max=1000"},
        12,
        AFFINE,
    ),
    "wisdm": Asked(
        {"dataset": "wisdm-51", "model": "iwce-wisdm", "profile": "counts:720,580,379,102,82"},
        20,
    ),
    "ham10000": Asked(
        {"dataset": "ham10000", "model": "mobilenet_v2", "frozen": True, "size": "160x120"}, 10
    ),
    "caltech-101": Asked(
        {"dataset": "caltech-101", "model": "mobilenet_v2", "frozen": True, "size": "128"}, 10
    ),
}


def recipes(asked: Asked) -> tuple[Recipe, ...]:
    """All methods, each with the settings that it may choose from on validation."""
    options = dict(asked.options)
    frozen = bool(options.get("frozen"))
    tables = overrides({**options, "rounds": asked.rounds})
    made = []
    for recipe in load_methods(METHODS, tables, SETTINGS, features=frozen):
        stages = tuple(
            replace(stage, augment=(*asked.augment, *stage.augment)) for stage in recipe.stages
        )
        made.append(_searched(replace(recipe, stages=stages), asked.rounds))
    return tuple(made)


def _searched(recipe: Recipe, rounds: int) -> Recipe:
    own: dict[str, dict[str, tuple[Any, ...]]] = {
        "cnusvm": {"gamma": (0.25, 0.5, 1.0)},
        "iwce": {"temperature": (0.2 * rounds, 0.5 * rounds)},
        "f1-driven": {"prior": ("balanced", "as_is")},
        "le": {"mode": ("count", "magnitude")},
    }
    if recipe.name not in own:
        return recipe
    grids = () if recipe.search is None else recipe.search.grids
    values = {k: v for grid in grids for k, v in grid.values.items()}
    grid = SearchGrid("Its best setting", {**values, **own[recipe.name]})
    return replace(recipe, search=Search((grid,)))


def run(name: str, out: Path) -> None:
    """Train what is not finished of a set."""
    asked = SETS[name]
    LEDGERS.mkdir(exist_ok=True)
    options = {
        **asked.options,
        "recipes": recipes(asked),
        "methods": METHODS,
        "seeds": 3,
        "rounds": asked.rounds,
        "out": out / name,
        "ledger": LEDGERS / f"{name}.jsonl",
        "jobs": 1,
        "device": "cpu",
        "progress": "plain",
        "command": f"python docs/results/today.py {name}",
    }
    report_of(Options.of(options))


def table(name: str, out: Path) -> tuple[list[str], dict[str, list[float]]]:
    """Rows of a set, and each paper's differences to the simple remedy that validation chose."""
    report = collect(out / name)
    runs = {k: v for k, v in report.runs.items() if all(run.status == "ok" for run in v)}
    seen = {m: np.mean([r.validation_values[METRIC] for r in v]) for m, v in runs.items()}
    simple = max((m for m in SIMPLE if m in runs), key=lambda m: seen[m])
    found: dict[str, list[float]] = {}
    for paper in dict.fromkeys(PAPERS.values()):
        own = [m for m in PAPERS if PAPERS[m] == paper and m in runs]
        if own:
            best = max(own, key=lambda m: seen[m])
            pairs = zip(runs[best], runs[simple], strict=True)
            found[paper] = [100 * (a.values[METRIC] - b.values[METRIC]) for a, b in pairs]
    rows = []
    for method in METHODS:
        if method not in runs:
            continue
        values = [run.values[METRIC] for run in runs[method]]
        f1 = np.mean([run.values["macro_f1"] for run in runs[method]])
        accuracy = np.mean([run.values["accuracy"] for run in runs[method]])
        mark = " (simplest, chosen)" if method == simple else ""
        chosen = _chosen(report, method)
        rows.append(
            f"| {method}{mark} | {PAPERS.get(method, '')} | {chosen} | {seen[method]:.3f} | "
            f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f} | {f1:.3f} | {accuracy:.3f} |"
        )
    return rows, found


def _chosen(report: Report, method: str) -> str:
    searched = report.experiment.searches.get(method)
    if searched is None:
        return ""
    return ", ".join(f"{key} {value}" for key, value in searched.chosen.items())


def interval(values: Sequence[float]) -> str:
    """Mean and 95 % interval (Student's t), in points."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return f"{mean:+.1f}"
    half = float(stats.t.ppf(0.975, n - 1)) * float(np.std(values, ddof=1)) / n**0.5
    return f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]"


def main() -> None:
    """Train, then print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS), metavar="SET")
    parser.add_argument("--out", type=Path, default=Path("today"))
    parser.add_argument("--table", action="store_true", help="print what is there; train nothing")
    given = parser.parse_args()
    every: dict[str, list[float]] = {}
    for name in given.sets:
        if not given.table:
            run(name, given.out)
        rows, found = table(name, given.out)
        print(f"\n## {name}\n", *rows, sep="\n")
        for paper, values in found.items():
            print(f"{paper}: {interval(values)}")
            every.setdefault(paper, []).extend(values)
    print("\nall sets:")
    for paper, values in every.items():
        print(f"{paper}: {interval(values)}, {len(values)} pairs")


if __name__ == "__main__":
    main()
