"""Every frame becomes a result or is dropped for a named reason, whatever was sent."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.decode import decode_bytes
from counterpoise.errors import ArgumentError
from counterpoise.predict import Prediction
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.samples import to_npy

VERDICTS = {"not an image", "truncated", "bomb"}


class Model:
    """Whether the mean of a picture is above that of the one before, so to say."""

    classes = ("dark", "bright")
    kind = "image"

    def __init__(self, has_probabilities: bool = True) -> None:
        self.has_probabilities = has_probabilities
        self.batches: list[int] = []

    def decode(self, content: bytes):
        return decode_bytes(content, (16, 16), 3)

    def predict(self, samples) -> Prediction:
        self.batches.append(len(samples))
        light = samples.reshape(len(samples), -1).mean(axis=1) / 255
        scores = np.stack([1 - light, light], axis=1)
        shares = scores if self.has_probabilities else None
        return Prediction(scores.argmax(axis=1), self.classes, scores, shares)


def encoded(light: int, form: str = "JPEG", size: tuple[int, int] = (160, 120)) -> bytes:
    noise = np.random.default_rng(light).integers(-20, 20, (size[1], size[0], 3))
    stream = io.BytesIO()
    Image.fromarray((light + noise).clip(0, 255).astype(np.uint8)).save(stream, form)
    return stream.getvalue()


def test_each_frame_has_one_answer() -> None:
    contents = {
        1: encoded(30),
        2: b"<!doctype html>",
        3: encoded(220),
        4: encoded(100)[:2000],
        5: encoded(220, "PNG"),
        6: b"",
    }
    frames = [Frame(number, content, at=number) for number, content in contents.items()]
    model = Model()
    found = {one.frame.camera: one for one in analyse(model, frames)}
    assert sorted(found) == [1, 2, 3, 4, 5, 6]
    assert {n: one.reason for n, one in found.items() if isinstance(one, Unusable)} == {
        2: "not an image",
        4: "truncated",
        6: "not an image",
    }
    seen = {n: one for n, one in found.items() if isinstance(one, Seen)}
    assert {n: one.label for n, one in seen.items()} == {1: "dark", 3: "bright", 5: "bright"}
    assert {(one.width, one.height) for one in seen.values()} == {(160, 120)}
    for one in seen.values():
        scores = np.frombuffer(one.scores, "<f4")
        assert scores.sum() == pytest.approx(1)
        assert one.probability == pytest.approx(scores.max())
    assert model.batches == [3], "the model sees those that it can at once"


def test_a_model_of_margins_has_no_probability() -> None:
    (seen,) = analyse(Model(has_probabilities=False), [Frame(1, encoded(30), 0)])
    assert seen.probability is None
    assert np.frombuffer(seen.scores, "<f4").shape == (2,)


def test_a_model_is_not_called_without_a_picture() -> None:
    model = Model()
    assert [one.reason for one in analyse(model, [Frame(1, b"", 0)])] == ["not an image"]
    assert list(analyse(model, [])) == []
    assert model.batches == []


def test_a_defect_of_the_model_is_not_a_verdict_on_the_frame() -> None:
    class Broken(Model):
        def decode(self, content: bytes):
            raise ArgumentError("this model reads vectors")

    with pytest.raises(ArgumentError):
        list(analyse(Broken(), [Frame(1, encoded(30), 0)]))


class SeriesModel(Model):
    """Sees which channel is the louder one."""

    kind, shape, dtype = "series", (2, 5), np.dtype("float32")


def test_series_are_analysed_like_pictures() -> None:
    series = np.arange(10, dtype=np.float32).reshape(2, 5)
    contents = [to_npy(series), to_npy(series[:, :4]), encoded(30), to_npy(series * np.nan)]
    frames = [Frame(number, content, at=0) for number, content in enumerate(contents)]
    found = {one.frame.camera: one for one in analyse(SeriesModel(), frames)}
    assert (found[0].width, found[0].height, found[0].label) == (5, 2, "dark")
    assert [found[n].reason for n in (1, 2, 3)] == ["not samples"] * 3
    assert found[1].detail == "the model takes a series (2, 5); got (2, 4)"


def damaged(number: int, seed: int) -> None:
    """Bytes changed, taken out, doubled and cut: never more than a verdict."""
    draw, model = random.Random(seed), Model()
    originals = [encoded(light, form, (80, 60)) for light in (40, 200) for form in ("JPEG",)]
    answers = {"seen": 0}
    for index in range(number):
        content = bytearray(draw.choice(originals))
        for _ in range(draw.randrange(1, 6)):
            place = draw.randrange(len(content)) if draw.random() < 0.5 else draw.randrange(700)
            how = draw.randrange(4)
            if how == 0:
                content[place] = draw.randrange(256)
            elif how == 1:
                del content[place : place + draw.randrange(1, 40)]
            elif how == 2:
                content[place:place] = content[place : place + draw.randrange(1, 40)]
            else:
                content[place : place + 2] = bytes([0xFF, draw.randrange(256)])
        if draw.random() < 0.2:
            del content[draw.randrange(len(content)) :]
        (found,) = analyse(model, [Frame(index, bytes(content), 0)])
        if isinstance(found, Seen):
            answers["seen"] += 1
            assert 0 < found.width * found.height <= 25_000_000
        else:
            assert found.reason in VERDICTS
            answers[found.reason] = answers.get(found.reason, 0) + 1
    assert sum(answers.values()) == number
    assert min(answers["seen"], answers["not an image"], answers["truncated"]) > number // 50


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of what is damaged
def test_damaged_pictures_give_nothing_but_a_verdict() -> None:
    damaged(2000, seed=0)


@pytest.mark.system
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_many_damaged_pictures_give_nothing_but_a_verdict() -> None:
    damaged(10_000, seed=1)


def test_a_model_that_overflows_gives_no_result() -> None:
    class Overflows(Model):
        def predict(self, samples) -> Prediction:
            found = super().predict(samples)
            found.scores[1] = np.nan
            return found

    frames = [Frame(number, encoded(200), at=number) for number in (1, 2, 3)]
    found = {one.frame.camera: one for one in analyse(Overflows(), frames)}
    assert isinstance(found[2], Failed)
    assert found[2].reason == "the model gave no finite numbers"
    assert isinstance(found[1], Seen)
    assert isinstance(found[3], Seen)
