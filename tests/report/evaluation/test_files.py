"""predictions.csv of one model: errors first, and names with commas and line breaks whole."""

import csv
from pathlib import Path

import numpy as np

from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.files import write_predictions


def test_errors_first_and_names_whole(tmp_path: Path) -> None:
    names = ["a,b.png", "line\nbreak.png", "caf\udce9.png"]
    scores = np.array([[3.0, 1.0], [1.0, 2.0], [5.0, -1.0]])
    found = judge("s", "m", ("x", "y"), np.array([0, 0, 1]), names, scores, None)
    write_predictions(found, tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["sample"] for line in lines] == ["caf\\xe9.png", "line\nbreak.png", "a,b.png"]
    assert [(line["true"], line["predicted"]) for line in lines] == [
        ("y", "x"), ("x", "y"), ("x", "x"),
    ]  # fmt: skip
    assert (lines[0]["class_1"], lines[0]["score_1"], lines[0]["score_2"]) == ("x", "5", "-1")
