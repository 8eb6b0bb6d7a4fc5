"""The sheet of synthetic images that a resampler made."""

import json

import numpy as np
import pytest

import counterpoise
from counterpoise.report.plots.synthetic_images import synthetic_images


@pytest.mark.slow
def test_real_and_synthetic_images_stand_side_by_side(tmp_path) -> None:
    report = counterpoise.compare(
        "digits",
        methods=["baseline", "smote"],
        profile="step:rho=20,mu=0.5",
        seeds=2,
        rounds=1,
        out=tmp_path,
        progress="silent",
    )
    assert (tmp_path / "synthetic-smote.png").stat().st_size > 5000
    assert not (tmp_path / "synthetic-baseline.png").exists()
    counts = json.loads((tmp_path / "experiment.json").read_text("utf-8"))["counts_per_split"]
    assert counts["seed-0"] != counts["seed-1"]
    with np.load(tmp_path / "runs" / "smote" / "seed-0" / "resampled.npz") as sheet:
        rare = {k for k, n in enumerate(counts["seed-0"]) if n < 50}
        assert set(sheet["made_labels"].tolist()) == rare
        assert len(sheet["made"]) == 8 * len(rare)
    assert "Synthetic images of smote" in (tmp_path / "report.html").read_text("utf-8")

    figure = synthetic_images(report, "smote")
    assert figure is not None
    named = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert named == {f"{report.experiment.classes[k]} ({counts['seed-0'][k]})" for k in rare}
