"""Objects that only one class reads pass through untouched, keys unknown here included."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterpoise.errors import CheckpointError
from counterpoise.records import PredictorRecord, Record


def test_what_one_class_reads_is_kept_whole(
    whole: Callable[[str], tuple[type[Record], dict[str, Any]]],
) -> None:
    kind, content = whole("PredictorRecord")
    content["preprocess"]["a key of another version"] = {"deep": [0.1, None, 3]}
    written = kind.model_validate(content).text()
    assert json.loads(written)["preprocess"] == content["preprocess"]
    assert PredictorRecord.parse(written, "here").preprocess == content["preprocess"]


def test_an_edited_number_is_refused(
    whole: Callable[[str], tuple[type[Record], dict[str, Any]]],
) -> None:
    kind, content = whole("PredictorRecord")
    written = kind.model_validate(content).text()
    with pytest.raises(CheckpointError, match="changed: its checksum does not fit"):
        PredictorRecord.parse(written.replace("0.75", "0.5"), "here")
