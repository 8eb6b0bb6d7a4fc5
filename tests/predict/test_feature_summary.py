"""Mean and principal components of features."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from counterpoise.predict.feature_summary import summary


def test_components_are_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(200, 30)) @ draw.normal(size=(30, 30)) + 5
    found = summary(features)
    assert found is not None
    pca = PCA(16).fit(features)
    np.testing.assert_allclose(found.mean, pca.mean_, rtol=1e-5)
    np.testing.assert_allclose(found.variances, pca.explained_variance_, rtol=1e-5)
    along = np.abs((np.array(found.components) * pca.components_).sum(1))
    np.testing.assert_allclose(along, 1, atol=1e-4)
    assert found.samples == 200


def test_directions_without_variance_are_left_out() -> None:
    features = np.ones((10, 4))
    features[:, 2] = np.arange(10)
    found = summary(features)
    assert found is not None
    assert found.components == ((0.0, 0.0, 1.0, 0.0),)
    flat = summary(np.ones((10, 4)))
    assert flat is not None
    assert (flat.components, flat.mean) == ((), (1.0, 1.0, 1.0, 1.0))


@pytest.mark.parametrize("number", [0, 1])
def test_of_one_sample_nothing_is_said(number: int) -> None:
    assert summary(np.ones((number, 4))) is None


def test_the_same_samples_give_the_same_numbers_whatever_their_sign() -> None:
    features = np.random.default_rng(1).normal(size=(50, 6))
    first, second = summary(features), summary(-features)
    assert first is not None
    assert second is not None
    assert first.components == second.components
    assert first == summary(features.copy())
