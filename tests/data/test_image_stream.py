"""Some images of a decoder are used like an array."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import FileInputs
from counterpoise.data.decoder import Decoder
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.moments import histogram
from counterpoise.data.preprocess import Mode, Preprocess
from counterpoise.data.survey import survey
from counterpoise.errors import DataError

NUM, SIZE, ITEM = 30, (9, 11), 9 * 11 * 3


def indices(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_a_stream_is_selected_like_an_array(files: FileInputs) -> None:
    whole = files.read()
    images = ImageStream(Decoder(files, NUM * ITEM, threads=2))
    chosen = images[indices(5, 3, 9)][indices(2, 0)]
    assert chosen.shape == (2, 3, *SIZE)
    assert np.array_equal(chosen.read(indices(0, 1)).transpose(0, 3, 1, 2), whole[[9, 5]])
    with pytest.raises(DataError, match=r"30 of shape .3, 9, 11. .*--image-memory"):
        np.asarray(images)


def test_constants_are_exactly_those_of_an_array(files: FileInputs) -> None:
    whole, train = files.read(), np.array([2, 3, 5, 7, 11, 13, 17])
    counts = np.concatenate(list(survey(files, threads=2)))
    assert counts.shape == (NUM, 3, 256)
    assert np.array_equal(counts.sum(axis=(1, 2)), [ITEM] * NUM)
    part = ImageStream(Decoder(files, 0), summaries=counts)[train]
    assert np.array_equal(part.histogram(), histogram(whole[train]))
    for mode in ("standard", "imagenet", "unit", "none"):
        fitted = Preprocess.fit(mode, whole[train])
        assert Preprocess.fit_histogram(mode, part.shape[1:], part.histogram()) == fitted


def test_constants_of_16_bit_images_are_exactly_those_of_an_array(tmp_path: Path) -> None:
    rng, paths = np.random.default_rng(0), []
    for i in range(9):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(rng.integers(29_000, 29_100, (9, 11)).astype(np.uint16)).save(paths[-1])
    files = FileInputs(tuple(paths), tuple(p.name for p in paths), SIZE, 1, deep=True)
    whole, train = files.read(), np.array([7, 2, 3, 5])
    images = ImageStream(Decoder(files, 10**6), summaries=np.concatenate(list(survey(files))))
    assert images.dtype == whole.dtype == np.int32
    assert np.array_equal(images.read(train).transpose(0, 3, 1, 2), whole[train])
    part = images[train]
    modes: tuple[Mode, ...] = ("standard", "unit", "none")
    for mode in modes:
        fitted = Preprocess.fit(mode, whole[train])
        assert Preprocess.fit_sums(mode, part.shape[1:], part.sums()) == fitted


def long_files(folder: Path) -> FileInputs:
    """At 8 pixels by the short side: from 8 x 8 to 8 x 37, lying and upright."""
    rng, paths = np.random.default_rng(0), []
    for i in range(NUM):
        shape = (16, 16 + 2 * i, 3) if i % 2 else (16 + 2 * i, 16, 3)
        paths.append(folder / f"{i}.png")
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(paths[-1])
    return FileInputs(tuple(paths), tuple(p.name for p in paths), (8, 8), 3, how="whole")


@pytest.mark.parametrize("kept", [0, 3000, 10**6])
def test_whole_images_are_the_same_in_memory_and_decoded_again(tmp_path: Path, kept: int) -> None:
    files = long_files(tmp_path)
    images = list(files.wholes())
    sizes = np.array([image.shape[:2] for image in images])
    held = HeldImages(np.concatenate([image.reshape(-1, 3) for image in images]), sizes, (8, 8))
    found = np.zeros((NUM, 2), dtype=np.int64)
    counts = np.concatenate(list(survey(files, threads=2, sizes=found)))
    assert np.array_equal(found, sizes)
    assert sizes[0].tolist() == [8, 8]
    assert sizes[29].tolist() == [8, 37]
    assert len({tuple(size) for size in sizes}) > 20
    stream = ImageStream(Decoder(files, kept, threads=2, sizes=found), summaries=counts)
    assert stream.shape == held.shape == (NUM, 3, 8, 8)
    random, train = np.random.default_rng(1), np.arange(NUM)[::-1]
    parts = stream[train], held[train]
    assert np.array_equal(parts[0].histogram(), parts[1].histogram())
    for _ in range(6):
        order = random.integers(0, NUM, 25)  # some of them twice
        top, left = (random.integers(sizes[train[order], axis] - 5) for axis in (0, 1))
        for part in parts:
            part.expect(order)
        assert np.array_equal(*(part.sizes_of(order) for part in parts))
        assert np.array_equal(*(part.cut(order, top, left, (6, 6)) for part in parts))
        assert np.array_equal(*(part.read(order) for part in parts))
    middle = files.read(train).transpose(0, 2, 3, 1)
    assert np.array_equal(parts[0].read(np.arange(NUM)), middle), "what prediction reads of files"
    with pytest.raises(DataError, match="needs images of one size"):
        np.asarray(stream)


def test_a_stream_of_one_size_is_cut_too(files: FileInputs) -> None:
    whole = files.read().transpose(0, 2, 3, 1)
    stream = ImageStream(Decoder(files, 12 * ITEM, threads=2))
    order, top, left = indices(4, 20, 4), indices(0, 2, 5), indices(7, 1, 0)
    assert stream.sizes_of(order).tolist() == [[9, 11]] * 3
    for _ in range(2):
        parts = stream.cut(order, top, left, (4, 4))
        for row in range(3):
            y, x = top[row], left[row]
            assert np.array_equal(parts[row], whole[order[row], y : y + 4, x : x + 4])


def test_memory_holds_as_many_whole_images_as_fit(tmp_path: Path) -> None:
    files = long_files(tmp_path)
    sizes = np.array([image.shape[:2] for image in files.wholes()])
    images = Decoder(files, 2000, threads=1, sizes=sizes)
    for index in range(NUM):
        images.read(indices(index))
    assert images._kept.nbytes <= 2000
    held = np.flatnonzero(images._place >= 0)
    assert held[:5].tolist() == [0, 1, 2, 3, 4]
    assert sizes[held].prod(axis=1).sum() * 3 <= 2000
    everything = Decoder(files, 10**9, threads=1, sizes=sizes)
    assert everything._kept.nbytes == sizes.prod(axis=1).sum() * 3


def test_an_image_that_was_exchanged_is_named(tmp_path: Path) -> None:
    files = long_files(tmp_path)
    sizes = np.array([image.shape[:2] for image in files.wholes()])
    Image.new("RGB", (64, 16)).save(files.paths[3])
    with pytest.raises(DataError, match=r"3\.png' was \(11, 8\) pixels .* is \(32, 8\) now"):
        Decoder(files, 0, threads=1, sizes=sizes).read(indices(3))


def test_damaged_files_are_all_counted_before_whole_images_are_kept(tmp_path: Path) -> None:
    files = long_files(tmp_path)
    for i in (4, 8):
        files.paths[i].write_bytes(b"x")
    with pytest.raises(DataError, match=r"4\.png.*2 damaged files in all"):
        list(files.wholes())


def test_headers_tell_how_much_memory_whole_images_take(tmp_path: Path) -> None:
    files = long_files(tmp_path)
    areas = [image.shape[0] * image.shape[1] for image in files.wholes()]
    assert files.area == np.mean(areas)
    files.paths[3].write_bytes(b"x")
    assert 0 < files.select(indices(3, 4)).area == areas[4]
