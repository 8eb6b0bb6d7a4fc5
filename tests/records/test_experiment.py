"""What experiment.json promises beyond the kinds of its values."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterpoise.errors import DataError
from counterpoise.records import ExperimentRecord, Record

Whole = Callable[[str], tuple[type[Record], dict[str, Any]]]


@pytest.mark.parametrize("key", ["counts", "n_test"])
def test_there_is_one_count_for_each_class(whole: Whole, key: str) -> None:
    _, content = whole("ExperimentRecord")
    with pytest.raises(DataError, match=f"damaged: '{key}' has one entry for each of 2 classes"):
        ExperimentRecord.parse(json.dumps({**content, key: [1, 2, 3]}), "experiment.json")


@pytest.mark.parametrize("key", ["methods", "splits"])
def test_methods_and_splits_name_at_least_one(whole: Whole, key: str) -> None:
    _, content = whole("ExperimentRecord")
    with pytest.raises(DataError, match=f"'{key}' should have at least 1 item"):
        ExperimentRecord.parse(json.dumps({**content, key: []}), "experiment.json")


def test_settings_keep_their_kinds(whole: Whole) -> None:
    _, content = whole("ExperimentRecord")
    found = ExperimentRecord.parse(json.dumps(content), "experiment.json")
    (grid,) = found.searches["baseline"].grids
    assert grid.values == {"tau": (0.4, "cosine")}
    assert grid.points[0].settings == {"tau": 0.4, "name": "cosine", "layers": [1, 2.5]}


def test_what_is_left_out_is_empty(whole: Whole) -> None:
    _, content = whole("ExperimentRecord")
    for key in ("searches", "tuned", "counts_per_split", "notes", "model"):
        del content[key]
    found = ExperimentRecord.parse(json.dumps(content), "experiment.json")
    assert (found.searches, found.tuned, found.counts_per_split) == ({}, None, {})
    assert (found.notes, found.model) == ((), "")
