"""Two methods as one: each axis by the method that changes it."""

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import load_methods


def crossed(*parts: str, settings=None):
    (recipe,) = load_methods(["both"], {}, settings or {}, crossed={"both": parts})
    return recipe


def test_each_axis_is_that_of_the_method_which_changes_it() -> None:
    both = crossed("oversampling", "focal")
    (stage,) = both.stages
    (focal,) = load_methods(["focal"], {}, {})
    (over,) = load_methods(["oversampling"], {}, {})
    assert stage.loss == focal.stages[0].loss
    assert stage.sampler == over.stages[0].sampler
    assert both.title == f"{over.title}, {focal.title}"


def test_what_is_put_over_is_in_every_stage() -> None:
    both = crossed("tlc-no-sampling", "cot")
    (plain,) = load_methods(["tlc-no-sampling"], {}, {})
    assert [stage.step.name for stage in both.stages] == ["Complement"] * 2
    assert [stage.sampler for stage in both.stages] == [stage.sampler for stage in plain.stages]
    assert [stage.optimizer for stage in both.stages] == [stage.optimizer for stage in plain.stages]
    (shipped,) = load_methods(["tlc-cot"], {}, {})
    assert crossed("tlc", "cot").stages == shipped.stages


def test_settings_reach_it_by_its_name() -> None:
    both = crossed("oversampling", "focal", settings={"both.ratio": 10})
    assert both.stages[0].sampler.parameters["ratio"] == 10


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("focal", "ldam"), "both have their own loss"),
        (("focal", "two-phase-over"), "only a method of one stage goes over another; got 2"),
        (("focal", "no-such"), "no-such"),
    ],
)
def test_what_cannot_be_crossed_is_refused(parts, said) -> None:
    with pytest.raises((RecipeError, FileNotFoundError), match=said):
        crossed(*parts)
