"""Pictures by key: no key leads out of the store, and a store that fails stops nothing."""

from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs the extra serve: fsspec")

from counterpoise.errors import ArgumentError
from counterpoise.service.pictures.store import PAUSE, PictureStore

AT = 1_700_000_000_123_456
JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"


@pytest.fixture(params=["file", "memory", pytest.param("s3", marks=pytest.mark.system)])
def url(request, tmp_path) -> str:
    """Of a store of each kind."""
    if request.param == "s3":
        return request.getfixturevalue("bucket")
    return (tmp_path / "pictures").as_uri() if request.param == "file" else f"memory:/{tmp_path}"


@pytest.fixture
def store(url: str) -> PictureStore:
    return PictureStore(url)


def test_several_pictures_are_kept_and_dropped_together(store) -> None:
    keys = store.put_all([(n, AT + n, JPEG + bytes([n])) for n in range(20)])
    assert [store.get(key) for key in keys] == [JPEG + bytes([n]) for n in range(20)]
    store.drop_all([*keys[1:], f"9/2023-11-14/22/{AT}.jpg", "../secret"])
    assert [store.get(key) is None for key in keys] == [False] + [True] * 19
    assert store.put_all([]) == []
    assert store.error == ""


def test_the_pictures_of_a_camera_that_is_gone_are_forgotten(url: str, store) -> None:
    keys = [
        store.put(camera, AT + day * 86_400_000_000, JPEG) for camera in (1, 11) for day in (0, 1)
    ]
    other = PictureStore(url)  # as another process does, which has listed them before
    list(other.forget(5))
    later = other.put(1, AT + 5 * 86_400_000_000, JPEG)
    assert len(list(store.forget(1))) == 3
    assert [store.get(key) is None for key in (*keys, later)] == [True, True, False, False, True]


def test_the_pictures_of_a_camera_and_an_hour_are_listed(url: str, store) -> None:
    hour = 3_600_000_000
    keys = [store.put(camera, AT + n, JPEG) for camera in (1, 11) for n in (0, 7, hour)]
    other = PictureStore(url)
    assert sorted(other.keys(1, AT - AT % hour)) == sorted(keys[:2])
    assert other.keys(1, AT + hour) == [keys[2]]
    assert other.keys(5, AT) == []


def test_a_picture_is_restored_under_its_key(store) -> None:
    key = f"7/2023-11-14/22/{AT}.jpg"
    store.restore(key, JPEG)
    assert store.get(key) == JPEG


def test_a_store_that_works_is_told_from_one_that_does_not(store, url) -> None:
    store.require_working()
    assert store.error == ""


def test_two_processes_try_a_store_at_the_same_time(tmp_path) -> None:
    """Of which each removes its own trial alone."""
    url = (tmp_path / "pictures").as_uri()
    first, second = PictureStore(url), PictureStore(url)

    class Meanwhile:
        """Files of the first, while which the second tries the store, too."""

        def __init__(self, inner) -> None:
            self.inner = inner

        def cat_file(self, path: str) -> bytes:
            second.require_working()
            return self.inner.cat_file(path)

        def __getattr__(self, name: str):
            return getattr(self.inner, name)

    first._files = Meanwhile(first._files)
    first.require_working()
    assert (first.error, second.error) == ("", "")
    assert list((tmp_path / "pictures").iterdir()) == []


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


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nowhere://x", "nowhere"),
        ("s3://AKIA:secret@pictures/x", "taken from the environment"),
    ],
)
def test_a_url_that_nothing_reaches_is_said_without_secrets(url: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said) as caught:
        PictureStore(url)
    assert "secret" not in str(caught.value)


@pytest.mark.system
def test_a_bucket_that_is_not_there_is_said_at_the_start(bucket) -> None:
    with pytest.raises(ArgumentError, match=r"in s3://elsewhere/x: .*does not exist"):
        PictureStore("s3://elsewhere/x").require_working()


@pytest.mark.system
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match."),
        ("AccessDenied", "Access Denied"),
    ],
)
def test_wrong_credentials_of_s3_are_said_at_the_start(s3_that_answers, code, message) -> None:
    s3_that_answers(403, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")
    with pytest.raises(ArgumentError) as caught:
        PictureStore("s3://pictures/x").require_working()
    assert str(caught.value) == f"pictures cannot be kept in s3://pictures/x: {message}"


@pytest.mark.system
def test_a_bucket_that_is_down_stops_no_start_and_is_tried_again(s3_that_answers) -> None:
    s3_that_answers(503, "<Error><Code>SlowDown</Code><Message>Slow down</Message></Error>")
    store = PictureStore("s3://pictures/x")
    store.require_working()
    assert store.error
    assert store.put(1, AT, JPEG) is None


@pytest.mark.system
def test_an_object_that_is_half_uploaded_is_never_read(bucket, upload) -> None:
    """The connection ends in the middle of a PUT, as when a worker is killed."""
    store, key = PictureStore(bucket), f"1/2023-11-14/22/{AT}.jpg"
    upload(f"{bucket.removeprefix('s3:/')}/{key}", b"x" * 1000, sent=500)
    assert store.get(key) is None
    store.restore(key, JPEG)
    upload(f"{bucket.removeprefix('s3:/')}/{key}", b"x" * 1000, sent=500)
    assert store.get(key) == JPEG, "the whole one stays"
