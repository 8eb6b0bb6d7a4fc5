"""``--tune``: the same learning rates for every method, and the best of them on validation."""

import json
from pathlib import Path

from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.search.learning_rate import rates


def test_tuning_tries_the_same_rates_for_each_method(tmp_path: Path) -> None:
    asked = {
        "dataset": "digits",
        "methods": "baseline,thresholding",
        "out": tmp_path,
        "seeds": 1,
        "rounds": 2,
        "tune": 2,
        "settings": {"model.name": "mlp"},
    }
    conduct(Options.of(asked), display("silent"))
    again = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("outputs.npz")}
    conduct(Options.of(asked), display("silent"))
    assert again == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("outputs.npz")}
    folders = sorted(p.name for p in (tmp_path / "tuning").iterdir())
    assert len(folders) == 2
    methods = {p.name for p in (tmp_path / "tuning").glob("*/*")}
    assert methods == {"baseline", "thresholding"}
    tuned = json.loads((tmp_path / "experiment.json").read_text())["tuned"]
    assert set(tuned) == methods
    assert {f"lr-{rate:g}" for rate in tuned.values()} <= set(folders)


def test_rates_are_half_a_decade_apart_around_the_base() -> None:
    assert rates(0.01, 1) == [0.01]
    assert rates(0.01, 2) == [0.005623, 0.01778]
