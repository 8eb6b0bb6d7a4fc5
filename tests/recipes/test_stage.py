"""One set-up of a stage: what it trains on, what it is weighed by, and that all doors share it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from counterpoise import CounterpoiseClassifier
from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import RecipeError
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Component, Recipe
from counterpoise.recipes.stage import ReadyStage, Samples, set_up, watched
from counterpoise.train.frozen_features import HeadOnly
from counterpoise.train.loop import Loop

RANDOM = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [40, 15, 5])
VECTORS = (RANDOM.normal(size=(60, 4)) + LABELS[:, None]).astype(np.float32)
IMAGES = RANDOM.integers(0, 256, (60, 1, 8, 8), dtype=np.uint8)


def resolved(method: str, inputs: npt.NDArray[np.generic], **train: int) -> Recipe:
    length = {"rounds": 2, "batch_size": 16} | train
    (recipe,) = load_methods([method], {"train": length}, {})
    kind = "vector" if inputs.ndim == 2 else "image"
    return resolve(recipe, kind, inputs.shape[1:], len(inputs))


def samples(inputs: npt.NDArray[np.generic], **parts: object) -> Samples:
    counts = ClassCounts.from_labels(LABELS)
    given = {"train": np.arange(60), "evaluated": {"validation": np.arange(20)}} | parts
    preprocess = Preprocess.fit("standard", inputs)
    return Samples(inputs, LABELS, counts=counts, preprocess=preprocess, **given)


def ready(method: str, number: int = 0, inputs: npt.NDArray[np.generic] = VECTORS) -> ReadyStage:
    return set_up(resolved(method, inputs), number, samples(inputs), seed=0, device="cpu")


def test_a_plain_stage_draws_from_the_training_samples() -> None:
    stage = ready("baseline")
    assert np.array_equal(stage.labels, LABELS)
    assert len(stage.loop.training) == 60
    assert list(stage.loop.evaluations) == ["validation"]
    assert (stage.enlargement, stage.resampled) == (None, None)
    assert stage.loop.regime.rounds == 2
    assert stage.loop.regime.updates_per_round == 4  # ceil(60 / 16)


@pytest.mark.parametrize("method", ["smote", "hog-smote-rsb-nn"])
def test_a_resampled_stage_draws_from_what_was_made(method: str) -> None:
    inputs = VECTORS if method == "smote" else np.kron(IMAGES, np.ones((2, 2), dtype=np.uint8))
    stage = ready(method, inputs=inputs)
    assert stage.resampled is not None
    assert np.array_equal(stage.labels, stage.loop.training.target.numpy())
    assert np.bincount(stage.labels).tolist() == [40, 40, 40]
    assert isinstance(stage.loop.pieces.model, HeadOnly) is (method != "smote")
    drawn = torch.cat([stage.loop.pieces.sampler.take(16) for _ in range(16)])
    assert int(drawn.max()) >= 60
    # counts, and with them rounds and weights, stay those of the data
    assert stage.loop.regime.updates_per_round == 4


def test_an_enlarged_stage_draws_from_the_copies_too() -> None:
    stage = ready("tlc-offline", 1, IMAGES)
    assert stage.enlargement is not None
    copies = 1 + stage.enlargement.copies
    assert np.bincount(stage.labels).tolist() == [n * copies for n in np.bincount(LABELS)]


def test_only_a_sampler_that_watches_is_given_the_contrast_set() -> None:
    held = samples(VECTORS, train=np.arange(5, 60), contrast=np.arange(5))
    for method, parts in (("f1-driven", ["validation", "contrast"]), ("baseline", ["validation"])):
        stage = set_up(resolved(method, VECTORS), 0, held, seed=0, device="cpu")
        assert list(stage.loop.evaluations) == parts


def test_weights_come_with_the_samples_or_from_what_the_model_makes_of_them() -> None:
    own = RANDOM.uniform(size=60).astype(np.float32)
    stage = set_up(
        resolved("baseline", VECTORS), 0, samples(VECTORS, weight=own), seed=0, device="cpu"
    )
    assert stage.loop.training.weight is not None
    assert np.array_equal(stage.loop.training.weight.numpy(), own)
    doubled = set_up(
        resolved("baseline", VECTORS),
        0,
        samples(VECTORS),
        seed=0,
        device="cpu",
        weigh=lambda model, feed: torch.full((len(feed),), float(len(list(model.parameters())))),
    )
    assert doubled.loop.training.weight is not None
    assert doubled.loop.training.weight.tolist() == [len(list(doubled.model.parameters()))] * 60


def test_a_stage_begins_with_what_the_one_before_learned() -> None:
    first = ready("two-phase-over")
    first.loop.fit()
    recipe = resolved("two-phase-over", VECTORS)
    state = first.model.state_dict()
    second = set_up(recipe, 1, samples(VECTORS), seed=0, device="cpu", learned=state)
    for name, value in second.model.state_dict().items():
        assert torch.equal(value, state[name])


def test_features_that_move_are_not_resampled() -> None:
    recipe = resolved("smote-features", VECTORS)
    assert set_up(recipe, 1, samples(VECTORS), seed=0, device="cpu").resampled is not None
    drawing = replace(recipe, model=Component("mlp", {"hidden": [8, 8], "dropout": 0.5}))
    with pytest.raises(RecipeError, match="resamples features, which have to be fixed"):
        set_up(drawing, 1, samples(VECTORS), seed=0, device="cpu")


def test_all_of_validation_is_watched_where_it_chooses_the_round() -> None:
    recipe = resolved("baseline", VECTORS)
    labels = np.repeat([0, 1], [4000, 100])
    validation = np.arange(4100)
    assert len(watched(recipe, labels, validation, 1000)) < 200
    best = replace(recipe, train=replace(recipe.train, checkpoint="best"))
    assert watched(best, labels, validation, 1000) is validation


def test_the_estimator_trains_what_a_set_up_trains() -> None:
    model = CounterpoiseClassifier("two-phase-over", rounds=2, batch_size=16, random_state=0)
    model.fit(VECTORS, LABELS)
    recipe = resolved("two-phase-over", VECTORS)
    learned = None
    for number in range(2):
        stage = set_up(recipe, number, samples(VECTORS), seed=0, device="cpu", learned=learned)
        stage.loop.fit()
        learned = stage.model.state_dict()
    trained = model.predictor_.classifier.state_dict()
    assert learned is not None
    assert all(torch.equal(trained[name].float(), value) for name, value in learned.items())


class Killed(BaseException):
    """Stands for kill -9."""


def test_a_stage_with_its_own_batches_and_schedule_resumes_bit_for_bit(tmp_path: Path) -> None:
    recipe = resolved("two-phase-over", VECTORS)
    first, second = recipe.stages
    own = replace(
        second,
        batch_size=7,
        updates_per_round=4,
        updates=10,
        schedule=Component("exponential", {"gamma": 0.5}),
    )
    recipe = replace(recipe, stages=(first, own))

    def stage(name: str, stop: int = 0) -> ReadyStage:
        def die(loop: Loop) -> None:
            if loop.update == stop:
                raise Killed

        return set_up(
            recipe,
            1,
            samples(VECTORS),
            seed=0,
            device="cpu",
            checkpoint=tmp_path / name / "state.pt",
            checkpoint_every=0.0,
            on_update=die,
        )

    whole = stage("whole")
    history = whole.loop.fit()
    assert [done["updates"] for done in history] == [4, 8, 10]
    assert [done["lr"] for done in history] == pytest.approx([1e-3, 5e-4, 2.5e-4])
    assert whole.loop.regime.batch_size == 7
    with pytest.raises(Killed):
        stage("cut", 6).loop.fit()
    resumed = stage("cut")
    resumed.loop.fit()
    assert resumed.loop.history[-1]["updates"] == 10
    for mine, theirs in zip(
        resumed.model.state_dict().values(), whole.model.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs)
    losses = [[done["train_loss"] for done in one.loop.history] for one in (resumed, whole)]
    assert losses[0] == losses[1]


def test_training_sees_squares_and_mirrored_ones_and_the_rest_the_middle() -> None:
    plain = resolved("baseline", IMAGES, crop=6)
    whole = samples(IMAGES)
    given = replace(whole, preprocess=replace(whole.preprocess, crop=6))
    index = torch.arange(60)
    batches = []
    for mirror in (False, True):
        recipe = replace(plain, train=replace(plain.train, mirror=mirror))
        loop = set_up(recipe, 0, given, seed=0, device="cpu").loop
        batches.append(loop.drawn(index).inputs)
        (evaluated,) = loop.evaluations["validation"].batches(20)
        middle = whole.preprocess.apply(torch.from_numpy(IMAGES[:20, :, 1:7, 1:7].copy()))
        assert torch.equal(evaluated.inputs, middle)
    cut, mirrored = batches
    same = (cut == mirrored).flatten(1).all(1)
    assert 15 < same.sum() < 45
    assert torch.equal(cut.flip(-1)[~same], mirrored[~same])
