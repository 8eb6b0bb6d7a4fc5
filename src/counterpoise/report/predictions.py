"""predictions.csv: what each method predicted for each test sample, a line each."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import replacing
from counterpoise.data.tables.row_names import RowNames
from counterpoise.npz import Table, row_blocks
from counterpoise.printable import printable
from counterpoise.records import SamplesRecord
from counterpoise.report.advice.advise import advised
from counterpoise.report.errors.samples import rows_of
from counterpoise.report.read_runs import read_targets
from counterpoise.report.results import Results
from counterpoise.report.runs import Run, SplitTargets

FILE = "predictions.csv"
MOST_LINES = 300_000  # methods beyond it are left out; a spreadsheet shows about a million
LARGEST = 5  # classes with the largest probabilities, or margins


def write_predictions(results: Results, out: Path) -> tuple[str, ...]:
    """Write the file, a header and a line for each test sample of each run.

    Methods come in the order of the table, the one to use and the baseline first; those that would
    make more than `MOST_LINES` lines are left out. A run that was accepted from a ledger has no
    scores of single samples, so no lines; where no run has any, no file is left. A method that
    turned out to be the same as another is left out.

    Args:
        results: with the folder that they were read from.
        out: folder to write into.

    Returns:
        Methods in the file, in its order.

    Raises:
        DataError: a file of the folder is damaged.
        OutputError: the file cannot be written.
    """
    path = out / FILE
    methods = _fitting(results)
    if results.folder is None or not methods:
        path.unlink(missing_ok=True)
        return ()
    names = _names(results.folder)
    splits = results.experiment.splits
    targets = {split: read_targets(results.folder, split) for split in splits}
    most = min(LARGEST, len(results.experiment.classes))
    header = ["method", "split", "sample", "true", "predicted"]
    header += [f"{what}_{n + 1}" for n in range(most) for what in ("class", "score")]
    with replacing(path) as stream:
        lines = csv.writer(codecs.getwriter("utf-8")(stream), lineterminator="\n")
        lines.writerow(header)
        for method in methods:
            for run in results.runs[method]:
                known = targets[run.split]
                if run.has_outputs and known is not None:
                    lines.writerows(_lines(run, known, results.experiment.classes, names, most))
    return methods


def _fitting(results: Results) -> tuple[str, ...]:
    """Methods whose lines fit, in the order of the table; those that matter most are kept."""
    order = [method.name for method in results.methods if method.alias_of is None]
    first = [name for name in (advised(results), results.best, "baseline") if name in order]
    kept, lines = set[str](), 0
    for name in dict.fromkeys([*first, *order]):
        runs = [run for run in results.runs.get(name, ()) if run.has_outputs]
        more = sum(len(run.test.predictions) for run in runs if run.test is not None)
        if more and lines + more <= MOST_LINES:
            kept.add(name)
            lines += more
    return tuple(name for name in order if name in kept)


def _names(folder: Path) -> Sequence[str] | RowNames | None:
    record = SamplesRecord.read_if_there(folder / "splits" / "samples.json")
    if record is None or record.rows is None:
        return None if record is None else record.names
    return rows_of(record.rows)


def _lines(
    run: Run,
    targets: SplitTargets,
    classes: Sequence[str],
    names: Sequence[str] | RowNames | None,
    most: int,
) -> Iterator[list[str]]:
    test = run.test
    assert test is not None
    assert test.scores is not None
    shown = [printable(name) for name in classes]
    table: Table = test.scores if test.probabilities is None else test.probabilities
    for rows, values in row_blocks(table):
        columns = largest(values, most)
        tops = np.take_along_axis(values, columns, axis=1)
        for number, top, value in zip(
            range(rows.start, rows.stop), columns.tolist(), tops.tolist(), strict=True
        ):
            index = int(targets.test_indices[number])
            line = [
                run.method,
                run.split,
                str(index) if names is None else names[index],
                shown[targets.test[number]],
                shown[test.predictions[number]],
            ]
            for k, score in zip(top, value, strict=True):
                line += [shown[k], f"{score:.4g}"]
            yield line


def largest(values: npt.NDArray[np.floating], most: int) -> npt.NDArray[np.int64]:
    """Columns of the largest values of each row, the largest first, of equals the first."""
    if values.shape[1] > 4 * most:
        among = np.sort(np.argpartition(-values, most - 1, axis=1)[:, :most], axis=1)
    else:
        among = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    order = np.argsort(-np.take_along_axis(values, among, axis=1), axis=1, kind="stable")
    return np.take_along_axis(among, order, axis=1)[:, :most]
