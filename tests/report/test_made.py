"""The sheet of pictures that a resampler made."""

import numpy as np
import pytest

import counterpoise


@pytest.mark.slow
def test_real_and_made_pictures_stand_side_by_side(tmp_path) -> None:
    report = counterpoise.compare(
        "digits",
        methods=["baseline", "smote"],
        profile="step:rho=20,mu=0.5",
        seeds=1,
        rounds=1,
        out=tmp_path,
        progress="silent",
    )
    assert (tmp_path / "made-smote.png").stat().st_size > 5000
    assert not (tmp_path / "made-baseline.png").exists()
    with np.load(tmp_path / "runs" / "smote" / "seed-0" / "resampled.npz") as sheet:
        rare = {k for k, n in enumerate(report.experiment.counts) if n < 50}
        assert set(sheet["made_labels"].tolist()) == rare
        assert len(sheet["made"]) == 8 * len(rare)
    assert "Pictures made by smote" in (tmp_path / "report.html").read_text("utf-8")
