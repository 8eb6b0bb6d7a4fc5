"""Every shipped method trains, decides and is saved, on real digits."""

from pathlib import Path

import pytest

import counterpoise
from counterpoise.recipes.load import method_names


@pytest.mark.slow
def test_every_method_ends_well(tmp_path: Path) -> None:
    report = counterpoise.compare(
        "digits",
        methods=method_names(),
        profile="step:rho=10,mu=0.5",
        seeds=1,
        rounds=4,
        out=tmp_path,
        progress="silent",
    )
    statuses = {m["name"]: (m["status"], m["error"]) for m in report.as_json()["methods"]}
    assert statuses == dict.fromkeys(method_names(), ("ok", None))
    folders = {p.parents[2].name for p in tmp_path.glob("runs/*/*/predictor/predictor.json")}
    assert folders == set(method_names())
