"""A candidate is shown what the running model saw, and never at its cost."""

import threading
import time

import numpy as np
import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")
pytest.importorskip("simplejpeg", reason="needs the extra serve: simplejpeg")

from counterpoise.predict import Prediction
from counterpoise.service.analyzer.frame import Frame
from counterpoise.service.database.batch import Analysed
from counterpoise.service.resources import shadowing as module
from counterpoise.service.resources.shadowing import MOST, Shadowing


class Model:
    """Says "b" of everything; waits, spends time or fails where it is told to."""

    kind, classes = "image", ("a", "b")

    def __init__(self, spends: float = 0.0, fails: bool = False) -> None:
        self.spends, self.fails = spends, fails
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.saw = 0

    def decode(self, content: bytes):
        return np.zeros((1, 2, 2), np.uint8)

    def predict(self, samples) -> Prediction:
        self.may_go_on.wait()
        if self.fails:
            raise RuntimeError("a bad node")
        until = time.thread_time() + self.spends
        while time.thread_time() < until:
            pass
        self.saw += len(samples)
        scores = np.tile([0.25, 0.75], (len(samples), 1))
        return Prediction(scores.argmax(1), self.classes, scores, scores)


@pytest.fixture
def frames(jpeg):
    content = jpeg(100)

    def made(number: int, label: str = "a", model: int = 1):
        return [
            (Frame(k, content, k), Analysed(k, model, k, label, 0.5, None, None, 1, 1, 1))
            for k in range(number)
        ]

    return made


def wait_until(true) -> None:
    limit = time.monotonic() + 30
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_pairs_are_counted_by_the_model_and_class_of_the_result(frames) -> None:
    shadowing, model = Shadowing(lambda: False, share=1.0), Model()
    shadowing.offer(frames(3))  # nobody is shown them
    shadowing.start(7, model)
    assert shadowing.shown == (7, model)
    shadowing.offer(frames(3) + frames(2, "b", 2))
    wait_until(lambda: model.saw == 5)
    saw = shadowing.stop()
    assert saw is not None
    assert (saw.candidate, saw.seen, saw.skipped, saw.failed) == (7, 5, 0, 0)
    assert {key: tally.number for key, tally in saw.pairs.items()} == {
        (1, "a", "b"): 3, (2, "b", "b"): 2,
    }  # fmt: skip
    tally = saw.pairs[1, "a", "b"]
    assert (tally.probability, tally.shadow_probability) == (1.5, 2.25)
    assert (tally.camera, tally.at) == (2, 2)
    assert shadowing.stop() is None
    assert shadowing.shown is None


def test_what_was_taken_is_counted_once(frames) -> None:
    shadowing, model = Shadowing(lambda: False, share=1.0), Model()
    shadowing.start(7, model)
    shadowing.offer(frames(3))
    wait_until(lambda: model.saw == 3)
    wait_until(lambda: shadowing._run._saw.seconds > 0)
    first = shadowing.taken()
    assert first is not None
    assert first.seen == 3
    assert not shadowing.taken()
    shadowing.stop()


def test_frames_are_skipped_when_the_running_model_needs_the_processor(frames) -> None:
    is_pressed, model = True, Model()
    shadowing = Shadowing(lambda: is_pressed, share=1.0)
    shadowing.start(7, model)
    shadowing.offer(frames(5))
    wait_until(lambda: shadowing._run._saw.skipped == 5)
    assert model.saw == 0
    is_pressed = False
    shadowing.offer(frames(2))
    wait_until(lambda: model.saw == 2)
    shadowing.stop()


def test_it_keeps_few_frames_and_few_bytes(frames, monkeypatch) -> None:
    shadowing, model = Shadowing(lambda: False, share=1.0), Model()
    model.may_go_on.clear()
    shadowing.start(7, model)
    shadowing.offer(frames(1))
    wait_until(lambda: not shadowing._run._waiting)
    shadowing.offer(frames(MOST + 9))
    assert len(shadowing._run._waiting) == MOST
    monkeypatch.setattr(module, "BYTES", 10)
    shadowing.offer(frames(1))
    assert shadowing._run._saw.skipped == 10
    model.may_go_on.set()
    saw = shadowing.stop()
    assert saw is not None
    assert saw.seen + saw.skipped == 1 + MOST + 9 + 1, "each was seen or skipped"


def test_it_takes_its_share_of_a_processor(frames) -> None:
    shadowing, model = Shadowing(lambda: False, share=0.25), Model(spends=0.02)
    begun = time.monotonic()
    shadowing.start(7, model)
    while time.monotonic() - begun < 0.8:
        shadowing.offer(frames(10))
        time.sleep(0.005)
    saw = shadowing.stop()
    took = time.monotonic() - begun
    assert saw is not None
    assert saw.skipped > 0
    assert 0 < saw.seconds < 0.25 * took + 0.06  # a batch more


def test_one_that_fails_stops_and_says_why(frames) -> None:
    shadowing = Shadowing(lambda: False)
    shadowing.start(7, Model(fails=True))
    shadowing.offer(frames(2))
    wait_until(lambda: shadowing._run._saw.fault)
    shadowing.offer(frames(2))  # does nothing more
    saw = shadowing.taken()
    assert saw is not None
    assert saw.fault == "RuntimeError: a bad node"
    shadowing.stop()
