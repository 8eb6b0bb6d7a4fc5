"""Inputs in batches: files, arrays of any length, and what does not fit the model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from counterpoise.errors import ArgumentError, DataError
from counterpoise.predict import Ensemble, Predictor

Pixels = npt.NDArray[np.uint8]


def test_files_are_stretched_to_the_models_size(
    tmp_path: Path, made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    predictor = made("small-cnn", (3, 16, 16))
    same = images(3, 16, 16, num=2)
    for i, image in enumerate(same):
        Image.fromarray(image.transpose(1, 2, 0)).save(tmp_path / f"{i}.png")
    Image.new("L", (50, 31), 128).save(tmp_path / "2.png")
    found = predictor.predict_files([tmp_path / f"{i}.png" for i in range(3)])
    grey = np.full((1, 3, 16, 16), 128, dtype=np.uint8)
    expected = predictor.predict(np.concatenate([same, grey]))
    assert np.array_equal(found.scores, expected.scores)
    assert len(predictor.predict_files([])) == 0
    assert len(predictor.predict(np.zeros((0, 3, 16, 16), dtype=np.uint8))) == 0


def test_a_damaged_image_is_named(tmp_path: Path, made: Callable[..., Predictor]) -> None:
    (tmp_path / "half.png").write_bytes(b"\x89PNG\r\n")
    for path, words in (("half.png", r"half\.png"), ("gone.png", "no such file")):
        for model in (made(), Ensemble([made()])):
            with pytest.raises(DataError, match=rf"{words}.*; fix it, or leave it out$"):
                model.predict_files([tmp_path / path])
    with pytest.raises(ArgumentError, match="not image files"):
        made("mlp", (4,)).predict_files([tmp_path / "half.png"])


def test_batches_do_not_change_the_order(made: Callable[..., Predictor]) -> None:
    predictor = made("linear", (4,))
    inputs = np.random.default_rng(0).normal(size=(1200, 4)).astype(np.float32)
    inputs.flags.writeable = False  # as a memory-mapped file is
    whole = predictor.predict(inputs)
    single = [predictor.predict(inputs[i : i + 1]).scores[0] for i in (0, 511, 512, 1199)]
    np.testing.assert_allclose(whole.scores[[0, 511, 512, 1199]], single, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        (np.zeros((2, 1, 8, 9)), ArgumentError, r"\(N, 1, 8, 8\); got \(2, 1, 8, 9\)"),
        (np.zeros((1, 8, 8)), ArgumentError, "samples have shape"),
        (np.full((1, 1, 8, 8), np.nan), ArgumentError, "of bytes, 0 to 255; got float64"),
        (np.full((1, 1, 8, 8), 0.5), ArgumentError, r"from 0.5 to 0.5 \(if 1 is white: multiply"),
        (np.full((1, 1, 8, 8), True), ArgumentError, "of bytes, 0 to 255; got bool"),
        (np.full((1, 1, 8, 8), 256), ArgumentError, "of bytes, 0 to 255; got int64, from 256"),
        (np.full((1, 1, 8, 8), -1), ArgumentError, "of bytes, 0 to 255; got int64, from -1"),
        (np.full((1, 1, 8, 8), "x"), ArgumentError, "inputs are numbers"),
    ],
)
def test_unfit_inputs_are_refused(
    inputs: npt.NDArray[np.generic],
    error: type[Exception],
    words: str,
    made: Callable[..., Predictor],
) -> None:
    with pytest.raises(error, match=words):
        made().predict(inputs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(
    value: float, made: Callable[..., Predictor]
) -> None:
    with pytest.raises(DataError, match="inputs are finite numbers"):
        made("linear", (4,)).predict(np.full((2, 4), value))


def test_values_too_far_from_those_of_training_are_refused(made: Callable[..., Predictor]) -> None:
    with pytest.raises(DataError, match="beyond float32 after preprocessing"):
        made("linear", (4,)).predict(np.full((2, 4), 1e300))


def test_vectors_are_taken_in_any_type(made: Callable[..., Predictor]) -> None:
    predictor = made("linear", (4,))
    whole = np.random.default_rng(0).integers(0, 100, (5, 4))
    expected = predictor.predict(whole.astype(np.float32)).scores
    for dtype in (np.int64, np.uint16, np.uint8, np.float64, np.float16):
        assert np.array_equal(predictor.predict(whole.astype(dtype)).scores, expected)


def test_bytes_are_taken_in_any_type_of_integers(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    predictor, raw = made(), images(1, 8, 8)
    expected = predictor.predict(raw).scores
    for dtype in (np.int64, np.uint16, np.int32):
        assert np.array_equal(predictor.predict(raw.astype(dtype)).scores, expected)
        tensor = torch.from_numpy(raw.astype(dtype))
        assert np.array_equal(predictor.predict(tensor).scores, expected)
    for tensor in (torch.from_numpy(raw / 255), torch.from_numpy(raw).bfloat16() / 255):
        with pytest.raises(ArgumentError, match="of bytes"):
            predictor.predict(tensor)


def test_an_ensemble_refuses_images_on_another_scale(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    ensemble = Ensemble([made(), made()])
    assert len(ensemble.predict(images(1, 8, 8))) == 20
    with pytest.raises(ArgumentError, match="of bytes"):
        ensemble.predict(images(1, 8, 8) / 255)


def test_the_high_byte_of_sixteen_bit_images_is_not_read_in_silence(
    tmp_path: Path, made: Callable[..., Predictor], recwarn: pytest.WarningsRecorder
) -> None:
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) + 40_000
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray((deep >> 8).astype(np.uint8)).save(tmp_path / "bytes.png")
    predictor = made()
    expected = predictor.predict_files([tmp_path / "bytes.png"])
    assert not recwarn
    with pytest.warns(UserWarning, match="1 of 2 images are 16-bit, .* sees the high byte"):
        found = predictor.predict_files([tmp_path / "deep.png", tmp_path / "bytes.png"])
    np.testing.assert_allclose(found.scores, np.repeat(expected.scores, 2, axis=0), rtol=1e-5)
