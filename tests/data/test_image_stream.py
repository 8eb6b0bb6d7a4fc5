"""Some images of a decoder are used like an array."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import FileInputs
from counterpoise.data.decoder import Decoder
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
