"""Files in a store are whole or not there; one that does not answer is no empty one."""

import pytest

pytest.importorskip("fsspec", reason="needs the extra serve: fsspec")

from counterpoise.errors import OutputError
from counterpoise.service.pictures.objects import Objects


@pytest.fixture(params=["file", "memory", pytest.param("s3", marks=pytest.mark.system)])
def objects(request, tmp_path) -> Objects:
    """In a store of each kind."""
    if request.param == "s3":
        return Objects(request.getfixturevalue("bucket"), "models")
    url = (tmp_path / "store").as_uri() if request.param == "file" else f"memory:/{tmp_path}"
    return Objects(url, "models")


def test_a_file_comes_back_until_it_is_dropped(objects) -> None:
    assert objects.sizes() == {}
    assert objects.get("a.onnx") is None
    objects.put("a.onnx", b"one")
    objects.put("b.json", b"{}")
    objects.put("a.onnx", b"other")
    assert objects.sizes() == {"a.onnx": 5, "b.json": 2}
    assert objects.get("a.onnx") == b"other"
    objects.drop("a.onnx")
    objects.drop("a.onnx")
    assert objects.sizes() == {"b.json": 2}
    assert objects.get("a.onnx") is None


class Watched:
    """Files that are looked at while one is written, or that fail then."""

    def __init__(self, inner, look, error: Exception | None = None) -> None:
        self.inner, self.look, self.error = inner, look, error

    def pipe_file(self, path: str, content: bytes) -> None:
        self.inner.pipe_file(path, content[: len(content) // 2])
        self.look()
        if self.error is not None:
            raise self.error
        self.inner.pipe_file(path, content)

    def __getattr__(self, name: str):
        return getattr(self.inner, name)


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_half_written_file_is_never_read(tmp_path, kind) -> None:
    url = (tmp_path / "store").as_uri() if kind == "file" else f"memory:/{tmp_path}"
    objects, other = Objects(url, "models"), Objects(url, "models")
    found: list[tuple[bytes | None, dict[str, int]]] = []
    objects._files = Watched(objects._files, lambda: found.append((other.get("a"), other.sizes())))
    objects.put("a", b"0123456789")
    objects.put("a", b"abcdefghijkl")
    assert found == [(None, {}), (b"0123456789", {"a": 10})]
    assert other.get("a") == b"abcdefghijkl"


def test_one_that_cannot_be_written_leaves_what_was_before(tmp_path) -> None:
    objects = Objects((tmp_path / "store").as_uri(), "models")
    objects.put("a", b"before")
    error = OSError(28, "No space left on device")
    objects._files = Watched(objects._files, lambda: None, error)
    with pytest.raises(OutputError, match=r"cannot write file:.*/models: No space left on device"):
        objects.put("a", b"later")
    assert objects.get("a") == b"before"
    assert [path.name for path in (tmp_path / "store" / "models").iterdir()] == ["a"]


@pytest.mark.system
def test_an_object_that_is_half_uploaded_is_never_read(bucket, upload) -> None:
    objects = Objects(bucket, "models")
    path = f"{bucket.removeprefix('s3:/')}/models/a"
    upload(path, b"x" * 1000, sent=500)
    assert objects.get("a") is None
    objects.put("a", b"whole")
    upload(path, b"x" * 1000, sent=500)
    assert objects.get("a") == b"whole"


@pytest.mark.system
def test_a_bucket_that_does_not_answer_is_not_an_empty_one(s3_that_answers) -> None:
    s3_that_answers(503, "<Error><Code>SlowDown</Code><Message>Slow down</Message></Error>")
    objects = Objects("s3://pictures/x", "models")
    with pytest.raises(OutputError, match="cannot list s3://pictures/x/models"):
        objects.sizes()
    with pytest.raises(OutputError, match="cannot read"):
        objects.get("a")
    with pytest.raises(OutputError, match="cannot write"):
        objects.put("a", b"x")
