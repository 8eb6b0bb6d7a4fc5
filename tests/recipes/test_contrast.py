"""Which recipes hold a contrast set out, and how much of each class."""

from dataclasses import replace

from counterpoise.recipes.contrast import ContrastRule, contrast_rule, watches
from counterpoise.recipes.load import load_methods


def test_a_sampler_that_watches_has_a_tenth_of_each_class_held_out() -> None:
    plain, driven = load_methods(["baseline", "f1-driven"], {}, {})
    assert contrast_rule(plain) is None
    assert contrast_rule(driven) == ContrastRule(0.1, "stratified")
    assert [watches(stage) for stage in (*plain.stages, *driven.stages)] == [False, True]


def test_it_is_held_out_of_the_stages_before_too() -> None:
    (tlc,) = load_methods(["tlc"], {}, {})
    assert [watches(stage) for stage in tlc.stages].count(True) >= 1
    assert contrast_rule(tlc) is not None


def test_the_kind_is_that_of_the_stage() -> None:
    (driven,) = load_methods(["f1-driven"], {}, {})
    balanced = replace(driven, stages=(replace(driven.stages[0], contrast="balanced"),))
    assert contrast_rule(balanced) == ContrastRule(0.1, "balanced")
