"""A task on another machine: what comes along is all it needs, and the numbers are the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from counterpoise import data
from counterpoise.experiments.decoded import store
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.engines.parcel import Parcel
from counterpoise.experiments.engines.remote import News, Shared, perform
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.experiments.split_files import write_splits
from counterpoise.experiments.tasks import Context, Outcome
from counterpoise.recipes.load import load_methods


class Mute:
    """An actor's handle that nobody listens to."""

    class say:  # noqa: N801
        @staticmethod
        def remote(*signs: object) -> None: ...


@pytest.fixture
def question(tmp_path: Path) -> tuple[Context, Work]:
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=10,mu=0.5"), seeds=[0])
    stored = store(dataset, tmp_path)
    context = Context(
        out=tmp_path,
        inputs=stored.inputs,
        labels=stored.labels,
        kind="image",
        classes=dataset.classes,
        splits=tmp_path / "splits",
        device="cpu",
        threads=1,
        select="balanced_accuracy",
        checkpoint_every=1e9,
        data_root=None,
    )
    write_splits(tmp_path, dataset, {"profile": splits})
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, {"seed-0": 0}, "cpu", 1)
    recipes = load_methods(["two-phase-over"], {}, {"model.name": "mlp", "train.rounds": 2})
    return context, plan(recipes, grid)


def test_the_parcels_of_a_chain_are_what_the_local_engine_writes(
    question: tuple[Context, Work], tmp_path: Path
) -> None:
    context, work = question
    shared = Shared.of(context)
    far = tmp_path / "far"
    made: list[Parcel] = []
    for stage in work.stages:
        made.append(perform(stage, shared, Mute(), *made[-1:]))
    (run,) = work.runs
    made.append(perform(run, shared, Mute(), *made))
    assert [parcel.outcome.status for parcel in made] == ["ok"] * 3
    for parcel in made:
        parcel.put(far)
    assert not (tmp_path / "stages").exists()  # nothing was written at the paths of the driver
    LocalEngine().dispatch([*work.stages, run], context, 1)
    for stage in work.stages:
        name = f"stages/{stage.id}/model.safetensors"
        assert (far / name).read_bytes() == (tmp_path / name).read_bytes()
    name = f"{run.folder}/outputs.npz"
    with np.load(far / name) as ours, np.load(tmp_path / name) as theirs:
        assert ours.files == theirs.files
        for key in ours.files:
            np.testing.assert_array_equal(ours[key], theirs[key])


def test_other_versions_are_refused_with_their_names(question: tuple[Context, Work]) -> None:
    context, work = question
    shared = Shared.of(context)
    other = replace(shared, versions={**shared.versions, "torch": "1.0"})
    outcome = perform(work.stages[0], other, Mute()).outcome
    assert (outcome.status, outcome.users_fault) == ("failed", True)
    assert "not 1.0; install the same versions on all of them" in str(outcome.error)


def test_a_stage_inherits_how_the_one_before_ended(question: tuple[Context, Work]) -> None:
    context, work = question
    before = Parcel(Outcome("a", "diverged", "why"))
    after = perform(work.stages[1], Shared.of(context), Mute(), before)
    assert after == Parcel(Outcome(work.stages[1].id, "diverged", "why"))


def test_news_are_the_last_of_each_training_and_told_once_to_its_comparison() -> None:
    news = News()
    news.say("one", "a", 1)
    news.say("one", "a", 2)
    news.say("other", "a", 3)
    assert news.take("one") == {"a": 2}
    assert news.take("one") == {}
    assert news.take("other") == {"a": 3}
