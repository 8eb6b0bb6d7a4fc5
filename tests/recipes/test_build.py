"""Recipe to objects: what is given by name, what is refused, and what a stage begins with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from counterpoise.counts import ClassCounts
from counterpoise.errors import RecipeError
from counterpoise.heads import Cosine
from counterpoise.models.classifier import Classifier
from counterpoise.recipes import build
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Component, Recipe, Value
from counterpoise.resamplers import SMOTE, ImbalancedLearn

COUNTS = ClassCounts((30, 20, 10))
LABELS = np.repeat([0, 1, 2], COUNTS.values)


def resolved(method: str) -> Recipe:
    (recipe,) = load_methods([method], {"train": {"rounds": 4}}, {})
    return resolve(recipe, "vector", (4,), 60)


def given(recipe: Recipe, number: int = 0) -> build.Given:
    return build.given(recipe, number, COUNTS, LABELS, 0)


def test_constructors_are_given_what_they_ask_for_by_name() -> None:
    recipe = resolved("iwce")
    model = build.build_model(recipe, (4,), 3, 0)
    pieces = build.build_pieces(recipe, recipe.stages[0], model, given(recipe))
    weights = pieces.criterion.weights
    assert weights is not None
    weights.set_epoch(3)  # of 4 rounds: the rarest class weighs most
    assert weights.weights(torch.arange(3), torch.ones(3)).argmax() == 2
    assert len(pieces.sampler) == 60
    assert [len(optimizer.param_groups) for optimizer in pieces.optimizers] == [1]


def test_a_model_is_that_of_its_seed_and_leaves_the_global_generator_alone() -> None:
    recipe = resolved("baseline")
    before = torch.get_rng_state()
    first, again, other = (build.build_model(recipe, (4,), 3, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    states = [
        torch.cat([p.flatten() for p in model.parameters()]) for model in (first, again, other)
    ]
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_a_stage_exchanges_the_head_and_keeps_what_it_learned() -> None:
    recipe = resolved("lws")
    learned = build.model_at(recipe, 0, (4,), 3, 0).state_dict()
    model = build.model_at(recipe, 1, (4,), 3, 0, learned=learned)
    assert type(model.head).__name__ == "LearnableScale"
    assert torch.equal(model.head.weight, learned["head.weight"])
    fresh = build.model_at(resolved("crt"), 1, (4,), 3, 0, learned=learned)
    assert not torch.equal(fresh.head.weight, learned["head.weight"])


def test_a_head_that_is_kept_is_that_of_the_weights(tmp_path: Path) -> None:
    def begun(method: str, number: int, **model: Value) -> Classifier:
        settings = {"model": {"name": "mlp", "weights": str(file), **model}}
        (recipe,) = load_methods([method], {"train": {"rounds": 4}, **settings}, {})
        return build.model_at(resolve(recipe, "vector", (4,), 60), number, (4,), 3, 0)

    learned = build.build_model(resolved("baseline"), (4,), 3, 5)
    file = tmp_path / "w.safetensors"
    save_file(learned.state_dict(), file)
    kept, anew = begun("baseline", 0, keep_head=True), begun("baseline", 0)
    assert torch.equal(kept.backbone(torch.ones(1, 4)), anew.backbone(torch.ones(1, 4)))
    assert torch.equal(kept.head.weight, learned.head.weight)
    assert not torch.equal(anew.head.weight, learned.head.weight)
    assert kept.spec is not None
    assert anew.spec is not None
    assert kept.spec.options == anew.spec.options, "it says nothing of how the model is made"
    reset = begun("crt", 1, keep_head=True)  # a stage that begins its head anew does so
    assert not torch.equal(reset.head.weight, learned.head.weight)


def test_the_recipes_head() -> None:
    assert isinstance(build.build_model(resolved("cosine"), (4,), 3, 0).head, Cosine)


def test_what_a_constructor_refuses_names_the_piece() -> None:
    recipe = resolved("oversampling")
    stage = replace(recipe.stages[0], sampler=Component("RandomOver", {"ratio": "x"}))
    with pytest.raises(RecipeError, match=r"samplers\.RandomOver: "):
        build.build_sampler(stage, given(recipe))
    stage = replace(recipe.stages[0], train=("nothing.*",))
    with pytest.raises(RecipeError, match=r"trains 'nothing.\*', which matches no parameter"):
        build.build_pieces(recipe, stage, build.build_model(recipe, (4,), 3, 0), given(recipe))


def test_a_resampler_is_ours_or_one_of_imbalanced_learn() -> None:
    ours = build.build_resampler(Component("SMOTE", {"k_neighbors": 2}), 7)
    assert isinstance(ours, SMOTE)
    assert (ours.k_neighbors, ours.random_state) == (2, 7)
    parameters = {"n_neighbors": 2, "sampling_strategy": "all"}
    theirs = build.build_resampler(Component("imblearn:ADASYN", parameters), 7)
    assert isinstance(theirs, ImbalancedLearn)
    assert (theirs.name, theirs.sampling_strategy) == ("imblearn:ADASYN", "all")
    assert theirs.options == {"n_neighbors": 2}


def test_the_prior_that_a_loss_sees_is_of_draws_times_weights() -> None:
    for method, expected in (
        ("baseline", [1 / 2, 1 / 3, 1 / 6]),
        ("oversampling", [1 / 3] * 3),
        ("weighted", [1 / 3] * 3),
    ):
        recipe = resolved(method)
        assert build.seen_prior(recipe.stages[0], given(recipe)) == pytest.approx(expected)
    driven = resolved("f1-driven")
    drawn = [0.5, 0.25, 0.25]
    assert build.seen_prior(driven.stages[0], given(driven), drawn) == pytest.approx(drawn)


def test_the_scores_of_the_last_loss() -> None:
    assert build.loss_scores(resolved("baseline")) == "logits"
    assert build.loss_scores(resolved("cnusvm")) == "margins"
