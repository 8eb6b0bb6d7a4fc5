"""The contract of every record: what is written is read, and what is wrong is said."""

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise import records
from counterpoise.errors import CheckpointError, DataError, NewerSchemaError
from counterpoise.metrics import METRICS
from counterpoise.records import (
    EnsembleRecord,
    Part,
    Record,
    ResampledRecord,
    RoundRecord,
    RunRecord,
    SealedRecord,
)

Example = tuple[type[Record], dict[str, Any]]
NAMED = {name: getattr(records, name) for name in records.__all__}
CLASSES = {name: found for name, found in NAMED.items() if isinstance(found, type)}
RECORDS = {n: c for n, c in CLASSES.items() if issubclass(c, Record)}


def test_every_record_has_an_example(whole: Callable[[str], Example]) -> None:
    for name in RECORDS.keys() - {"Record", "SealedRecord"}:
        whole(name)


def test_a_whole_file_is_read_and_written_again_with_a_schema_number(example: Example) -> None:
    kind, content = example
    record = kind.model_validate(content)
    written = json.loads(record.text())
    assert next(iter(written)) == "schema"
    assert written.pop("schema") == 1
    assert (written.pop("checksum", None) is not None) == issubclass(kind, SealedRecord)
    assert written == content
    assert kind.parse(record.text(), "here") == record
    assert kind.parse(record.line(), "here") == record
    assert record.line().count("\n") == 1


def test_a_file_without_a_schema_number_is_of_schema_1(unsealed: Example) -> None:
    kind, content = unsealed
    assert kind.parse(json.dumps(content), "here") == kind.model_validate(content)


def test_a_newer_schema_says_what_to_do(example: Example, tmp_path: Path) -> None:
    kind, _ = example
    path = tmp_path / "file.json"
    path.write_text('{"schema": 3, "whatever": "it means"}')
    with pytest.raises(kind.ERROR, match=r"file\.json was written by a newer.*schema 3.*up to 1.*"):
        kind.read(path)
    with pytest.raises(NewerSchemaError, match="upgrade counterpoise"):
        kind.read(path)


def test_a_key_that_a_newer_version_added_is_ignored(unsealed: Example) -> None:
    kind, content = unsealed
    found = kind.parse(json.dumps({"schema": 1, **content, "added": [1]}), "here")
    assert found == kind.model_validate(content)


def test_a_seal_covers_keys_that_are_not_known() -> None:
    table = EnsembleRecord(mean="arithmetic", members=("a",)).as_json()
    with pytest.raises(CheckpointError, match="was changed: its checksum does not fit"):
        EnsembleRecord.parse(json.dumps({**table, "added": 1}), "here")
    with pytest.raises(CheckpointError, match="was changed: its checksum does not fit"):
        EnsembleRecord.parse(json.dumps({**table, "members": ["b"]}), "here")
    del table["checksum"]
    with pytest.raises(CheckpointError, match="was changed: its checksum does not fit"):
        EnsembleRecord.parse(json.dumps(table), "here")


def test_an_empty_file_names_each_key_that_is_missing(example: Example) -> None:
    kind, _ = example
    needed = [
        field.serialization_alias or name
        for name, field in kind.model_fields.items()
        if field.is_required()
    ]
    assert needed
    with pytest.raises(kind.ERROR) as caught:
        kind.parse("{}", "a/file.json")
    said = str(caught.value)
    assert said.startswith("a/file.json is damaged: ")
    assert said.endswith(f"({kind.REMEDY})")
    assert [f"'{key}' is missing" in said for key in needed[:5]] == [True] * len(needed[:5])
    assert (f"and {len(needed) - 5} more" in said) == (len(needed) > 5)


def test_every_key_of_every_object_is_described() -> None:
    bare = [
        f"{name}.{key}"
        for name, kind in CLASSES.items()
        for key, field in kind.model_fields.items()
        if not field.description and key not in METRICS
    ]
    assert bare == []
    assert all(issubclass(kind, Part) and kind.__doc__ for kind in CLASSES.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"train_loss": True}, "'train_loss' should be a valid number; got true"),
        ({"train_loss": "0.5"}, "'train_loss' should be a valid number; got \"0.5\""),
        ({"round": 1.0}, "'round' should be a valid integer; got 1.0"),
        ({"shares": 0.5}, "'shares' should be a valid list; got 0.5"),
        ({"shares": [0.5, None]}, "'shares.1' should be a valid number; got null"),
        ({"validation": [1]}, "'validation' should be a valid object"),
        ({"validation": {"loss": 1.0}}, "'validation.samples' is missing"),
        ({"lr": [0.125] * 99}, "'lr' should be a valid number; got [0.125, "),
    ],
)
def test_a_value_of_another_kind_is_named(
    whole: Callable[[str], Example], changes: dict[str, Any], expected: str
) -> None:
    _, content = whole("RoundRecord")
    with pytest.raises(CheckpointError) as caught:
        RoundRecord.parse(json.dumps({**content, **changes}), "metrics.jsonl, line 3")
    assert str(caught.value).startswith(f"metrics.jsonl, line 3 is damaged: {expected}")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"a": 1', "\x00", "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="here is damaged: it "):
        RunRecord.parse(text, "here")


@pytest.mark.parametrize("schema", ["0", "-1", "true", "1.0", '"1"', "null", "[1]"])
def test_a_schema_number_is_a_whole_number_from_1(schema: str) -> None:
    with pytest.raises(DataError, match="'schema' is a whole number from 1; got "):
        RunRecord.parse(f'{{"schema": {schema}}}', "here")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_nan_and_infinity_are_not_read(whole: Callable[[str], Example], value: str) -> None:
    _, content = whole("RoundRecord")
    text = json.dumps({**content, "lr": 77.0}).replace("77.0", value)
    with pytest.raises(CheckpointError, match=r"is no number that JSON has|finite number"):
        RoundRecord.parse(text, "here")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nan_and_infinity_are_not_written(whole: Callable[[str], Example], value: float) -> None:
    kind, content = whole("PredictorRecord")
    with pytest.raises(ValueError, match="finite"):
        kind.model_validate({**content, "prior": [value]})
    record = kind.model_validate({**content, "metadata": {"anything": [value]}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        record.text()


@given(st.integers(0, 2**64 - 1))
def test_every_finite_float_comes_back_bit_for_bit(bits: int) -> None:
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    if not math.isfinite(value):
        return
    numbers = {"a": value}
    made = RunRecord(method="m", title="", split="s", status="ok", values=numbers, seconds=value)
    found = RunRecord.parse(made.line(), "here")
    assert found.values is not None
    for one in (found.values["a"], found.seconds):
        assert struct.pack("<d", one) == struct.pack("<d", value)
    assert f'"seconds":{value!r},' in made.line()


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    path = tmp_path / "resampled.json"
    assert ResampledRecord.read_if_there(path) is None
    assert ResampledRecord.read_if_there(path / "below") is None
    with pytest.raises(CheckpointError, match=r"cannot read .*resampled\.json: there is no such"):
        ResampledRecord.read(path)
    path.write_bytes(b'{"counts": "\xff"}')
    with pytest.raises(CheckpointError, match="it is not text"):
        ResampledRecord.read(path)
    with pytest.raises(CheckpointError, match=r"cannot read .*: Is a directory"):
        ResampledRecord.read(tmp_path)


def test_a_key_that_was_not_given_is_not_written() -> None:
    made = RunRecord(method="m", title="", split="s", status="failed", error=None)
    assert list(made.as_json()) == ["schema", "method", "title", "split", "status", "error"]
    assert made.control is False


def test_a_record_is_not_changed() -> None:
    made = ResampledRecord(counts=(1, 2))
    with pytest.raises(ValueError, match="frozen"):
        made.counts = (3,)  # type: ignore[misc]
