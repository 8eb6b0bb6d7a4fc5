"""What report.json says of a method's confusion matrix: one of two forms, faults by the form."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterpoise.errors import DataError
from counterpoise.records import Record, ReportRecord

Whole = Callable[[str], tuple[type[Record], dict[str, Any]]]


@pytest.mark.parametrize("confusion", [None, [[3, 1], [0, 2]]])
def test_a_confusion_matrix_may_be_whole_or_unknown(whole: Whole, confusion: object) -> None:
    kind, content = whole("ReportRecord")
    content["methods"][0]["confusion"] = confusion
    made = kind.model_validate(content)
    assert made.as_json()["methods"] == content["methods"]
    assert ReportRecord.parse(made.text(indent=2), "report.json") == made


@pytest.mark.parametrize(
    ("confusion", "expected"),
    [
        ({"num_classes": 101}, "'methods.0.confusion.cells.rows' is missing; 'methods.0.confusion"),
        ([[1, 0.5]], "'methods.0.confusion.whole.0.1' should be a valid integer; got 0.5 (del"),
        (5, "'methods.0.confusion.whole' should be a valid list; got 5 (delete"),
    ],
)
def test_faults_are_those_of_one_form(whole: Whole, confusion: object, expected: str) -> None:
    _, content = whole("ReportRecord")
    content["methods"][0]["confusion"] = confusion
    with pytest.raises(DataError) as caught:
        ReportRecord.parse(json.dumps(content), "report.json")
    assert str(caught.value).startswith(f"report.json is damaged: {expected}")


def test_an_interval_has_two_ends(whole: Whole) -> None:
    _, content = whole("ReportRecord")
    content["methods"][0]["metrics"]["g_mean"]["interval"] = [0.5]
    with pytest.raises(DataError, match=r"'methods.0.metrics.g_mean.interval.1' is missing"):
        ReportRecord.parse(json.dumps(content), "report.json")
