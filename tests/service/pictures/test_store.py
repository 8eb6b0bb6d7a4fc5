"""Pictures by key: no key leads out of the store, and a store that fails stops nothing."""

from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs the extra serve: fsspec")

from counterpoise.service.pictures.store import PAUSE, PictureStore

AT = 1_700_000_000_123_456
JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path) -> PictureStore:
    url = (tmp_path / "pictures").as_uri() if request.param == "file" else f"memory:/{tmp_path}"
    return PictureStore(url)


def test_a_picture_comes_back_until_it_is_dropped(store) -> None:
    key = store.put(12, AT, JPEG)
    assert key == f"12/2023-11-14/22/{AT}.jpg"
    assert store.get(key) == JPEG
    store.drop(key)
    store.drop(key)
    assert store.get(key) is None
    assert store.error == ""


@pytest.mark.parametrize(("content", "suffix"), [(JPEG, "jpg"), (PNG, "png"), (WEBP, "webp")])
def test_the_suffix_is_that_of_the_content(store, content, suffix) -> None:
    assert store.put(1, AT, content).endswith(f".{suffix}")


KEYS = (
    "../secret",
    "../../etc/passwd",
    "/etc/passwd",
    "1/2023-11-14/22/../../../../secret",
    "1/2023-11-14/22/5.jpg/../../../../../secret",
    "1/2023-11-14/22/5.jpg\n",
    "1/2023-11-14/22/5.jpg\0",
    "1/2023-11-14/22/%2e%2e.jpg",
    "1\\2023-11-14\\22\\5.jpg",
    "file:///etc/passwd",
    "~/secret",
    "",
    ".",
    "1",
    "1/2023-11-14",
    "١/2023-11-14/22/5.jpg",
)


@pytest.mark.parametrize("key", KEYS)
def test_no_key_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store = PictureStore((tmp_path / "pictures").as_uri())
    store.put(1, AT, JPEG)
    assert store.get(key) is None
    store.drop(key)
    assert secret.read_bytes() == b"secret"
    assert store.get(f"1/2023-11-14/22/{AT}.jpg") == JPEG


class Full:
    """A disk with room for some bytes."""

    def __init__(self, inner, room: int, error: Exception) -> None:
        self.inner, self.room, self.error, self.tried = inner, room, error, 0

    def pipe_file(self, path: str, content: bytes) -> None:
        self.tried += 1
        self.inner.pipe_file(path, content[: self.room])
        if len(content) > self.room:
            raise self.error

    def __getattr__(self, name: str):
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (RuntimeError("the bucket is gone"), "RuntimeError"),
    ],
)
def test_a_store_that_fails_is_left_for_a_while_and_tried_again(tmp_path, error, words) -> None:
    now = 0.0
    store = PictureStore((tmp_path / "pictures").as_uri(), clock=lambda: now)
    disk = store._files = Full(store._files, 2, error)
    assert store.put(1, AT, JPEG) is None
    assert store.error == words
    assert [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()] == []
    now = PAUSE - 1
    assert store.put(1, AT, JPEG) is None
    assert disk.tried == 1, "not at every frame"
    disk.room = 100
    now = PAUSE
    assert store.put(1, AT, JPEG) is not None
    assert store.error == ""


def test_a_store_that_is_gone_has_no_pictures(tmp_path) -> None:
    store = PictureStore((tmp_path / "pictures").as_uri())
    key = store.put(1, AT, JPEG)
    (tmp_path / "pictures").rename(tmp_path / "elsewhere")
    assert store.get(key) is None
    store.drop(key)
