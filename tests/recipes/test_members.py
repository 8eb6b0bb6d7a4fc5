"""An ensemble of networks that are trained apart: planned, scored, saved and exported as one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import counterpoise
from counterpoise import data
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.predict import Ensemble, ExportedModel, export_onnx, load
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Value

MEMBERS = 3


def planned(*names: str, **settings: Value) -> Work:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=20,mu=0.5"), seeds=range(2))
    seeds = {"seed-0": 0, "seed-1": 1}
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, seeds, "cpu", 1)
    return plan(load_methods(names, {}, given), grid)


def test_members_are_trained_apart_and_the_first_is_the_method_itself() -> None:
    work = planned("baseline", "deep-ensemble", **{"deep-ensemble__ensemble__members": MEMBERS})
    baseline, ensemble = (
        next(run for run in work.runs if (run.recipe.name, run.split) == (name, "seed-0"))
        for name in ("baseline", "deep-ensemble")
    )
    assert ensemble.stages[0] == baseline.stages[0]
    assert len(set(ensemble.stages)) == MEMBERS
    assert len(work.stages) == 2 * MEMBERS
    stages = {stage.id: stage for stage in work.stages}
    own = [stages[identity] for identity in ensemble.stages]
    assert [stage.parent for stage in own] == [None] * MEMBERS
    assert len({stage.seed for stage in work.stages}) == 2 * MEMBERS
    assert [stage.label for stage in own[1:]] == [
        "deep-ensemble (member 2) seed-0", "deep-ensemble (member 3) seed-0",
    ]  # fmt: skip
    assert any("3 networks make 3 times the updates" in note for note in ensemble.notes)
    assert baseline.identity != ensemble.identity


def test_each_member_has_all_stages(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "crt"\n[ensemble]\nmembers = 2')
    (recipe,) = load_methods([str(path)], {}, {})
    assert len(recipe.stages) == 2
    work = planned(str(path))
    run = work.runs[0]
    stages = {stage.id: stage for stage in work.stages}
    own = [stages[identity] for identity in run.stages]
    assert [stage.number for stage in own] == [0, 1, 0, 1]
    assert [stage.parent for stage in own] == [None, own[0].id, None, own[2].id]
    assert own[3].label == f"mine (member 2, {recipe.stages[1].name}) seed-0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Soft votes, those of margins, and the mean of members in two stages."""
    home = tmp_path_factory.mktemp("ensembles")
    for name, text in (
        ("margins", 'base = "cnsvm"\n[ensemble]\nmembers = 2'),
        ("stages", 'base = "crt"\n[ensemble]\nmembers = 2\nmean = "geometric"'),
    ):
        (home / f"{name}.toml").write_text(text)
    names = ["baseline", "deep-ensemble", str(home / "margins.toml"), str(home / "stages.toml")]
    settings: dict[str, Any] = {
        "model.name": "mlp",
        "deep-ensemble.ensemble.members": MEMBERS,
    }
    counterpoise.compare(
        "digits", methods=names, profile="step:rho=10,mu=0.5", seeds=1, rounds=3, jobs=1,
        settings=settings, progress="silent", out=home / "out",
    )  # fmt: skip
    return home / "out"


@pytest.mark.system
@pytest.mark.parametrize("method", ["deep-ensemble", "margins", "stages"])
def test_what_was_saved_decides_as_the_report_says(folder: Path, method: str) -> None:
    with np.load(folder / "splits" / "seed-0.npz") as split:
        images = data.load("digits").inputs.read(split["test"])
    run = folder / "runs" / method / "seed-0"
    saved = load(run / "predictor")
    assert isinstance(saved, Ensemble)
    assert len(saved.members) == (MEMBERS if method == "deep-ensemble" else 2)
    assert saved.mean == ("geometric" if method == "stages" else "arithmetic")
    with np.load(run / "outputs.npz") as outputs:
        expected = outputs["test_scores"]
    np.testing.assert_allclose(saved.predict(images).scores, expected, atol=2e-5)
    parts = [member.predict(images).scores for member in saved.members]
    assert np.abs(parts[0] - parts[1]).max() > 0.01, "they are no copies of each other"


@pytest.mark.system
def test_it_is_one_row_and_one_onnx_file(folder: Path, tmp_path: Path) -> None:
    rows = {m.name: m for m in counterpoise.report.collect(folder).methods}
    assert rows["deep-ensemble"].updates == MEMBERS * (rows["baseline"].updates or 0)
    history = (folder / "runs/deep-ensemble/seed-0/metrics.jsonl").read_text("utf-8")
    assert history.count('"member-2-') == 3
    pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
    pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")
    saved = load(folder / "runs/deep-ensemble/seed-0/predictor")
    export_onnx(saved, tmp_path / "exported")
    images = data.load("digits").inputs.read(np.arange(20))
    found = ExportedModel.load(tmp_path / "exported").predict(images)
    np.testing.assert_allclose(found.probabilities, saved.predict(images).probabilities, atol=1e-5)
