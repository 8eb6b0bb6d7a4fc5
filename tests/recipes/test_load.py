"""Recipes: inheritance, settings, every fault at once, and a text that loads to the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import expand, load_file, load_methods
from counterpoise.recipes.schema import Component, Recipe
from counterpoise.recipes.shipped import CLASSIC, method_names, method_text
from counterpoise.recipes.toml import dumps


def one(name: str, **settings: str) -> Recipe:
    return load_methods([name], {}, {k.replace("__", "."): v for k, v in settings.items()})[0]


@pytest.mark.parametrize("name", method_names())
def test_every_method_loads_and_its_header_says_paper_cost_and_command(name: str) -> None:
    recipe = one(name)
    assert recipe.name == name
    assert recipe.stages
    header = [line for line in method_text(name).splitlines() if line.startswith("#")]
    text = " ".join(header)
    assert "Cost:" in text
    assert "Run: counterpoise compare" in text
    assert name == "double-updates" or "Paper:" in text


def test_a_method_changes_only_what_makes_it_that_method() -> None:
    base, weighted = one("baseline"), one("weighted")
    assert weighted.stages[0].weights is not None
    assert weighted.stages[0].weights.name == "Balanced"
    assert weighted.stages[0].sampler == base.stages[0].sampler
    assert weighted.optimizer == base.optimizer


def test_phase_one_of_two_phase_is_oversampling() -> None:
    two, over = one("two-phase-over"), one("oversampling")
    assert two.stages[0].as_dict() == over.stages[0].as_dict()
    assert two.stages[1].train == ("@output",)
    assert two.stages[1].lr_scale == 0.1
    assert two.stages[1].sampler.name == "Shuffled"


def test_controls_are_off_by_default() -> None:
    assert expand(None) == CLASSIC
    assert len(CLASSIC) == 9
    assert not {"double-updates", "balanced-same-size"} & set(expand("all"))
    assert expand("baseline,double-updates") == ("baseline", "double-updates")


def test_unknown_methods_are_named_all_at_once_with_the_near_name() -> None:
    with pytest.raises(RecipeError) as caught:
        expand("oversampel,baseline,wieghted")
    assert caught.value.faults == (
        "unknown method 'oversampel'; did you mean 'oversampling'?",
        "unknown method 'wieghted'; did you mean 'weighted'?",
    )


def test_a_setting_reaches_one_method_or_all_of_them() -> None:
    recipes = load_methods(
        ["baseline", "oversampling"], {}, {"oversampling.ratio": 10, "optimizer.lr": 0.05}
    )
    assert recipes[1].stages[0].sampler.parameters == {"ratio": 10}
    assert all(recipe.optimizer.parameters["lr"] == 0.05 for recipe in recipes)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("oversampling.ration", "no parameter 'ration'; did you mean 'ratio'"),
        ("weighted.max_weight", "'weighted' is not among those compared"),
        ("optimzer.lr", "'optimzer' is neither; did you mean 'optimizer'"),
        ("optimizer.momentun", "has no 'momentun'; did you mean 'momentum'"),
        ("train.batchsize", "unknown key 'train.batchsize'; did you mean 'batch_size'"),
        ("train.batch_size", "train.batch_size is a whole number; got 'x'"),
        ("train.rounds", "train.rounds is a whole number; got 'x'"),
        ("train.checkpoint", "train.checkpoint is 'last' or 'best'; got 'x'"),
        ("schedule.name", "unknown schedule 'x'"),
        ("train.precision", "unknown train.precision 'x'"),
        ("train.preprocess", "unknown train.preprocess 'x'"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(key: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        load_methods(["baseline", "oversampling"], {}, {key: "x"})


def test_a_head_is_kept_of_a_file_of_weights_alone() -> None:
    with pytest.raises(RecipeError, match="keep_head begins with the head of model"):
        load_methods(["baseline"], {"model": {"name": "mlp", "keep_head": True}}, {})
    with pytest.raises(RecipeError, match="keep_head is true or false; got 1"):
        load_methods(["baseline"], {"model": {"name": "mlp", "keep_head": 1}}, {})


def test_negative_and_zero_sizes_are_refused() -> None:
    with pytest.raises(RecipeError, match="batch_size is at least 1"):
        one("baseline", train__batch_size=0)
    with pytest.raises(RecipeError, match="rounds is not negative"):
        one("baseline", train__rounds=-1)


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        titel = "x"
        posthoc = [{ name = "PriorTreshold" }]
        [optimizer]
        name = "SDG"
        [[stages]]
        loss = { name = "CrossEntropi" }
        sampler = { name = "RandomOver", ratoi = 2, seed = 3 }
        lr_scale = -1
        """
    )
    with pytest.raises(RecipeError) as caught:
        load_file(path)
    text = str(caught.value)
    for said in (
        "unknown key 'titel'; did you mean 'title'",
        "'PriorTreshold' in posthoc; did you mean 'PriorThreshold'",
        "unknown optimizer 'SDG'; did you mean 'SGD'",
        "'CrossEntropi' in losses; did you mean 'CrossEntropy'",
        "no parameter 'ratoi'; did you mean 'ratio'",
        "no parameter 'seed'",
        "lr_scale is a positive number; got -1",
    ):
        assert said in text


def test_the_name_that_a_sampler_had_is_refused_with_the_one_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[stages]]\nsampler = { name = "SquareRoot" }\n')
    with pytest.raises(RecipeError, match="'SquareRoot' in samplers; did you mean 'SquareRootSam"):
        load_file(path)
    path.write_text('[[stages]]\nweights = { name = "SquareRoot" }\n')
    assert load_file(path).stages[0].weights.name == "SquareRoot"


def test_stages_that_cannot_work_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [[stages]]
        augment = [{ name = "Mixup" }, { name = "Flip" }]
        reset_head = "yes"
        rounds_scale = 0
        """
    )
    with pytest.raises(RecipeError) as caught:
        load_file(path)
    text = str(caught.value)
    assert "Mixup mixes labels, so Flip cannot follow it" in text
    assert "reset_head is true or false; got 'yes'" in text
    assert "rounds_scale is a positive number; got 0" in text


def test_a_file_without_stages_with_a_wrong_base_or_that_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("title = 'x'")
    with pytest.raises(RecipeError, match="at least one"):
        load_file(path)
    path.write_text("base = 'overs'")
    with pytest.raises(RecipeError, match="base 'overs' is not a method"):
        load_file(path)
    path.write_text("title = ")
    with pytest.raises(RecipeError, match="is not TOML"):
        load_file(path)
    with pytest.raises(RecipeError, match="cannot read recipe"):
        load_file(tmp_path / "absent.toml")


def test_on_features_a_method_searches_its_weight_decay_and_is_else_what_it_is() -> None:
    usual = load_methods(["baseline", "weighted", "cnusvm-search"], {}, {})
    base, weighted, own = load_methods(
        ["baseline", "weighted", "cnusvm-search"], {}, {}, features=True
    )
    assert base.model.name == "linear"
    assert base.search == weighted.search
    assert base.search is not None
    assert {*base.search.points[0]} == {"optimizer.weight_decay"}
    assert len(base.search.points) == 4
    assert own.search == usual[2].search
    assert [recipe.stages for recipe in (base, weighted, own)] == [r.stages for r in usual]
    assert usual[0].search is None


def test_a_weight_decay_that_is_given_ends_the_search_of_those_that_it_is_given() -> None:
    def loaded(**settings: float) -> tuple[Recipe, ...]:
        given = {key.replace("__", "."): value for key, value in settings.items()}
        return load_methods(["baseline", "weighted"], {}, dict(given), features=True)

    base, weighted = loaded(baseline__optimizer__weight_decay=0.5)
    assert base.search is None
    assert base.optimizer.parameters["weight_decay"] == 0.5
    assert weighted.search is not None
    assert all(recipe.search is None for recipe in loaded(optimizer__weight_decay=0.5))


def test_trees_search_no_weight_decay_of_features() -> None:
    (trees,) = load_methods(["adaboost-tree"], {}, {}, features=True)
    assert trees.search is None
    assert trees.model.name == "trees"


def test_a_recipe_on_features_is_what_frozen_makes_of_it(tmp_path: Path) -> None:
    stage = '[[stages]]\nname = "train"\nloss.name = "Focal"\n'
    data = '[data]\ndataset = "digits"\nfeatures = { model = "mobilenet_v2" }\n'
    (tmp_path / "own").mkdir()
    own, run = tmp_path / "own" / "mine.toml", tmp_path / "mine.toml"
    own.write_text(f'title = "mine"\n[optimizer]\nlr = 0.02\n{stage}')
    run.write_text(f'title = "mine"\n{data}[optimizer]\nlr = 0.02\n{stage}')
    (compared,) = load_methods([str(own)], {}, {}, features=True)
    loaded = load_file(run)
    assert replace(loaded, data={}) == compared
    assert (loaded.model.name, loaded.train.updates_per_round) == ("linear", 50)
    assert loaded.search is not None
    # The file of its run says what was trained, weight decay included: nothing is searched again.
    trained = replace(loaded, search=None, train=replace(loaded.train, rounds=32))
    for again in (trained, replace(trained, optimizer=Component("SGD", {"lr": 0.1}))):
        run.write_text(dumps(again.as_dict(), again.title))
        assert load_file(run) == again
