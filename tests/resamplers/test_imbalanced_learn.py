"""The adapter gives what imbalanced-learn gives, and says what it lacks."""

import sys

import numpy as np
import pytest
import torch
from imblearn import over_sampling, under_sampling

from counterpoise.errors import ArgumentError, DataError
from counterpoise.resamplers import ImbalancedLearn
from counterpoise.resamplers.resampler import generator_of


def blobs():
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [40, 20, 12])
    return random.normal(size=(72, 12)) + y[:, None], y


@pytest.mark.parametrize("name", ["ADASYN", "imblearn:ADASYN", "BorderlineSMOTE", "SMOTETomek"])
def test_gives_what_the_library_gives(name) -> None:
    X, y = blobs()
    points, labels = ImbalancedLearn(name=name, random_state=3).fit_resample(X, y)
    if name == "SMOTETomek":
        assert len(points) == len(labels) > 60
        return
    seed = generator_of(3).initial_seed() % 2**32
    theirs = getattr(over_sampling, name.removeprefix("imblearn:"))(random_state=seed)
    expected, targets = theirs.fit_resample(X, y)
    assert np.array_equal(points, expected)
    assert np.array_equal(labels, targets)


def test_images_options_and_indices() -> None:
    X, y = blobs()
    images = torch.from_numpy(X).float().reshape(-1, 3, 2, 2)
    sampler = ImbalancedLearn(name="NearMiss", options={"version": 2, "n_neighbors": 2})
    points, labels = sampler.fit_resample(images, torch.from_numpy(y))
    theirs = under_sampling.NearMiss(version=2, n_neighbors=2)
    expected, _ = theirs.fit_resample(images.flatten(1).numpy(), y)
    assert np.array_equal(points.flatten(1).numpy(), expected)
    assert np.array_equal(sampler.sample_indices_, theirs.sample_indices_)
    assert points.dtype == torch.float32
    assert len(labels) == len(points)


def test_a_cleaning_method_takes_a_list_of_classes() -> None:
    X, y = blobs()
    sampler = ImbalancedLearn(name="EditedNearestNeighbours", sampling_strategy=[0])
    _, labels = sampler.fit_resample(X, y)
    assert np.bincount(labels)[1:].tolist() == [20, 12]


def test_names_and_options_that_do_not_exist() -> None:
    X, y = blobs()
    with pytest.raises(ArgumentError, match="did you mean 'ADASYN'"):
        ImbalancedLearn(name="ADASIN").fit_resample(X, y)
    with pytest.raises(ArgumentError, match="did you mean 'n_neighbors'"):
        ImbalancedLearn(options={"n_neighbours": 3}).fit_resample(X, y)


def test_its_refusals_name_it() -> None:
    X, y = blobs()
    with pytest.raises(DataError, match="BorderlineSMOTE of imbalanced-learn refuses: Expected"):
        ImbalancedLearn(name="BorderlineSMOTE").fit_resample(X[:44], y[:44] + (y[:44] == 5))


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.delitem(sys.modules, "imblearn.over_sampling", raising=False)
    with pytest.raises(ArgumentError, match="pip install imbalanced-learn"):
        ImbalancedLearn().fit_resample(*blobs())
