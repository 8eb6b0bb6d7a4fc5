"""What a reader must know before believing the table is said, and said once."""

from collections.abc import Callable
from pathlib import Path

from counterpoise.report import MethodResult, Report, collect

Make = Callable[..., Path]


def named(report: Report, name: str) -> MethodResult:
    return next(m for m in report.methods if m.name == name)


def test_few_validation_samples_are_said_in_words_once(make: Make) -> None:
    note = "class 'class 2': 2 validation samples: recall moves in steps of .50; use --folds 5"
    test = "class 'class 2': 20 test samples: recall moves in steps of .05; use --folds 5"
    report = collect(make(counts=[200, 200, 13], experiment={"notes": [note, test, "kept"]}))
    few = [w for w in report.warnings if "validation samples" in w]
    assert few == [
        "1 of 3 classes has under 30 validation samples (fewest: class 'class 2' with 2, and 20 "
        "on test: on validation its recall moves in steps of .50), so the ranking is coarse; with "
        "so few, --folds 5 tests on every sample once"
    ]
    assert "kept" in report.warnings
    assert not any(" test samples" in w for w in report.warnings), "a second time"


def test_a_note_with_a_mark_is_shown_with_one(make: Make) -> None:
    report = collect(make(experiment={"notes": ["! 1 sample has copies under another label"]}))
    assert "1 sample has copies under another label" in report.warnings
    assert "! !" not in str(report)


def test_where_only_test_samples_are_few_that_is_said(make: Make) -> None:
    note = "class 'class 2': 20 test samples: recall moves in steps of .05"
    assert note in collect(make(counts=[200] * 3, experiment={"notes": [note]})).warnings


def test_equal_on_validation_is_said_with_what_decided(make: Make) -> None:
    methods = {name: {"skill": 9.0, "seconds": s} for name, s in (("baseline", 9), ("a", 5))}
    said = collect(make(methods=methods)).warnings
    assert "equal on validation: baseline, a; the baseline is taken" in said
    methods = {name: {"skill": 9.0, "seconds": s} for name, s in (("b", 9), ("a", 5))}
    assert (
        "equal on validation: a, b; the cheapest is taken"
        in collect(make(methods=methods)).warnings
    )
    methods = {"baseline": {"skill": 1.0}, "a": {"skill": 3.0}}
    assert not any("equal on" in w for w in collect(make(methods=methods)).warnings)


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
