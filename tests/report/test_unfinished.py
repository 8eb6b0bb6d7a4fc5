"""An interrupted comparison is reported on the splits that its methods have finished."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.errors import DataError
from counterpoise.records import LeftPart, RaceRecord, TimeRecord
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


def leave(out: Path, *, splits: int = 3) -> None:
    part = LeftPart(after=2, leader="baseline", difference=-0.25, interval=(-0.5, -0.125))
    record = RaceRecord(question="x", splits=splits, decided=2, left={"weighted": part})
    (out / "race.json").write_text(record.text())


def test_who_left_a_race_is_the_last_row_and_misses_nothing(make: Make) -> None:
    out = make(methods=METHODS)
    interrupt(out, "weighted/seed-2")
    leave(out)
    report = collect(out)
    assert report.unfinished == ()
    assert len(report.experiment.splits) == 3, "ranked are splits of those that did not leave"
    last = report.methods[-1]
    assert (last.name, last.status, last.rank) == ("weighted", "left", None)
    assert last.metrics["auc"].mean is None
    row = (
        " - weighted: left after 2 of 3 splits: balanced accuracy on validation -.250 [-.500, "
        "-.125] compared with baseline"
    )
    assert row in [f" {line.strip()}" for line in report.text(200).splitlines()]
    assert "| weighted | left after 2 of 3 splits:" in report.markdown()
    written = report.as_json()["methods"][-1]  # type: ignore[index]
    assert written["left"]["after"] == 2
    assert written["status"] == "left"
    page = report.write(out).read_text("utf-8")
    assert '<span class="mark">left</span>' in page
    assert "left after 2 of 3 splits: balanced accuracy" in page
    assert not any("weighted" in warning for warning in report.warnings)
    assert not report.failed


def test_an_interrupted_race_ranks_what_those_that_did_not_leave_finished(make: Make) -> None:
    out = make(methods=METHODS)
    interrupt(out, "weighted/seed-2", "oversampling/seed-2")
    leave(out)
    report = collect(out)
    assert report.unfinished == ("oversampling/seed-2",)
    assert report.experiment.splits == ("seed-0", "seed-1")
    assert report.warnings[0].startswith("interrupted: 1 of 9 runs are not finished. These results")


def test_a_control_that_is_missing_keeps_no_split_from_being_compared(make: Make) -> None:
    out = make(methods={"baseline": {}, "oversampling": {}, "double": {"control": True}})
    interrupt(out, "double/seed-2")
    report = collect(out)
    assert len(report.experiment.splits) == 3
    assert {m.name for m in report.methods} == {"baseline", "oversampling"}
    assert "without double, which did not finish all of these" in report.warnings[0]


@pytest.mark.parametrize(
    ("command", "finishes"),
    [
        ("counterpoise compare x --budget 90s", "`counterpoise compare x --race` finishes them"),
        (
            "counterpoise compare x --budget=90s --no-race",
            "`counterpoise compare x --no-race` finishes them",
        ),
        ("f(x)", "the same call of compare with a larger budget finishes them"),
    ],
)
def test_what_a_budget_left_out_and_what_finishes_it(
    command: str, finishes: str, make: Make
) -> None:
    out = make(methods=METHODS, experiment={"command": command})
    interrupt(out, "weighted/seed-2")
    record = TimeRecord(question="x", budget=90.0, used=90.0, ended=True)
    (out / "time.json").write_text(record.text())
    assert collect(out).warnings[0] == (
        f"the budget of 1m30s left out 1 of 9 runs. These results are of seed-0, seed-1; {finishes}"
    )
    (out / "time.json").write_text(record.model_copy(update={"ended": False}).text())
    assert collect(out).warnings[0].startswith("interrupted: 1 of 9")


def test_where_all_others_left_the_advice_says_so(make: Make) -> None:
    out = make(methods=METHODS)
    part = LeftPart(after=2, leader="baseline", difference=-0.25, interval=(-0.5, -0.125))
    record = RaceRecord(
        question="x", splits=3, decided=2, left={"weighted": part, "oversampling": part}
    )
    (out / "race.json").write_text(record.text())
    said = " ".join(collect(out).advice)
    assert "Keep the baseline: the others left the race, below it on validation" in said


def test_worse_is_said_of_those_that_stayed(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 0.2}, "oversampling": {"skill": 4.0}, "weighted": {}})
    leave(out)
    report = collect(out)
    assert "On test every other method that stayed in the race is worse." in " ".join(report.advice)
    assert report.verdict.endswith("on test every other method that stayed in the race is worse.")


def test_a_budget_that_ended_before_any_run_says_what_goes_on(make: Make) -> None:
    out = make(
        methods=("baseline",),
        splits=("seed-0",),
        experiment={"command": "counterpoise compare x --budget 1m"},
    )
    interrupt(out, "baseline/seed-0")
    record = TimeRecord(question="x", budget=60.0, used=60.0, ended=True)
    (out / "time.json").write_text(record.text())
    with pytest.raises(DataError) as caught:
        collect(out)
    assert str(caught.value).endswith(
        "so there is nothing to report at the end of the budget of 1m; "
        "`counterpoise compare x --race` finishes them"
    )
    (out / "time.json").write_text(record.model_copy(update={"enough": 200.0}).text())
    with pytest.raises(DataError) as caught:
        collect(out)
    assert str(caught.value).endswith(
        "at the end of the budget of 1m; `counterpoise compare x --budget 5m` is about enough for "
        "all (as estimated), and without a budget `counterpoise compare x --race` finishes them"
    )
