"""What can be saved from the page: every number, and no formula."""

import base64
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.metrics import METRICS
from counterpoise.report import collect, downloads
from counterpoise.report.downloads import address, csv_text, small_json
from counterpoise.report.report_json import record

Make = Callable[..., Path]


def test_the_table_has_a_line_for_each_method_and_metric(make: Make) -> None:
    report = collect(
        make(methods={"baseline": {}, "@x": {}, "bad": {"status": "failed", "error": "e"}})
    )
    rows = list(csv.DictReader(io.StringIO(csv_text(report))))
    assert len(rows) == 3 * len(METRICS)
    (row,) = [r for r in rows if (r["method"], r["metric"]) == ("'@x", "accuracy")]
    method = next(m for m in report.methods if m.name == "@x")
    assert float(row["test"]) == pytest.approx(method.metrics["accuracy"].mean, abs=1e-5)
    assert float(row["low"]) <= float(row["test"]) <= float(row["high"])
    assert {r["test"] for r in rows if r["method"] == "bad"} == {""}


def test_a_large_report_is_saved_without_its_matrices(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = record(collect(make()))
    text, whole = small_json(made)
    assert (json.loads(text), whole) == (made.as_json(), True)
    monkeypatch.setattr(downloads, "LARGEST", 100)
    text, whole = small_json(made)
    assert not whole
    assert {m["confusion"] for m in json.loads(text)["methods"]} == {None}


def test_an_address_holds_its_text() -> None:
    kind, _, held = address("é,1\n", "text/csv").partition(",")
    assert kind == "data:text/csv;charset=utf-8;base64"
    assert base64.b64decode(held).decode() == "é,1\n"
