"""What a reader must know before believing the table is said, and said once."""

from collections.abc import Callable
from pathlib import Path

from counterpoise.report import MethodResult, Report, collect

Make = Callable[..., Path]


def named(report: Report, name: str) -> MethodResult:
    return next(m for m in report.methods if m.name == name)


def test_few_validation_samples_are_said_in_words_once(make: Make) -> None:
    note = "class 'class 2': 2 validation samples: recall moves in steps of .50; use --folds 5"
    report = collect(make(counts=[200, 200, 13], experiment={"notes": [note, "kept"]}))
    few = [w for w in report.warnings if "validation samples" in w]
    assert few == [
        "1 of 3 classes have under 30 validation samples (fewest: class 'class 2' with 2: its "
        "recall moves in steps of .50), so the ranking is coarse; with so few, --folds 5 tests "
        "on every sample once"
    ]
    assert "kept" in report.warnings


def test_too_brief_trainings_are_said_and_notes_of_runs_are_left_to_their_rows(make: Make) -> None:
    methods = {"baseline": {}, "b": {"converged": False, "notes": ["selected on test: optimistic"]}}
    report = collect(make(methods=methods))
    assert named(report, "b").converged is False
    assert any(w.startswith("trained too briefly") and ": b;" in w for w in report.warnings)
    assert named(report, "b").notes == ("selected on test: optimistic",)
    assert not any("optimistic" in w for w in report.warnings)


def test_folds_are_no_way_around_a_test_part_of_the_sets_own(make: Make) -> None:
    warnings = collect(make(experiment={"own_parts": ["test"]})).warnings
    assert warnings[0].endswith("so the ranking is coarse")
