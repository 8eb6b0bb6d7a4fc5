"""The base of all resamplers: seeds, counts, and when options are judged."""

import numpy as np
import pandas as pd
import pytest

from counterpoise.errors import ArgumentError, DataError
from counterpoise.resamplers import SMOTE
from counterpoise.resamplers.resampler import check_count, generator_of

X, Y = np.arange(24.0).reshape(12, 2), np.repeat([0, 1], [8, 4])


def test_seeds_of_every_kind() -> None:
    first = generator_of(7).initial_seed()
    assert first == generator_of(np.int64(7)).initial_seed()
    assert first != generator_of(8).initial_seed()
    assert generator_of(None).initial_seed() != generator_of(None).initial_seed()
    for make in (np.random.default_rng, np.random.RandomState):
        source = make(7)
        assert generator_of(source).initial_seed() == generator_of(make(7)).initial_seed()
        assert generator_of(make(7)).initial_seed() != generator_of(source).initial_seed()


@pytest.mark.parametrize("wrong", [-1, 0.5, True, "7"])
def test_what_is_no_seed(wrong) -> None:
    with pytest.raises(ArgumentError, match="random_state is an integer from 0"):
        generator_of(wrong)


@pytest.mark.parametrize("wrong", [0, 1.0, True, "3", None])
def test_what_is_no_count(wrong) -> None:
    with pytest.raises(ArgumentError, match=f"pool is a whole number, at least 1; got {wrong!r}"):
        check_count("pool", wrong)


def test_options_are_judged_before_data() -> None:
    with pytest.raises(ArgumentError, match="k_neighbors"):
        SMOTE(k_neighbors=0).check()
    with pytest.raises(ArgumentError, match="k_neighbors"):
        SMOTE(k_neighbors=0).fit_resample("no data", "no labels")
    SMOTE().check((3, 8, 8))


def test_fit_says_what_fit_resample_would_do() -> None:
    frame = pd.DataFrame(X, columns=["a", "b"])
    sampler = SMOTE().fit(frame, Y)
    assert sampler.sampling_strategy_ == {1: 4}
    assert sampler.n_features_in_ == 2
    assert sampler.feature_names_in_.tolist() == ["a", "b"]


def test_one_label_for_each_sample() -> None:
    with pytest.raises(DataError, match="one label per sample; got 12 and 11"):
        SMOTE().fit_resample(X, Y[:11])
