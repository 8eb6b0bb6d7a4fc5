"""report.json keeps its schema, and docs/report.md names every key of it."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.metrics import METRICS
from counterpoise.report import collect

Make = Callable[..., Path]

NUMBER = (int, float)
NONE = type(None)
INTERVAL = (list, NONE)
ESTIMATE = {
    "mean": (*NUMBER, NONE),
    "sd": (*NUMBER, NONE),
    "values": list,
    "interval": INTERVAL,
}
DIFFERENCE = {"difference": (*NUMBER, NONE), "interval": INTERVAL}
METHOD = {
    "name": str,
    "title": str,
    "status": str,
    "rank": (int, NONE),
    "control": bool,
    "reference": bool,
    "converged": (bool, NONE),
    "probabilities": bool,
    "metrics": dict.fromkeys(METRICS, ESTIMATE),
    "validation": dict.fromkeys(METRICS, ESTIMATE),
    "vs_baseline": (dict, NONE),
    "recall": (list, NONE),
    "confusion": (list, dict, NONE),
    "interval_over": str,
    "seconds": (*NUMBER, NONE),
    "updates": (int, NONE),
    "learning_rate": (*NUMBER, NONE),
    "calibration": (dict, NONE),
    "alias_of": (str, NONE),
    "notes": list,
    "error": (str, NONE),
    "left": (dict, NONE),
    "precision": (list, NONE),
    "f1": (list, NONE),
    "by_size": list,
    "training": (dict, NONE),
}
CALIBRATION = dict.fromkeys(("before", "after"), dict.fromkeys(("nll", "ece"), ESTIMATE))
TRIED = {
    "settings": dict,
    "status": str,
    "error": (str, NONE),
    "seconds": NUMBER,
    "values": dict,
    "recall": list,
}
GRID = {"title": str, "combine": str, "values": dict, "points": list}
SEARCH = {
    "method": str,
    "select": str,
    "split": str,
    "chosen": dict,
    "value": (*NUMBER, NONE),
    "trials": int,
    "ties": int,
    "seconds": NUMBER,
    "grids": list,
}
REPORT = {
    "schema": int,
    "dataset": str,
    "profile": str,
    "model": str,
    "updates": (int, NONE),
    "rounds": (int, NONE),
    "command": str,
    "classes": list,
    "counts": list,
    "n_test": list,
    "n_validation": dict,
    "validation": str,
    "splits": list,
    "seeds": (list, NONE),
    "folds": (int, NONE),
    "select": str,
    "best": (str, NONE),
    "indistinguishable": list,
    "better_on_test": list,
    "undecided": bool,
    "advice": list,
    "advised": (str, NONE),
    "verdict": str,
    "reference_verdict": (str, NONE),
    "warnings": list,
    "unfinished": list,
    "searches": list,
    "methods": list,
    "environment": dict,
}


def check(value: object, schema: object, at: str = "report") -> None:
    if isinstance(schema, dict):
        assert isinstance(value, dict), at
        assert list(value) == list(schema), at
        for key, inner in schema.items():
            check(value[key], inner, f"{at}.{key}")
        return
    assert isinstance(value, schema), f"{at}: {value!r}"  # type: ignore[arg-type]
    if isinstance(value, float):
        assert math.isfinite(value), at


METHODS = {
    "baseline": {},
    "cooled": {"temperature": 3.0},
    "svm": {"margins": True},
    "ledger": {"no_outputs": True},
    "weighted": {"status": "diverged", "error": "inf", "only": ["seed-1"]},
    "broken": {"status": "failed", "error": "no memory"},
}


def written(out: Path) -> dict[str, object]:
    collect(out).write(out)
    text = (out / "report.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_schema(make: Make) -> None:
    found = written(make(methods=METHODS))
    check(found, REPORT)
    methods = found["methods"]
    assert isinstance(methods, list)
    assert {m["name"] for m in methods} == set(METHODS)
    for method in methods:
        check(method, METHOD, method["name"])
        ok = method["status"] == "ok"
        assert method["status"] in ("ok", "diverged", "failed")
        assert (method["error"] is None) == ok
        assert method["interval_over"] in ("splits", "splits and test groups")
        assert (method["vs_baseline"] is not None) == (ok and method["name"] != "baseline")
        assert (method["calibration"] is not None) == (method["name"] == "cooled")
        if method["calibration"]:
            check(method["calibration"], CALIBRATION)
        if method["vs_baseline"]:
            check(method["vs_baseline"], dict.fromkeys(METRICS, DIFFERENCE))
        for estimate in (*method["metrics"].values(), *method["validation"].values()):
            assert len(estimate["values"]) == (3 if ok else 0)
            if estimate["interval"]:
                low, high = estimate["interval"]
                assert low <= high
    assert found["schema"] == 1
    assert found["seeds"] == [0, 1, 2]
    assert found["folds"] is None


def test_a_search_is_written_out(make: Make, searched: dict[str, Any]) -> None:
    found = written(make(methods=["baseline", "svm"], experiment={"searches": {"svm": searched}}))
    searches = found["searches"]
    assert isinstance(searches, list)
    (search,) = searches
    check(search, SEARCH)
    assert search["method"] == "svm"
    assert search["chosen"] == searched["chosen"]
    for grid in search["grids"]:
        check(grid, GRID)
        for point in grid["points"]:
            check(point, TRIED)


def test_folds_have_no_seeds(make: Make) -> None:
    found = written(make(splits=["fold-0", "fold-1"]))
    check(found, REPORT)
    assert found["seeds"] is None
    assert found["folds"] == 2


def test_every_key_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "report.md"
    if not page.is_file():
        pytest.skip("docs are not part of this installation")
    named = set(re.findall(r"`([a-z0-9_]+)`", page.read_text()))
    keys = {*REPORT, *METHOD, *ESTIMATE, *DIFFERENCE, *METRICS, *CALIBRATION}
    assert (keys | {*SEARCH, *GRID, *TRIED}) - named == set()
