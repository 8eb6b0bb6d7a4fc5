"""What a paper has exactly, beside what ships; every difference between them is said."""

import re
from pathlib import Path

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.errors import RecipeError
from counterpoise.recipes import build
from counterpoise.recipes.load import expand, load_methods
from counterpoise.recipes.published import PUBLISHED, published, settings_apart
from counterpoise.recipes.resolve import resolve, stage_rounds
from counterpoise.recipes.shipped import differences, method_names, method_text

SHIPPED = {name.removesuffix(PUBLISHED): name for name in published()}
PAIRS = [name for name in SHIPPED if name in method_names()]
# how the source of a method names the five papers; their comparators name them, too
PAPERS = ("CNUSVM", "Buda et al. 2018", "IWCE", "TLC", "Huang, Song, Lu")


def source(name: str) -> str:
    """Of a shipped method, as its header has it; empty where it has none."""
    found = re.search(r"^# Paper: (.*)  Cost:", method_text(name), re.MULTILINE)
    return "" if found is None else found[1]


OF_FIVE = [name for name in method_names() if any(paper in source(name) for paper in PAPERS)]


def test_papers_have_methods_of_their_own() -> None:
    assert {path.parts[-3] for path in published().values()} == {"cnusvm2015", "tlc2023"}
    assert {"tlc", "tlc-cot", "cnusvm", "cnsvm", "f1-driven"} <= set(PAIRS)


@pytest.mark.parametrize("name", PAIRS)
def test_a_shipped_method_says_each_setting_in_which_it_differs(name: str) -> None:
    """Both ways: nothing that differs is silent, and nothing is said that does not differ."""
    shipped, exact = load_methods([name, SHIPPED[name]], {}, {})
    apart = settings_apart(shipped, exact)
    assert apart
    said = {key for key in differences(name) if "." in key}  # the others are no settings
    assert said == set(apart)


def test_methods_of_the_five_papers_are_found_by_their_source() -> None:
    assert {"baseline", "cnusvm", "hog-nn", "weighted", "iwce", "tlc-plain", "cot"} <= {*OF_FIVE}
    assert {"le", "le-magnitude", "densenet121-ce", "balanced-same-size"} <= {*OF_FIVE}
    assert not {"ldam", "mixup", "la", "tau-norm"} & {*OF_FIVE}


@pytest.mark.parametrize("name", OF_FIVE)
def test_what_differs_is_said_in_a_line_each(name: str) -> None:
    """Every method that names one of the five papers says where it is not as it has it."""
    found = differences(name)
    assert found
    for words in found.values():
        assert words.strip() == words != ""
        assert "\n" not in words
        assert not words.endswith(".")


@pytest.mark.parametrize("name", [*method_names(), *published()])
def test_a_method_inherits_nothing_that_is_said_of_its_base(name: str) -> None:
    if "[differs]" not in method_text(name):
        assert differences(name) == {}


@pytest.mark.parametrize("name", published())
def test_a_published_method_can_be_built_and_says_its_paper(name: str) -> None:
    (recipe,) = load_methods([name], {}, {})
    header = " ".join(re.findall(r"^#.*", method_text(name), re.MULTILINE))
    assert "Paper:" in header
    assert "Run: counterpoise" in header
    resolved = resolve(recipe, "image", (3, 64, 64), 640)
    counts = ClassCounts((400, 240))
    labels = np.repeat([0, 1], [400, 240])
    for number in range(len(resolved.stages)):
        given = build.given(resolved, number, counts, labels, seed=0)
        build.try_stage(resolved, number, (3, 64, 64), given)


@pytest.mark.parametrize("name", ["tlc", "tlc-cot", "tlc-fl", "tlc-no-sampling"])
def test_tlc_as_published_is_ten_epochs_and_two_hundred(name: str) -> None:
    (recipe,) = load_methods([f"{name}{PUBLISHED}"], {}, {})
    assert [stage_rounds(recipe, stage) for stage in recipe.stages] == [10, 200]
    assert recipe.stages[0].sampler.name == "Shuffled", "the warm-up draws the data as they come"
    assert recipe.optimizer.parameters["lr"] == 6e-4
    assert recipe.schedule.name == "constant"


def test_every_tlc_goes_by_the_f1_of_equation_3() -> None:
    names = [n for n in (*method_names(), *published()) if n.startswith("tlc")]
    for recipe in load_methods(names, {}, {}):
        floor = 0.0 if recipe.name.endswith(PUBLISHED) else 0.1  # a class is not forgotten
        for stage in recipe.stages:
            if stage.sampler.name == "F1Driven":
                assert stage.sampler.parameters == {"floor": floor, "prior": "as_is"}
                assert stage.name == "fine-tune"


def test_methods_of_one_comparison_clip_alike() -> None:
    usual = {r.train.clip_norm for r in load_methods(method_names(), {}, {})}
    on_features = {
        r.train.clip_norm for r in load_methods(["weighted", "la"], {}, {}, features=True)
    }
    assert usual == {2.0}
    assert on_features == {0.0}


def test_published_methods_are_named_like_any_and_are_not_of_all(tmp_path: Path) -> None:
    assert expand("cnusvm-as-published") == ("cnusvm-as-published",)
    assert not set(expand("all")) & set(published())
    with pytest.raises(RecipeError, match="did you mean 'tlc-as-published'"):
        expand("tlc-as-publishd")
    settings = {"cnusvm-as-published.tau_minority": 0.4, "cnusvm-as-published.tau_majority": 6}
    (recipe,) = load_methods(["cnusvm-as-published"], {}, settings)
    assert recipe.stages[0].loss.parameters == {"tau_minority": 0.4, "tau_majority": 6}
    own = tmp_path / "mine.toml"
    own.write_text('base = "cnusvm-as-published"\n')
    (mine,) = load_methods([str(own)], {}, {})
    assert mine.train.batch_size == 1
    clash = tmp_path / "cnusvm-as-published.toml"
    clash.write_text('base = "cnusvm"\n')
    with pytest.raises(RecipeError, match="named as the shipped method"):
        expand(str(clash))
