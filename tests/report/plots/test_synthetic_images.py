"""The sheet of synthetic images that a resampler made."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import counterpoise
from counterpoise.report.plots.synthetic_images import EACH, synthetic_images


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
    counts = json.loads((tmp_path / "experiment.json").read_text("utf-8"))["counts_per_split"]
    assert counts["seed-0"] != counts["seed-1"]
    with np.load(tmp_path / "runs" / "smote" / "seed-0" / "resampled.npz") as sheet:
        rare = {k for k, n in enumerate(counts["seed-0"]) if n < 50}
        assert set(sheet["made_labels"].tolist()) == rare
        assert len(sheet["made"]) == 8 * len(rare)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Synthetic images of smote" in page
    assert '<section id="synthetic-baseline">' not in page

    rows = synthetic_images(report, "smote")
    expected = {f"{report.experiment.classes[k]} ({counts['seed-0'][k]})" for k in rare}
    assert {row.name for row in rows} == expected
    assert all(len(row.real) == len(row.synthetic) == EACH for row in rows)
    (sheet,) = re.findall(r'<section id="synthetic-smote">.*?</section>', page, re.DOTALL)
    assert sheet.count('<img src="data:image/png;base64,') == 2 * EACH * len(rare)
    for address in (*rows[0].real, *rows[0].synthetic):
        Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).verify()
