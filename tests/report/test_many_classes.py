"""Nothing of a report grows with the square of the number of classes."""

import gc
import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from counterpoise import npz
from counterpoise.metrics import Confusion
from counterpoise.npz import open_tables
from counterpoise.report import Report, collect, read_runs
from counterpoise.report.bootstrap import intervals
from counterpoise.report.page import page
from counterpoise.report.read_runs import read_targets
from counterpoise.report.report_json import record

Make = Callable[..., Path]


@pytest.fixture
def written(make: Make, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """An experiment of two methods with one test sample a class, whose scores stay on disk."""
    monkeypatch.setattr(read_runs, "open_tables", partial(open_tables, large=0))
    monkeypatch.setattr(npz, "BLOCK", 50_000)

    def write(num_classes: int) -> Path:
        counts = [6] * num_classes
        return make(methods=["baseline", "b"], counts=counts, per_class=1, splits=["seed-0"])

    return write


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> int:
    """Few, as memory for draws goes with the classes and would hide what goes with its square."""
    monkeypatch.setattr(intervals, "EXACT_SORTING", 0)
    monkeypatch.setattr(intervals.Intervals.__init__, "__defaults__", (20,))
    return 20


def test_no_matrix_of_all_pairs_is_made(
    written: Callable[[int], Path], few_draws: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Confusion) -> None:
        raise AssertionError("a matrix of all pairs of classes")

    monkeypatch.setattr(Confusion, "dense", refuse)
    out = written(301)
    report = collect(out)
    assert "could not be drawn" not in page(report, record(report))
    assert isinstance(json.dumps(report.as_json()), str)


def test_report_json_grows_with_the_classes(written: Callable[[int], Path], few_draws: int) -> None:
    small, large = (len(json.dumps(collect(written(k)).as_json())) for k in (150, 300))
    assert large < 2.5 * small  # twice the classes; a whole matrix would be 4 times as large


def test_memory_of_the_bootstrap_grows_with_the_classes(
    written: Callable[[int], Path], few_draws: int
) -> None:
    small, large = (_peak(collect(out), out) for out in (written(150), written(300)))
    assert large < 3 * small  # orders of all classes at once would be 4 times as large


def _peak(report: Report, out: Path) -> int:
    """Of the second time: the first one imports modules, and threads of other tests may end."""
    targets = [read_targets(out, split) for split in report.experiment.splits]
    intervals.Intervals(report.runs, targets)
    gc.collect()
    tracemalloc.start()
    intervals.Intervals(report.runs, targets)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
