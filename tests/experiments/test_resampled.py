"""A stage that resamples pictures, while only the head learns."""

import json
from pathlib import Path

import numpy as np
import pytest

import counterpoise

RECIPE = """
title = "a head on SMOTE's pictures"
base = "smote-features"

[[stages]]
name = "train"

[[stages]]
name = "retrain"
space = "inputs"
"""


@pytest.mark.slow
def test_pictures_are_made_before_features_are_cached(tmp_path: Path) -> None:
    path = tmp_path / "pictures.toml"
    path.write_text(RECIPE, "utf-8")
    report = counterpoise.compare(
        "digits",
        methods=["baseline", str(path)],
        profile="step:rho=20,mu=0.5",
        seeds=1,
        rounds=1,
        out=tmp_path / "out",
        progress="silent",
    )
    assert [(m.status, m.error) for m in report.methods] == [("ok", None)] * 2
    with np.load(tmp_path / "out" / "runs" / "pictures" / "seed-0" / "resampled.npz") as sheet:
        assert sheet["made"].shape[1:] == (1, 8, 8)
    (counts,) = [
        json.loads(found.read_text("utf-8"))["counts"]
        for found in tmp_path.glob("out/stages/*/resampled.json")
    ]
    assert counts == [max(counts)] * 10
