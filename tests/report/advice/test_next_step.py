"""What is asked for next, with its numbers."""

from collections.abc import Callable
from pathlib import Path

from counterpoise.report import collect
from counterpoise.report.advice.next_step import more_data, more_of_class, more_rounds

Make = Callable[..., Path]
OWN = {"profile": "none", "command": "counterpoise compare plants"}


def test_folds_test_what_is_now_in_other_parts(make: Make) -> None:
    out = make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=OWN)
    experiment = collect(out).experiment
    assert (
        more_of_class(experiment, 2) == "--folds 5, which tests all 13 samples of 'class 2', not 3"
    )
    assert more_of_class(experiment, 0) is None
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "--folds 5, which tests on all 497 samples, not 91 (a difference of .020 shows with "
        "about 364)"
    )


def test_folds_themselves_need_more_samples(make: Make) -> None:
    splits = ("fold-0", "fold-1", "fold-2")
    experiment = collect(make(splits=splits, per_class=(80, 8, 1), experiment=OWN)).experiment
    assert more_of_class(experiment, 2) == (
        "collect 8 more of 'class 2', whose recall moves in steps of .33"
    )
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "a difference of .020 shows with about 1,068 test samples"
    )


def test_under_a_profile_seeds_are_what_there_is(make: Make) -> None:
    experiment = collect(make(per_class=(80, 8, 3))).experiment
    assert more_of_class(experiment, 2) == "get 8 more test samples of 'class 2'"
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "--seeds 12, at best enough for a difference of .020, as the test set stays the same"
    )
    assert more_data(experiment, 0.006, (-0.019, 0.031)) == (
        "a difference of .006 shows with about 1,638 test samples"
    )
    assert more_data(experiment, 0.001, (-0.02, 0.022)) is None


def test_folds_never_test_on_a_test_part_of_the_sets_own(make: Make) -> None:
    own = {**OWN, "own_parts": ["validation", "test"]}
    out = make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=own)
    experiment = collect(out).experiment
    assert more_of_class(experiment, 2) == "get 8 more test samples of 'class 2'"
    said = more_data(experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert said.startswith("--seeds 12, at best enough")


def test_a_validation_part_of_the_sets_own_is_not_counted(make: Make) -> None:
    own = {**OWN, "own_parts": ["validation"]}
    experiment = collect(make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=own)).experiment
    assert (
        more_of_class(experiment, 2) == "--folds 5, which tests all 12 samples of 'class 2', not 3"
    )
    said = more_data(experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert "tests on all 430 samples, not 91" in said


def test_no_more_folds_than_the_smallest_class_has_samples(make: Make) -> None:
    out = make(counts=(300, 30, 2), per_class=(80, 8, 1), experiment=OWN)  # 1 in validation
    said = more_data(collect(out).experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert said.startswith("--folds 4, which tests on all ")
    out = make(counts=(300, 30, 1), per_class=(80, 8, 0), experiment=OWN)
    said = more_data(collect(out).experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert "--folds" not in said


def test_options_are_named_as_they_are_written(make: Make) -> None:
    typed = collect(make(rounds=10)).experiment
    assert more_rounds(typed) == "run it again with --rounds 40"
    called = collect(make(experiment={"command": "counterpoise.compare('x')"})).experiment
    assert more_rounds(called) == "run it again with rounds=20"
