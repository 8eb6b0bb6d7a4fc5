"""The ledgers of the twelve tables: what each is, and a line for each method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from shipped_tables import TABLES

METRIC = "balanced_accuracy"
TREES = "hist-gradient-boosting"
DIVIDED = "hist-gradient-boosting/prior"
KINDS = ("network", "reference", "ensemble")


@dataclass(frozen=True)
class About:
    """The first line of a ledger: what the table is, and where and when it was measured.

    Args:
        table: its name here.
        package, version, origin, target, left_out: see `Shipped`.
        rows, numbers, categories: samples, and columns of each kind that are learned from.
        classes: samples of each.
        train, test: rows of a fold, mean.
        rounds: of each training.
        brief: methods whose training loss still fell when training ended.
        date: of the measurement.
        environment: as runs record it.
    """

    table: str
    package: str
    version: str
    origin: str
    target: str
    left_out: str
    rows: int
    numbers: int
    categories: int
    classes: Mapping[str, int]
    train: float
    test: float
    rounds: int
    brief: tuple[str, ...]
    date: str
    environment: Mapping[str, object]

    @property
    def ratio(self) -> float:
        """Test rows of a fold over its training rows."""
        return self.test / self.train


@dataclass(frozen=True)
class Row:
    """One method on one table; lists have a value for each fold.

    Args:
        method: its name.
        kind: "network", "reference" (as `compare` shows them) or "ensemble".
        validation, test: balanced accuracy.
        macro_f1, auc, rarest: on test; the last is recall of the rarest class.
        seconds: of training one fold, mean; by the clock, of whatever else the machine did, too.
    """

    method: str
    kind: str
    validation: tuple[float, ...]
    test: tuple[float, ...]
    macro_f1: tuple[float, ...]
    auc: tuple[float, ...]
    rarest: tuple[float, ...]
    seconds: float


@dataclass(frozen=True)
class Measured:
    """A table and its rows by method."""

    about: About
    rows: Mapping[str, Row]

    def chosen(self, *kinds: str) -> Row:
        """The best on validation among some kinds."""
        return max(
            (row for row in self.rows.values() if row.kind in kinds),
            key=lambda row: float(np.mean(row.validation)),
        )


def read(folder: Path) -> dict[str, Measured]:
    """Table -> what its ledger holds, in the order of `TABLES`."""
    found = {}
    for name in TABLES:
        path = folder / f"{name}.jsonl"
        if path.is_file():
            first, *rest = (json.loads(line) for line in path.read_text("utf-8").splitlines())
            lists = (
                {k: tuple(v) if isinstance(v, list) else v for k, v in r.items()} for r in rest
            )
            rows = [Row(**values) for values in lists]
            found[name] = Measured(
                About(**{**first, "brief": tuple(first["brief"])}), {r.method: r for r in rows}
            )
    return found


def write(folder: Path, measured: Measured) -> None:
    """The table's ledger: what it is, then a line for each method."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [asdict(measured.about), *(asdict(one) for one in measured.rows.values())]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / f"{measured.about.table}.jsonl").write_text(text, "utf-8")
