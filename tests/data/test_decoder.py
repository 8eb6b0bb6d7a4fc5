"""Images beyond memory: the same pixels, a bounded number of them kept, decoded ahead."""

import gc
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import FileInputs, decoder
from counterpoise.data.decoder import Decoder
from counterpoise.errors import DataError

NUM, SIZE = 30, (9, 11)
ITEM = 9 * 11 * 3


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files in the order in which their decoding began."""
    begun: list[str] = []
    real = decoder.decode_rows

    def noted(path: Path, *form: object) -> np.ndarray:
        begun.append(path.stem)
        return real(path, *form)

    monkeypatch.setattr(decoder, "decode_rows", noted)
    return begun


def indices(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize("kept", [0, 7, NUM])
@pytest.mark.parametrize("told", [True, False])
def test_pixels_are_those_of_an_array(files: FileInputs, kept: int, told: bool) -> None:
    whole = files.read().transpose(0, 2, 3, 1)
    images = Decoder(files, kept * ITEM, threads=2)
    order = np.random.default_rng(1).integers(0, NUM, 200)
    if told:
        images.expect(order)
    for start in range(0, 200, 8):
        part = order[start : start + 8]
        assert np.array_equal(images.read(part), whole[part])
    assert images.read(indices()).shape == (0, *SIZE, 3)


@pytest.mark.parametrize("kept", [0, 10, NUM])
def test_what_fits_in_memory_is_decoded_once(
    files: FileInputs, kept: int, decoded: list[str]
) -> None:
    images = Decoder(files, kept * ITEM + ITEM - 1, threads=2)
    for epoch in range(3):
        order = np.random.default_rng(epoch).permutation(NUM)
        images.expect(order)
        for part in np.split(order, 5):
            images.read(part)
    assert len(decoded) == kept + 3 * (NUM - kept)
    assert len(images._kept) // (SIZE[0] * SIZE[1]) == kept


def test_images_are_decoded_before_they_are_read(
    files: FileInputs, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "AHEAD", 12 * ITEM)
    monkeypatch.setattr(decoder, "GROUP", 2)
    images = Decoder(files, 0, threads=1)
    images.expect(np.arange(NUM))
    deadline = time.monotonic() + 60
    while len(decoded) < 12 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert decoded == [str(i) for i in range(12)], "as far ahead as is allowed, and no further"
    images.read(np.arange(4))
    while len(decoded) < 16 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert decoded[:16] == [str(i) for i in range(16)]


def test_an_image_drawn_often_is_decoded_once_at_a_time(
    files: FileInputs, decoded: list[str]
) -> None:
    images = Decoder(files, 0, threads=2)
    order = indices(3, 3, 5, 3, 3, 5)
    images.expect(order)
    images.read(order[:3])
    images.read(order[3:])
    assert sorted(decoded) == ["3", "5"]
    assert not images._coming
    images.read(indices(4, 4, 4))
    assert decoded.count("4") == 1


@pytest.mark.parametrize("kept", [0, 4])
@pytest.mark.parametrize("batch", [5, 12, NUM])
def test_a_batch_larger_than_what_is_decoded_ahead_is_decoded_once(
    files: FileInputs,
    decoded: list[str],
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    kept: int,
) -> None:
    monkeypatch.setattr(decoder, "AHEAD", 1)
    monkeypatch.setattr(decoder, "GROUP", 2)
    whole = files.read().transpose(0, 2, 3, 1)
    images = Decoder(files, kept * ITEM, threads=1)
    order = np.arange(NUM)
    for _ in range(2):
        images.expect(order)
        for start in range(0, NUM, batch):
            part = order[start : start + batch]
            assert np.array_equal(images.read(part), whole[part])
    assert len(decoded) == 2 * NUM - kept
    assert not images._coming
    assert not images._expected


def test_an_image_drawn_often_in_a_large_batch_leaves_nothing_behind(
    files: FileInputs, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "AHEAD", 1)
    monkeypatch.setattr(decoder, "GROUP", 1)
    images = Decoder(files, 0, threads=1)
    order = indices(3, 5, 7, 3, 8, 3, 7, 9)
    images.expect(order)
    images.read(order[:5])
    images.read(order[5:])
    assert sorted(decoded) == ["3", "3", "5", "7", "7", "8", "9"]
    assert not images._coming
    assert not images._expected


def test_a_new_expectation_replaces_the_old_one(files: FileInputs) -> None:
    whole = files.read().transpose(0, 2, 3, 1)
    images = Decoder(files, 5 * ITEM, threads=1)
    for _ in range(20):
        images.expect(np.arange(NUM))
    assert np.array_equal(images.read(indices(29, 0)), whole[[29, 0]])


def test_threads_end_with_the_stream(files: FileInputs) -> None:
    images = Decoder(files, 0, threads=3)
    images.expect(np.arange(NUM))
    images.read(np.arange(4))
    del images
    gc.collect()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        left = [t for t in threading.enumerate() if t.name.startswith("decode")]
        if not left:
            return
        time.sleep(0.02)
    pytest.fail(f"{len(left)} threads are left")


def test_a_file_that_vanishes_is_named(files: FileInputs) -> None:
    images = Decoder(files, 0, threads=2)
    files.paths[7].unlink()
    images.expect(np.arange(NUM))
    images.read(np.arange(5))
    with pytest.raises(DataError, match=r"7\.png.*no such file"):
        images.read(np.arange(5, 10))
    assert images.read(np.arange(10, 15)).shape == (5, *SIZE, 3)
