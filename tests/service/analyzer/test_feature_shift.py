"""The distance of a camera's features from the training's, and whether it is chance."""

import numpy as np
import pytest

from counterpoise.predict.feature_summary import summary
from counterpoise.service.analyzer.feature_shift import HOUR, shift

TRAINING = np.random.default_rng(0).normal(3, [4, 2, 1, 0.5], size=(2000, 4))
TRAINED = summary(TRAINING)


def test_a_shift_is_measured_in_standard_deviations() -> None:
    assert TRAINED is not None
    draw = np.random.default_rng(1)
    features = draw.normal(3, [4, 2, 1, 0.5], size=(960, 4))
    features[:, 1] += 3 * 2
    found = shift(features, np.arange(960) * 90, TRAINED)
    assert found is not None
    assert found.distance == pytest.approx(3, abs=0.2)
    assert (found.stretches, found.unit, found.frames) == (24, "hours", 960)
    assert found.is_more_than_chance
    assert found.p == pytest.approx(1 / 2001)
    assert "3.1 standard deviations of the training away, more than chance" in found.said


def test_without_a_shift_one_in_twenty_is_called_more_than_chance() -> None:
    """Of frames whose hours differ from each other more than frames of one hour do."""
    assert TRAINED is not None
    draw, wrong, times = np.random.default_rng(2), 0, 200
    seconds = np.arange(96) * 900
    hour = seconds // HOUR
    for _ in range(times):
        scene = draw.normal(0, np.sqrt(0.8), size=(24, 4))[hour]
        noise = draw.normal(0, np.sqrt(0.2), size=(96, 4))
        found = shift(3 + (scene + noise) * [4, 2, 1, 0.5], seconds, TRAINED)
        assert found is not None
        wrong += found.is_more_than_chance
    assert wrong / times < 0.1


def test_so_few_stretches_are_called_more_than_chance_no_more_often() -> None:
    """Of five hours, which vary as they do by chance alone: by their own standard errors."""
    trained = summary(TRAINING[:, :1])
    assert trained is not None
    draw, wrong, times = np.random.default_rng(4), 0, 200
    seconds = np.arange(20) * 900
    for _ in range(times):
        scene = draw.normal(0, np.sqrt(0.8), size=(5, 1))[seconds // HOUR]
        noise = draw.normal(0, np.sqrt(0.2), size=(20, 1))
        found = shift(3 + (scene + noise) * 4, seconds, trained)
        assert found is not None
        assert found.stretches == 5
        wrong += found.is_more_than_chance
    assert wrong / times < 0.1  # by the distance itself it is about .15


def test_what_never_changes_is_as_unsure_as_the_training() -> None:
    assert TRAINED is not None
    seconds = np.arange(24) * HOUR
    same = shift(np.array(TRAINED.mean)[None].repeat(24, 0), seconds, TRAINED)
    away = shift(np.array(TRAINED.mean)[None].repeat(24, 0) + 4, seconds, TRAINED)
    assert same is not None
    assert away is not None
    assert (same.distance, same.is_more_than_chance) == (pytest.approx(0, abs=1e-9), False)
    assert away.is_more_than_chance
    assert 0 < away.chance < 0.2  # four components, 2000 samples


def test_frames_that_follow_each_other_are_no_more_sure_than_their_hours() -> None:
    assert TRAINED is not None
    draw = np.random.default_rng(3)
    one = draw.normal(3, [4, 2, 1, 0.5], size=(24, 4))
    seconds = np.arange(24) * HOUR
    once = shift(one, seconds, TRAINED)
    often = shift(one.repeat(40, 0), seconds.repeat(40) + np.tile(np.arange(40), 24), TRAINED)
    assert once is not None
    assert often is not None
    assert often.chance == pytest.approx(once.chance)
    assert often.distance == pytest.approx(once.distance)


def test_minutes_count_where_there_are_no_five_hours() -> None:
    assert TRAINED is not None
    found = shift(TRAINING[:60], np.arange(60) * 10, TRAINED)
    assert found is not None
    assert (found.stretches, found.unit) == (10, "minutes")
    assert shift(TRAINING[:60], np.arange(60), TRAINED) is None
    assert shift(TRAINING[:0], np.arange(0), TRAINED) is None


def test_another_number_of_features_is_no_shift() -> None:
    assert TRAINED is not None
    assert shift(TRAINING[:60, :3], np.arange(60) * 60, TRAINED) is None
