"""Retrainings leave no pictures, and weights only as long as their model is kept."""

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.records import ExportRecord
from counterpoise.service.labelling.tidying import LOGS, tidy


def made(folder: Path, number: int, graph: bytes = b"") -> Path:
    place = folder / "retraining" / str(number)
    (place / "pictures" / "cat").mkdir(parents=True)
    (place / "pictures" / "cat" / "a.png").write_bytes(b"x")
    for name in ("labels.csv", "log.txt"):
        (place / name).write_text("x")
    if graph:
        (place / "onnx").mkdir()
        (place / "onnx" / "model.onnx").write_bytes(graph)
        (place / "out").mkdir()
    return place


def copied(folder: Path, graph: bytes) -> Path:
    sha256 = hashlib.sha256(graph).hexdigest()
    place = folder / "models" / "of-any-name"
    place.mkdir(parents=True)
    described = ExportRecord.model_validate(
        {
            "format": "onnx", "classes": ["a", "b"], "outputs": {}, "preprocess": {},
            "input": {"name": "samples", "dtype": "uint8", "shape": ["batch", 1], "kind": "image"},
            "model": {}, "frozen": None, "scores": "logits", "posthoc": [], "prior": None,
            "prior_factor": None, "metadata": {}, "versions": {},
            "files": {"model.onnx": {"bytes": 1, "sha256": sha256}},
        }
    )  # fmt: skip
    (place / "export.json").write_text(described.text())
    return place


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_pictures_go_at_once_and_weights_with_their_model(tmp_path) -> None:
    kept, gone = made(tmp_path, 1, b"one"), made(tmp_path, 2, b"two")
    runs, failed = made(tmp_path, 3, b"three"), made(tmp_path, 4)
    copy = copied(tmp_path, b"one")
    tidy(tmp_path / "retraining", tmp_path, 3)
    assert names(kept) == ["log.txt", "onnx", "out"]
    assert names(gone) == names(failed) == ["log.txt"]
    assert names(runs) == ["labels.csv", "log.txt", "onnx", "out", "pictures"]
    (copy / "export.json").unlink()  # its candidate was removed
    tidy(tmp_path / "retraining", tmp_path, None)
    assert names(kept) == ["log.txt"]


def test_old_logs_go_unless_weights_are_beside_them(tmp_path) -> None:
    first = made(tmp_path, 1, b"one")
    for number in range(2, LOGS + 4):
        made(tmp_path, number)
    copied(tmp_path, b"one")
    (tmp_path / "retraining" / "notes").mkdir()  # somebody else's
    tidy(tmp_path / "retraining", tmp_path, None)
    left = {path.name for path in (tmp_path / "retraining").iterdir()}
    assert left == {"1", "notes", *(str(n) for n in range(4, LOGS + 4))}
    assert names(first) == ["log.txt", "onnx", "out"]


def test_nothing_is_there_yet(tmp_path) -> None:
    tidy(tmp_path / "retraining", tmp_path, None)
