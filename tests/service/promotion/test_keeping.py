"""Copies of models are whole, and broken ones are one line."""

import errno
import os
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, CheckpointError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.records import ExportRecord
from counterpoise.service.promotion import keeping
from counterpoise.service.promotion.keeping import drop, keep, kept, place, tidy, tried


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


@pytest.mark.parametrize("where", ["mkdir", "fsync"])
def test_a_full_disk_is_one_line_that_says_what_to_do(
    tmp_path, exported, monkeypatch, where: str
) -> None:
    def full(*given: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    source = exported("x")
    digest = ExportedModel.load(source).digest
    with monkeypatch.context() as patch:
        patch.setattr(os, where, full)
        with pytest.raises(OutputError, match=r"/server/models: the disk is full \(free some"):
            keep(tmp_path / "server", source, digest)
    assert not place(tmp_path / "server", digest).exists()
    assert keep(tmp_path / "server", source, digest).is_dir()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, exported) -> None:
    source = exported("x")
    (tmp_path / "server").write_text("a file")
    with pytest.raises(OutputError, match=r"is written to .*/server/models: Not a directory"):
        keep(tmp_path / "server", source, ExportedModel.load(source).digest)


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


def corrected(exported, shares: tuple[float, ...]) -> None:
    described = ExportRecord.read(exported / "export.json")
    (exported / "export.json").write_text(
        described.model_copy(update={"correction": shares}).text()
    )


def test_copies_with_the_same_graph_share_its_file(tmp_path, exported) -> None:
    found = []
    for number in range(3):
        source = exported(f"x{number}", 0.0)
        if number:
            corrected(source, (1.0 + number, 1.0))
        digest = ExportedModel.load(source).digest
        found.append(keep(tmp_path / "server", source, digest))
        assert kept(tmp_path / "server", digest).digest == digest
    other = exported("other", 0.2)
    found.append(keep(tmp_path / "server", other, ExportedModel.load(other).digest))
    files = [(there / "model.onnx").stat().st_ino for there in found]
    assert len({there.name for there in found}) == 4
    assert len(set(files[:3])) == 1
    assert len(set(files)) == 2
    drop(tmp_path / "server", found[0].name)
    assert kept(tmp_path / "server", found[1].name).digest == found[1].name
    assert sorted(path.name for path in found[1].iterdir()) == ["export.json", "model.onnx"]


def test_where_there_are_no_links_each_copy_has_its_own(tmp_path, exported, monkeypatch) -> None:
    def none(*given: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(keeping.os, "link", none)
    first, second = exported("x"), exported("y")
    corrected(second, (2.0, 1.0))
    for source in (first, second):
        digest = ExportedModel.load(source).digest
        keep(tmp_path / "server", source, digest)
        assert kept(tmp_path / "server", digest).digest == digest


def test_copies_that_nothing_needs_are_removed_once_they_are_settled(tmp_path, exported) -> None:
    server, there = tmp_path / "server", []
    for number in range(3):
        source = exported(f"x{number}", 0.1 * number)
        there.append(keep(server, source, ExportedModel.load(source).digest))
    (server / "models" / "a-note").mkdir()
    half = server / "models" / f"0123.{there[0].name}.aside"
    half.mkdir()
    hour = time.time() - keeping.SETTLED - 60
    for path in (there[0], there[1], half, server / "models" / "a-note"):
        os.utime(path, (hour, hour))
    tidy(server, {there[0].name})
    assert sorted(path.name for path in (server / "models").iterdir()) == sorted(
        [there[0].name, there[2].name, "a-note"]
    ), "the last may be on its way to be a candidate"


def test_one_that_is_kept_again_is_about_to_be_needed(tmp_path, exported) -> None:
    """As by an admin who adds it once more while `tidy` has an older list of what is needed."""
    source = exported("x")
    digest = ExportedModel.load(source).digest
    there = keep(tmp_path, source, digest)
    hour = time.time() - keeping.SETTLED - 60
    os.utime(there, (hour, hour))
    keep(tmp_path, source, digest)
    tidy(tmp_path, set())
    assert kept(tmp_path, digest).digest == digest


def test_a_file_that_is_shared_already_leaves_nothing_aside(tmp_path, exported) -> None:
    """As when two processes share one at once: the second finds it done."""
    first, second = exported("x"), exported("y")
    corrected(second, (2.0, 1.0))
    there = [keep(tmp_path, one, ExportedModel.load(one).digest) for one in (first, second)]
    keeping.share_graph(tmp_path, there[1], (there[0] / "model.onnx").read_bytes())
    assert sorted(path.name for path in there[1].iterdir()) == ["export.json", "model.onnx"]
    assert (there[0] / "model.onnx").samefile(there[1] / "model.onnx")
