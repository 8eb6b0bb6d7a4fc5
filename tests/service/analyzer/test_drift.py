"""The stability index against its formula, and when nothing can be said."""

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

from counterpoise.service.analyzer.drift import drift, stability_index

NONE = np.zeros((60, 2), np.int64)


def blocks(number: int, *counts: int) -> np.ndarray:
    found = np.zeros((24, 2), np.int64)
    found[:number] = counts
    return found


def test_the_index_is_its_formula() -> None:
    now, then = np.array([30, 70]), np.array([50, 50])
    first, second = np.array([30.5, 70.5]) / 101, np.array([50.5, 50.5]) / 101
    expected = sum((p - q) * np.log(p / q) for p, q in zip(first, second, strict=True))
    assert stability_index(now, then) == pytest.approx(expected)
    assert stability_index(then, then) == 0
    assert np.isfinite(stability_index(np.array([0, 100]), np.array([100, 0])))


def test_hours_count_and_minutes_until_there_are_some() -> None:
    found = drift("ab", (500, 500), blocks(5, 30, 70), NONE)
    assert found is not None
    assert (found.number, found.lately) == (500, "the last 24 hours")
    minutes = NONE.copy()
    minutes[:6] = (1, 9)
    found = drift("ab", (500, 500), blocks(2, 3, 27), minutes)
    assert found is not None
    assert (found.number, found.lately) == (60, "the last 60 minutes")
    assert found.is_more_than_chance
    assert found.most.label == "b"  # as different as the other, and the one that grew
    assert found.said == (
        "“b” is 90% of 60 frames in the last 60 minutes, 50% in training; stability index "
        f"{found.index:.2f}"
    )
    assert drift("ab", (500, 500), blocks(2, 3, 27), NONE) is None
    assert drift("ab", (0, 0), blocks(5, 30, 70), NONE) is None


def test_few_frames_have_a_large_index_by_chance_and_no_more() -> None:
    found = drift("ab", (500, 500), blocks(3, 1, 0), NONE)
    assert found is not None
    assert found.index > 0.25
    assert not found.is_more_than_chance
