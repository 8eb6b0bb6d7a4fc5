"""Every line that is committed under docs/results is read as it was written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import DataError
from counterpoise.metrics import METRICS
from counterpoise.records import LedgerRecord, Record, RunRecord

LEDGERS = sorted((Path(__file__).parents[2] / "docs" / "results").glob("*/*.jsonl"))


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_ledgers_are_read_unchanged(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        entry = LedgerRecord.parse(line, f"{path.name}, line {number}")
        again = entry.as_json()
        assert again["schema"] == 1
        if "schema" not in json.loads(line):  # older lines have none
            del again["schema"]
        assert json.dumps(again, separators=(",", ":")) == line
        assert set(entry.values) == set(METRICS)
        if entry.validation_values:  # a comparison with --validation none has no such values
            assert set(entry.validation_values) == set(METRICS)
        assert RunRecord.parse(entry.text(), "report.json of the run").values == entry.values


def test_there_are_ledgers() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in LEDGERS) >= 737


@pytest.mark.parametrize("key", ["identity", "values", "validation_values", "environment"])
def test_a_ledger_line_needs_what_a_run_may_lack(
    whole: Callable[[str], tuple[type[Record], dict[str, Any]]], key: str
) -> None:
    _, content = whole("LedgerRecord")
    del content[key]
    text = json.dumps(content)
    with pytest.raises(DataError, match=rf"runs\.jsonl, line 2 .*'{key}' is missing .delete the l"):
        LedgerRecord.parse(text, "runs.jsonl, line 2")
    assert getattr(RunRecord.parse(text, "report.json"), key) in (None, "")
