"""A stage that resamples pictures, while only the head learns."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import counterpoise

EXTERNAL = """
title = "imbalanced-learn's {name}"
base = "{base}"

[[stages]]
name = "train"
{inputs}
"""
RECIPE = """
title = "a head on SMOTE's pictures"
base = "smote-features"

[[stages]]
name = "train"

[[stages]]
name = "retrain"
space = "inputs"
"""


def compare_digits(recipes: list[Path], out: Path, rho: int = 20) -> None:
    """One short training of each, beside the baseline; all have to end well."""
    report = counterpoise.compare(
        "digits",
        methods=["baseline", *map(str, recipes)],
        profile=f"step:rho={rho},mu=0.5",
        seeds=1,
        rounds=1,
        out=out,
        progress="silent",
    )
    assert [(m.status, m.error) for m in report.methods] == [("ok", None)] * (1 + len(recipes))


@pytest.mark.slow
def test_pictures_are_made_before_features_are_cached(tmp_path: Path) -> None:
    path = tmp_path / "pictures.toml"
    path.write_text(RECIPE, "utf-8")
    compare_digits([path], tmp_path / "out")
    with np.load(tmp_path / "out" / "runs" / "pictures" / "seed-0" / "resampled.npz") as sheet:
        assert sheet["made"].shape[1:] == (1, 8, 8)
    (counts,) = [
        json.loads(found.read_text("utf-8"))["counts"]
        for found in tmp_path.glob("out/stages/*/resampled.json")
    ]
    assert counts == [max(counts)] * 10


@pytest.mark.slow
def test_resamplers_of_imbalanced_learn_in_both_spaces(tmp_path: Path) -> None:
    pytest.importorskip("imblearn", reason="imbalanced-learn is not installed")
    recipes = {
        "borderline": 'resampler = { name = "imblearn:BorderlineSMOTE", k_neighbors = 3 }',
        "cleaned": 'resampler = { name = "imblearn:SMOTEENN" }',
    }
    for name, line in recipes.items():
        text = EXTERNAL.format(name=name, base="baseline", inputs=line)
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    text = EXTERNAL.format(name="tomek", base="smote-features", inputs="")
    text += '[[stages]]\nname = "retrain"\nresampler = { name = "imblearn:SMOTETomek" }\n'
    (tmp_path / "tomek.toml").write_text(text, "utf-8")
    compare_digits([tmp_path / f"{n}.toml" for n in (*recipes, "tomek")], tmp_path / "out", rho=10)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    for name in recipes:
        (sheet,) = re.findall(rf'<section id="synthetic-{name}">.*?</section>', page, re.DOTALL)
        assert sheet.count('<img src="data:image/png;base64,') > 5
