"""Methods that on fixed features train what another trains: the shorter one stays, aloud."""

from dataclasses import replace

import pytest

from counterpoise.experiments.same_head import without_doubles
from counterpoise.recipes.load import expand, load_methods
from counterpoise.recipes.schema import Component


def left(methods: str) -> tuple[list[str], list[str]]:
    recipes = load_methods(expand(methods), {}, {}, features=True)
    kept, notes = without_doubles(recipes)
    return [recipe.name for recipe in kept], notes


def test_two_phase_training_ends_in_the_head_of_the_baseline() -> None:
    kept, notes = left("classic")
    assert kept == [name for name in expand("classic") if not name.startswith("two-phase")]
    assert notes == [
        "left out, because on fixed features they train nearly the same head as another: "
        "two-phase-over, two-phase-under (as baseline)"
    ]


def test_of_all_methods_those_that_retrain_the_head_are_left_out() -> None:
    _, (note,) = left("all")
    assert "warm-up (as baseline)" in note
    assert "crt (as class-balanced-sampling)" in note
    assert "smote-features (as smote)" in note
    for other in ("lws", "tau-norm", "drs", "thresholding", "wce"):  # end elsewhere, or at once
        assert f" {other}" not in note


@pytest.mark.parametrize("methods", ["two-phase-over,oversampling", "crt,baseline", "baseline,cb"])
def test_without_the_method_that_it_equals_it_stays(methods: str) -> None:
    assert left(methods) == (methods.split(","), [])


def test_another_loss_in_the_last_stage_is_another_head() -> None:
    baseline, two = load_methods(["baseline", "two-phase-over"], {}, {}, features=True)
    last = replace(two.stages[-1], loss=Component("Focal"))
    other = replace(two, stages=(*two.stages[:-1], last))
    assert without_doubles([baseline, other])[0] == (baseline, other)
    assert without_doubles([two, baseline])[0] == (baseline,)


def test_an_end_that_depends_on_the_beginning_is_another_head() -> None:
    recipes = load_methods(["class-balanced-sampling", "crt"], {}, {}, features=True)
    (note,) = without_doubles(recipes)[1]
    assert "they train the same head as another: crt" in note
    curved = tuple(replace(r, head=Component("Cosine", {"scale": 30.0})) for r in recipes)
    assert without_doubles(curved) == (curved, [])


def test_a_last_stage_that_says_how_long_it_is_may_be_too_short_to_forget() -> None:
    baseline, two = load_methods(["baseline", "two-phase-over"], {}, {}, features=True)
    last = replace(two.stages[-1], updates=5)
    brief = replace(two, stages=(*two.stages[:-1], last))
    assert without_doubles([baseline, brief])[0] == (baseline, brief)
