"""What is asked for next, with its numbers."""

from collections.abc import Callable
from pathlib import Path

from counterpoise.report import collect
from counterpoise.report.advice.next_step import fine_tuning, more_data, more_of_class, more_rounds

Make = Callable[..., Path]
OWN = {"profile": "none", "command": "counterpoise compare plants"}


def test_folds_test_what_is_now_in_other_parts(make: Make) -> None:
    out = make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=OWN)
    experiment = collect(out).experiment
    assert (
        more_of_class(experiment, 2)
        == "`counterpoise compare plants --folds 5` tests all 13 samples of 'class 2', not 3"
    )
    assert more_of_class(experiment, 0) is None
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "`counterpoise compare plants --folds 5` tests on all 497 samples, not 91 (a difference of "
        ".020 shows with about 364)"
    )


def test_folds_themselves_need_more_samples(make: Make) -> None:
    splits = ("fold-0", "fold-1", "fold-2")
    experiment = collect(make(splits=splits, per_class=(80, 8, 1), experiment=OWN)).experiment
    assert more_of_class(experiment, 2) == (
        "collect 8 more of 'class 2', whose recall on test moves in steps of .33"
    )
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "a difference of .020 shows with about 1,068 test samples, not 267"
    )


def test_under_a_profile_seeds_are_what_there_is(make: Make) -> None:
    experiment = collect(make(per_class=(80, 8, 3))).experiment
    assert more_of_class(experiment, 2) == "get 8 more test samples of 'class 2'"
    assert more_data(experiment, 0.02, (-0.02, 0.06)) == (
        "`counterpoise compare synthetic --seeds 12` is at best enough for a difference of .020, "
        "as the test set stays the same"
    )
    assert more_data(experiment, 0.006, (-0.019, 0.031)) == (
        "a difference of .006 shows with about 1,638 test samples, not 91"
    )
    assert more_data(experiment, 0.001, (-0.02, 0.022)) is None


def test_folds_never_test_on_a_test_part_of_the_sets_own(make: Make) -> None:
    own = {**OWN, "own_parts": ["validation", "test"]}
    out = make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=own)
    experiment = collect(out).experiment
    assert more_of_class(experiment, 2) == "get 8 more test samples of 'class 2'"
    said = more_data(experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert said.startswith("`counterpoise compare plants --seeds 12` is at best enough")


def test_a_validation_part_of_the_sets_own_is_not_counted(make: Make) -> None:
    own = {**OWN, "own_parts": ["validation"]}
    experiment = collect(make(counts=(300, 30, 9), per_class=(80, 8, 3), experiment=own)).experiment
    assert (
        more_of_class(experiment, 2)
        == "`counterpoise compare plants --folds 5` tests all 12 samples of 'class 2', not 3"
    )
    said = more_data(experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert "tests on all 430 samples, not 91" in said


def test_no_more_folds_than_the_smallest_class_has_samples(make: Make) -> None:
    out = make(counts=(300, 30, 2), per_class=(80, 8, 1), experiment=OWN)  # 1 in validation
    said = more_data(collect(out).experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert said.startswith("`counterpoise compare plants --folds 4` tests on all ")
    out = make(counts=(300, 30, 1), per_class=(80, 8, 0), experiment=OWN)
    said = more_data(collect(out).experiment, 0.02, (-0.02, 0.06))
    assert said is not None
    assert "--folds" not in said


def test_options_are_named_as_they_are_written(make: Make) -> None:
    typed = collect(make(rounds=10)).experiment
    assert more_rounds(typed) == "`counterpoise compare synthetic --rounds 40` trains longer"
    called = collect(make(experiment={"command": "counterpoise.compare('x')"})).experiment
    assert more_rounds(called) == "`rounds=20` trains longer"


def test_too_few_in_all_are_tested_by_folds_and_collected(make: Make) -> None:
    out = make(counts=(300, 30, 4), per_class=(80, 8, 2), experiment=OWN)
    assert more_of_class(collect(out).experiment, 2) == (
        "`counterpoise compare plants --folds 5` tests all 7 samples of 'class 2', not 2; collect "
        "4 more"
    )


def test_fine_tuning_follows_heads_on_features_of_a_whole_backbone(make: Make) -> None:
    model = "linear (99 parameters) on frozen features of mobilenet_v2, at 224 x 224"
    own = {**OWN, "model": model, "command": "counterpoise compare plants --frozen"}
    experiment = collect(make(counts=(3000, 30, 9), experiment=own)).experiment
    # .165 s x 3039 images x 2 methods x 3 seeds / 2 cores
    assert fine_tuning(experiment, whole=False) == "`--fine-tune` (about 25 min) may help"
    assert fine_tuning(experiment, whole=True) == (
        "`counterpoise compare plants --fine-tune` (about 25 min) may help"
    )
    slow = collect(make(counts=(3000, 30, 9), experiment={**own, "image_seconds": 0.1})).experiment
    # 6.3 x .1 s, as features took nearly four times as long on that machine
    assert fine_tuning(slow, whole=False) == "`--fine-tune` (about 96 min) may help"
    half = {**own, "model": "last-half:mobilenet_v2 on frozen features of the first half of it"}
    assert fine_tuning(collect(make(experiment=half)).experiment, whole=True) is None
    assert fine_tuning(collect(make()).experiment, whole=True) is None
