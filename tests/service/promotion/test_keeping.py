"""Copies of models are whole, and broken ones are one line."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.predict import ExportedModel
from counterpoise.service.promotion import keeping
from counterpoise.service.promotion.keeping import keep, kept, place, tried


def test_a_copy_is_the_model_and_outlives_its_source(tmp_path, exported) -> None:
    source = exported("x")
    digest = ExportedModel.load(source).digest
    assert keep(tmp_path / "server", source, digest) == place(tmp_path / "server", digest)
    (source / "model.onnx").unlink()
    assert kept(tmp_path / "server", digest).classes == ("dark", "light")
    assert keep(tmp_path / "server", source, digest).is_dir(), "a second time reads nothing"


def test_a_source_that_changes_meanwhile_leaves_no_copy(tmp_path, exported) -> None:
    with pytest.raises(CheckpointError, match="changed while it was copied"):
        keep(tmp_path / "server", exported("x"), "0" * 64)
    assert list((tmp_path / "server" / "models").iterdir()) == []


def test_a_copy_that_is_damaged_is_said(tmp_path, exported) -> None:
    source = exported("x")
    digest = ExportedModel.load(source).digest
    there = keep(tmp_path, source, digest)
    (there / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="does not have the digest"):
        kept(tmp_path, digest)


def test_a_model_is_tried_beside_another(exported) -> None:
    found = tried(exported("x"), exported("y", 0.2))
    assert found.model.classes == ("dark", "light")
    assert found.milliseconds is not None
    assert found.running_milliseconds is not None
    assert 0 < found.milliseconds < 1000


def test_a_folder_that_is_none_is_said(tmp_path) -> None:
    with pytest.raises(ArgumentError, match=r"no exported model: it has no export\.json"):
        tried(tmp_path, None)


def test_one_that_never_answers_is_ended(exported, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "LONGEST", 0.01)
    with pytest.raises(ArgumentError, match="gave no answer within"):
        tried(exported("x"), None)


def test_one_that_takes_its_process_down_is_said(exported, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "PROCESS", "antigravity.none")
    with pytest.raises(ArgumentError, match=r"cannot be run: .*antigravity"):
        tried(exported("x"), None)
