"""An interrupted comparison is reported on the splits that its methods have finished."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.errors import DataError
from counterpoise.report import collect

Make = Callable[..., Path]
METHODS = ("baseline", "oversampling", "weighted")


def interrupt(out: Path, *runs: str) -> None:
    for run in runs:
        (out / "runs" / run / "report.json").unlink()


def test_the_splits_that_all_methods_finished_are_compared(make: Make) -> None:
    out = make(methods=METHODS)
    whole = collect(out)
    interrupt(out, "oversampling/seed-1", "weighted/seed-2")
    report = collect(out)
    assert report.experiment.splits == ("seed-0",)
    assert report.experiment.seeds == (0,)
    assert report.unfinished == ("oversampling/seed-1", "weighted/seed-2")
    assert report.as_json()["unfinished"] == ["oversampling/seed-1", "weighted/seed-2"]
    assert not report.failed
    for before, after in zip(whole.methods, report.methods, strict=True):
        assert after.metrics["accuracy"].values == before.metrics["accuracy"].values[:1]
    assert report.warnings[0] == (
        "interrupted: 2 of 9 runs are not finished. These results are of seed-0; "
        "`counterpoise compare synthetic` finishes them"
    )


def test_a_method_that_finished_nothing_is_left_out(make: Make) -> None:
    out = make(methods=METHODS, experiment={"command": ""})
    interrupt(out, *(f"weighted/seed-{k}" for k in range(3)), "oversampling/seed-2")
    report = collect(out)
    assert {method.name for method in report.methods} == {"baseline", "oversampling"}
    assert report.experiment.splits == ("seed-0", "seed-1")
    assert "without weighted, which finished none of these; the same call" in report.warnings[0]


def test_folds_count_the_test_samples_that_are_left(make: Make) -> None:
    out = make(splits=("fold-0", "fold-1", "fold-2"))
    interrupt(out, "baseline/fold-1")
    assert collect(out).experiment.n_test == (40, 40, 40)


def test_nothing_finished_is_an_error_that_says_what_goes_on(make: Make) -> None:
    out = make(splits=("seed-0",))
    interrupt(out, "baseline/seed-0", "oversampling/seed-0")
    with pytest.raises(DataError, match=r"none of 2 runs is finished.*`counterpoise compare synth"):
        collect(out)
