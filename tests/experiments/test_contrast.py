"""F1-driven sampling in an experiment: who is watched, what is recorded, and resuming."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from counterpoise import data
from counterpoise.experiments.decoded import store
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.experiments.split_files import read_split, write_splits
from counterpoise.experiments.tasks import Context
from counterpoise.experiments.worker.read import parts_of
from counterpoise.experiments.worker.score import score_run
from counterpoise.experiments.worker.train import train_stage
from counterpoise.recipes.load import load_methods


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


def nothing(*ignored: object) -> None:
    """Watch without a word."""


def prepared(
    out: Path, *methods: str, profile: str = "step:rho=10,mu=0.5", **settings: str
) -> tuple[Work, Context]:
    dataset = data.load("digits")
    splits = {"profile": data.make_splits(dataset, data.parse(profile), seeds=[0])}
    stored = store(dataset, out)
    write_splits(out, dataset, splits)
    context = Context(
        out, stored.inputs, stored.labels, "image", dataset.classes, out / "splits",
        "cpu", 1, "balanced_accuracy", 0.0, None,
    )  # fmt: skip
    given = {"train.rounds": 4, "train.batch_size": 50, **settings}
    grid = Grid("image", (1, 8, 8), dataset.checksum, splits, {"seed-0": 0}, "cpu", 1)
    return plan(load_methods(methods, {}, given), grid), context


def trained(work: Work, context: Context) -> dict[str, object]:
    for stage in work.stages:
        assert train_stage(stage, context, nothing).status == "ok"
    folder = context.out / "stages" / work.stages[-1].id
    clocks = ("seconds", "evaluation_seconds")
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    rows = [{k: v for k, v in row.items() if k not in clocks} for row in history]
    return {"model": (folder / "model.safetensors").read_bytes(), "history": rows}


def test_the_contrast_set_is_no_part_of_training_validation_or_test(tmp_path: Path) -> None:
    work, context = prepared(tmp_path, "f1-driven", "baseline")
    labels = np.load(context.labels)
    split = read_split(context.splits, "seed-0")
    parts = {
        run.recipe.name: parts_of(run.recipe, split, labels, context.classes, run.seed)
        for run in work.runs
    }
    watched, whole = parts["f1-driven"], parts["baseline"]
    assert whole.contrast is None
    assert np.array_equal(whole.train, split["train"])
    assert watched.contrast is not None
    both = np.concatenate([watched.train, watched.contrast])
    assert np.array_equal(np.sort(both), split["train"])
    assert not np.isin(watched.contrast, [*split["validation"], *split["test"]]).any()
    assert sum(watched.counts.values) == len(watched.train)
    assert watched.notes == ()


def test_rounds_record_shares_and_the_f1_they_go_by(tmp_path: Path) -> None:
    work, context = prepared(tmp_path, "f1-driven")
    rows = trained(work, context)["history"]
    assert rows[0]["shares"] == pytest.approx([0.1] * 10)
    for before, after in itertools.pairwise(rows):
        missed = 1 - np.array(before["contrast"]["f1"])
        wanted = 0.9 * missed / missed.sum() + 0.1 / 10
        assert after["shares"] == pytest.approx(wanted.tolist())
    (run,) = work.runs
    assert score_run(run, None, context).status == "ok"
    saved = json.loads((tmp_path / run.folder / "predictor" / "predictor.json").read_text())
    drawn = np.mean([row["shares"] for row in rows], axis=0)
    assert saved["prior"] == pytest.approx(drawn.tolist())


@pytest.mark.parametrize("method", ["f1-driven", "tlc", "tlc-offline"])
@pytest.mark.parametrize("killed_after", [1, 7, 8, 12])
def test_killed_in_mid_round_it_resumes_bit_for_bit(
    tmp_path: Path, method: str, killed_after: int
) -> None:
    whole = trained(*prepared(tmp_path / "whole", method))
    work, context = prepared(tmp_path / "cut", method)
    for stage in work.stages[:-1]:
        train_stage(stage, context, nothing)

    def die(update: int, round_: int, rounds: int, loss: float | None) -> None:
        if update == killed_after:
            raise Killed

    with pytest.raises(Killed):
        train_stage(work.stages[-1], context, die)
    assert trained(work, context) == whole


def test_a_class_that_lends_is_a_caution(tmp_path: Path) -> None:
    work, context = prepared(tmp_path, "f1-driven", profile="counts:50,50,50,50,50,50,50,50,50,3")
    trained(work, context)
    (run,) = work.runs
    score_run(run, None, context)
    notes = json.loads((tmp_path / run.folder / "report.json").read_text())["notes"]
    assert any("borrows training samples of class '9' (2)" in note for note in notes)


def test_a_contrast_set_is_in_the_identity_of_its_recipes_alone(tmp_path: Path) -> None:
    work, _ = prepared(tmp_path, "baseline", "f1-driven", "tlc", "tlc-no-sampling")
    known = {run.recipe.name: run.stages for run in work.runs}
    settings = {stage.id: stage.settings for stage in work.stages}
    assert "contrast" not in settings[known["baseline"][0]]
    assert all("contrast" not in settings[stage] for stage in known["tlc-no-sampling"])
    # The warm-up of TLC is trained without the samples that its second stage watches.
    assert all(settings[stage]["contrast"] == [0.1, "stratified"] for stage in known["tlc"])


def test_another_contrast_set_is_another_training(tmp_path: Path) -> None:
    (recipe,) = load_methods(["f1-driven"], {}, {})
    dataset = data.load("digits")
    splits = {"profile": data.make_splits(dataset, data.parse("none"), seeds=[0])}
    grid = Grid("image", (1, 8, 8), dataset.checksum, splits, {"seed-0": 0}, "cpu", 1)
    (stage,) = recipe.stages
    balanced = replace(recipe, stages=(replace(stage, contrast="balanced"),))
    assert plan([recipe], grid).stages[0].id != plan([balanced], grid).stages[0].id


def test_groups_of_training_samples_are_kept_for_the_carving(tmp_path: Path) -> None:
    dataset = data.load("digits")
    groups = np.arange(len(dataset)) // 3
    grouped = replace(dataset, groups=groups)
    splits = {"profile": data.make_splits(grouped, data.parse("none"), seeds=[0])}
    (tmp_path / "splits").mkdir()
    np.savez(tmp_path / "splits" / "seed-0.npz", train=np.arange(3))  # as an older version left it
    write_splits(tmp_path, grouped, splits)
    split = read_split(tmp_path / "splits", "seed-0")
    (recipe,) = load_methods(["f1-driven"], {}, {})
    parts = parts_of(recipe, split, dataset.labels, dataset.classes, 0)
    assert parts.contrast is not None
    assert not np.intersect1d(groups[parts.contrast], groups[parts.train]).size
