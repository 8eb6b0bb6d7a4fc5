"""A model that another machine keeps in the store is taken from there, if it is whole."""

import errno
import hashlib
import shutil
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import CheckpointError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.records import ExportRecord
from counterpoise.service.pictures.objects import Objects
from counterpoise.service.promotion.keeping import keep, place
from counterpoise.service.promotion.travelling import (
    AbsentError,
    Copies,
    UnreachableError,
    copies_of,
    waited_for,
)
from counterpoise.service.settings import Settings


@pytest.fixture
def store(tmp_path) -> Objects:
    return Objects((tmp_path / "store").as_uri(), "models")


@pytest.fixture
def here(tmp_path, store) -> Copies:
    """Of the server."""
    return Copies(tmp_path / "server", store)


@pytest.fixture
def there(tmp_path, store) -> Copies:
    """Of a worker on another machine."""
    return Copies(tmp_path / "worker", store)


def kept(copies: Copies, exported) -> str:
    """Have a machine keep a model; its digest."""
    digest = ExportedModel.load(exported).digest
    keep(copies.folder, exported, digest)
    return digest


def graph(copies: Copies, digest: str) -> str:
    """By which name the store has the graph of a model."""
    content = (place(copies.folder, digest) / "model.onnx").read_bytes()
    return hashlib.sha256(content).hexdigest()


def corrected(exported) -> None:
    """Give an exported model other shares of the classes."""
    described = ExportRecord.read(exported / "export.json")
    new = described.model_copy(update={"correction": (2.0, 1.0)})
    (exported / "export.json").write_text(new.text())


def test_another_machine_has_the_model_by_its_digest(here, there, exported) -> None:
    digest = kept(here, exported("x"))
    with pytest.raises(AbsentError, match=rf"no copy of model {digest[:12]} .*--store"):
        there.get(digest)
    here.send([digest, "0" * 64])
    found = there.get(digest)
    assert (found.digest, found.classes) == (digest, ("dark", "light"))
    assert found.folder == place(there.folder, digest), "in its own folder"


def test_what_it_has_is_not_fetched_again_nor_sent_again(
    here, there, exported, store, monkeypatch
) -> None:
    digest = kept(here, exported("x"))
    here.send([digest])
    there.get(digest)
    asked: list[str] = []
    for name in ("get", "put", "sizes"):
        monkeypatch.setattr(store, name, lambda *given, name=name: asked.append(name))
    there.get(digest)
    here.send([digest])
    assert asked == []


def test_a_server_that_starts_again_sends_nothing_that_is_there(
    tmp_path, here, exported, store, monkeypatch
) -> None:
    digest = kept(here, exported("x"))
    here.send([digest])
    monkeypatch.setattr(store, "put", lambda *given: pytest.fail("it is there"))
    Copies(here.folder, store).send([digest])


def test_a_correction_has_the_graph_of_its_model(here, there, exported, store) -> None:
    first, second = exported("x"), exported("y")
    corrected(second)
    digests = [kept(here, first), kept(here, second)]
    here.send(digests)
    assert len(set(digests)) == 2
    assert sorted(name.rpartition(".")[2] for name in store.sizes()) == ["json", "json", "onnx"]
    assert [there.get(digest).digest for digest in digests] == digests


@pytest.mark.parametrize("part", [".onnx", ".json"])
@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", None])
def test_a_damaged_one_in_the_store_is_never_used(
    here, there, exported, store, part, content
) -> None:
    digest = kept(here, exported("x"))
    here.send([digest])
    name = (graph(here, digest) if part == ".onnx" else digest) + part
    whole = store.get(name)
    store.put(name, whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(CheckpointError, match=f"{name} is not what its name says") as found:
        there.get(digest)
    assert not isinstance(found.value, AbsentError)
    assert not place(there.folder, digest).exists()


def test_one_under_the_name_of_another_is_refused(here, there, exported, store) -> None:
    digest, other = kept(here, exported("x")), kept(here, exported("y", 0.2))
    here.send([digest, other])
    store.put(f"{digest}.json", store.get(f"{other}.json"))
    with pytest.raises(CheckpointError, match="is not what its name says"):
        there.get(digest)


def test_what_describes_it_comes_after_the_graph(here, there, exported, store, monkeypatch) -> None:
    """A server that is killed in between leaves nothing that is taken for whole."""
    digest = kept(here, exported("x"))
    put = store.put

    def once(name: str, content: bytes) -> None:
        put(name, content)
        raise OutputError("the server was killed")

    monkeypatch.setattr(store, "put", once)
    with pytest.raises(OutputError):
        here.send([digest])
    assert list(store.sizes()) == [f"{graph(here, digest)}.onnx"]
    with pytest.raises(AbsentError):
        there.get(digest)
    monkeypatch.setattr(store, "put", put)
    here.send([digest])
    assert there.get(digest).digest == digest


def test_a_damaged_copy_of_this_machine_is_replaced_from_the_store(here, there, exported) -> None:
    digest = kept(here, exported("x"))
    here.send([digest])
    there.get(digest)
    (place(there.folder, digest) / "model.onnx").write_bytes(b"damaged")
    assert there.get(digest).digest == digest


def test_without_a_store_the_folder_is_all_there_is(tmp_path, exported) -> None:
    copies = copies_of(Settings(folder=tmp_path / "server"))
    digest = kept(copies, exported("x"))
    copies.send([digest])
    assert copies.get(digest).digest == digest
    (place(copies.folder, digest) / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="does not have the digest"):
        copies.get(digest)
    with pytest.raises(AbsentError, match=r"/server/models has no copy of model 0000"):
        copies.get("0" * 64)


def test_a_store_that_does_not_answer_is_said(here, there, exported, store, monkeypatch) -> None:
    digest = kept(here, exported("x"))

    def broken(*given: object) -> None:
        raise OutputError("cannot read s3://x/models: the bucket is gone")

    monkeypatch.setattr(store, "get", broken)
    with pytest.raises(CheckpointError, match=r"cannot be fetched: .*the bucket is gone") as found:
        there.get(digest)
    assert not isinstance(found.value, AbsentError)


def full(*given: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_no_damaged_model(here, there, exported, monkeypatch) -> None:
    """It is tried again: nothing is undone, and no candidate is broken."""
    digest = kept(here, exported("x"))
    here.send([digest])
    with monkeypatch.context() as patch:
        patch.setattr("counterpoise.atomic.os.fsync", full)
        with pytest.raises(UnreachableError, match=r"the disk is full \(free some") as caught:
            there.get(digest)
        assert there.may_come(caught.value)
        assert str(there.folder) not in there.said(caught.value)
    assert list((there.folder / "models").iterdir()) == [], "no part of it is left"
    assert there.get(digest).digest == digest


def test_a_full_disk_is_tried_again_until_the_machine_has_all_that_the_store_has(
    here, there, exported, monkeypatch
) -> None:
    digests = [kept(here, exported("x")), kept(here, exported("y", 0.2))]
    here.send(digests)
    fails: list[int] = []

    def some(handle: int) -> None:
        fails.append(handle)
        if len(fails) == 1:
            full()

    monkeypatch.setattr("counterpoise.atomic.os.fsync", some)
    with pytest.raises(OutputError, match="the disk is full"):
        there.fetch(digests)
    assert [place(there.folder, one).is_dir() for one in digests] == [False, True]
    there.fetch(digests)
    assert [place(there.folder, one).is_dir() for one in digests] == [True, True]


def test_one_that_cannot_be_read_now_is_not_damaged(tmp_path, exported, monkeypatch) -> None:
    copies = Copies(tmp_path / "server", None)
    digest = kept(copies, exported("x"))
    read = Path.read_bytes

    def broken(path: Path) -> bytes:
        if path.name == "model.onnx":
            raise OSError(errno.EMFILE, "Too many open files")
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", broken)
        with pytest.raises(UnreachableError, match="Too many open files"):
            copies.get(digest)
    assert copies.get(digest).digest == digest


def test_one_that_is_on_its_way_is_waited_for(here, there, exported, monkeypatch) -> None:
    digest, slept = kept(here, exported("x")), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        here.send([digest])

    monkeypatch.setattr("counterpoise.service.promotion.travelling.time.sleep", sleep)
    assert waited_for(there, digest, 60.0).digest == digest
    assert len(slept) == 1
    with pytest.raises(AbsentError):
        waited_for(there, "0" * 64, 0.0)


def test_the_store_keeps_no_model_that_nothing_needs(here, there, exported, store) -> None:
    first, second, third = exported("x"), exported("y"), exported("z", 0.2)
    corrected(second)
    plain, moved, gone = (kept(here, one) for one in (first, second, third))
    both = f"{graph(here, plain)}.onnx"
    here.send([plain, moved, gone])
    store.put("f" * 64 + ".onnx", b"of a server that was killed")
    here.tidy({plain, moved})
    assert set(store.sizes()) == {both, f"{plain}.json", f"{moved}.json"}
    here.tidy({moved})
    assert set(store.sizes()) == {both, f"{moved}.json"}, "the graph of both"
    assert there.get(moved).digest == moved
    here.send([gone])
    assert there.get(gone).digest == gone, "it comes again when it is needed again"


def test_a_store_that_fails_once_loses_no_graph(here, exported, store, monkeypatch) -> None:
    """What describes a corrected model names the graph; while it cannot be read, none is loose."""
    first, second = exported("x"), exported("y")
    corrected(second)
    plain, moved = kept(here, first), kept(here, second)
    here.send([plain, moved])
    get = store.get

    def broken(name: str) -> bytes:
        raise OutputError("cannot read the store: it took too long")

    monkeypatch.setattr(store, "get", broken)
    with pytest.raises(OutputError, match="took too long"):
        here.tidy({moved})
    assert f"{graph(here, plain)}.onnx" in store.sizes()
    monkeypatch.setattr(store, "get", get)
    here.tidy({moved})
    assert set(store.sizes()) == {f"{graph(here, plain)}.onnx", f"{moved}.json"}


def test_what_another_process_of_this_machine_fetched_meanwhile_stays(
    here, there, exported, store, monkeypatch
) -> None:
    """It may be read right now."""
    digest = kept(here, exported("x"))
    here.send([digest])
    second, get = Copies(there.folder, store), store.get
    others = []

    def slow(name: str) -> bytes | None:
        if not others:
            others.append(None)
            second.get(digest)
            others[0] = (place(there.folder, digest) / "model.onnx").stat().st_ino
        return get(name)

    monkeypatch.setattr(store, "get", slow)
    assert there.get(digest).digest == digest
    assert [(place(there.folder, digest) / "model.onnx").stat().st_ino] == others


def test_a_machine_that_is_new_fetches_what_the_store_has(
    here, there, exported, store, caplog
) -> None:
    digests = [kept(here, exported("x")), kept(here, exported("y", 0.2))]
    here.send(digests)
    there.fetch([*digests, "0" * 64])
    assert [place(there.folder, one).is_dir() for one in digests] == [True, True]
    assert caplog.text == ""
    shutil.rmtree(there.folder)
    store.put(f"{digests[0]}.json", b"{}")
    there.fetch(digests)
    assert [place(there.folder, one).is_dir() for one in digests] == [False, True]
    assert "a model of this server is not here: " in caplog.text


def test_pages_name_no_path_and_no_address_of_the_server(here, store) -> None:
    with pytest.raises(CheckpointError) as caught:
        here.get("0" * 64)
    assert here.said(caught.value).startswith("the store has no copy of model 000000000000")
    assert Objects("memory://kim:secret@host/x", "models").place == "memory://host/x/models"
