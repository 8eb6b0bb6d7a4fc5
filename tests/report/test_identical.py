"""Methods that gave the same scores are one row, and only those."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from counterpoise.report import collect

Make = Callable[..., Path]


def test_twins_share_a_row_and_a_rank_and_json_keeps_all(make: Make) -> None:
    methods = {
        "baseline": {},
        "weighted": {"skill": 2.5},
        "wce": {"skill": 2.5, "twin": "weighted"},
        "cscnn": {"skill": 2.5, "twin": "weighted"},
        "other": {"skill": 2.5},
    }
    report = collect(make(methods=methods))
    assert {m.name: m.alias_of for m in report.methods if m.alias_of} == {
        "wce": "weighted",
        "cscnn": "weighted",
    }
    ranks = {m.name: m.rank for m in report.methods}
    assert ranks["weighted"] == ranks["wce"] == ranks["cscnn"]
    assert sorted(m.rank or 0 for m in report.rows) == [1, 2, 3]
    assert report.text().count("weighted (= wce, cscnn)") == 1
    assert report.markdown().count("weighted (= wce, cscnn)") == 1
    assert not {"wce", "cscnn"} & {report.best, *report.indistinguishable}
    found = report.as_json()["methods"]
    assert isinstance(found, list)
    assert [m["name"] for m in found if m["alias_of"] == "weighted"] == ["wce", "cscnn"]


def test_one_split_that_differs_keeps_them_apart(make: Make) -> None:
    out = make(methods={"baseline": {}, "a": {}, "b": {"twin": "a"}})
    assert len(collect(out).rows) == 2
    path = out / "runs/b/seed-2/outputs.npz"
    with np.load(path) as stored:
        arrays = dict(stored)
    row = arrays["validation_probabilities"][0]
    row += (
        np.array([1.0, 0.0, 0.0]) - row
    ) * 1e-3  # too little to change a prediction, more than rounding
    np.savez(path, **arrays)
    assert len(collect(out).rows) == 3


def test_equal_predictions_at_other_probabilities_are_two_methods(make: Make) -> None:
    methods = {"baseline": {}, "cooled": {"temperature": 3.0, "twin": "baseline"}}
    report = collect(make(methods=methods))
    plain, cooled = (next(m for m in report.methods if m.name == name) for name in methods)
    assert plain.confusion == cooled.confusion
    assert len(report.rows) == 2


def test_controls_and_ledger_runs_stay_apart_but_one_identity_is_one_run(make: Make) -> None:
    methods = {
        "baseline": {},
        "control": {"twin": "baseline", "control": True},
        "kept": {"no_outputs": True, "identity": "abc"},
        "again": {"no_outputs": True, "identity": "abc"},
        "else": {"no_outputs": True, "identity": "def", "twin": "kept"},
    }
    report = collect(make(methods=methods))
    assert {m.name: m.alias_of for m in report.methods if m.alias_of} == {"again": "kept"}
