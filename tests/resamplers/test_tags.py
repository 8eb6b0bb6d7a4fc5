"""What a resampler says of itself to scikit-learn and imbalanced-learn."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from counterpoise.resamplers.tags import remember, tags_of


def test_tags_of_a_sampler_of_dense_numbers() -> None:
    for keeps in (True, False):
        tags = tags_of(keeps)
        assert tags.estimator_type == "sampler"
        assert tags.target_tags.required
        assert tags.input_tags.dataframe
        assert not tags.input_tags.sparse
        assert tags.sampler_tags.sample_indices is keeps


def test_columns_are_remembered_where_there_are_some() -> None:
    estimator = BaseEstimator()
    remember(estimator, pd.DataFrame({"a": [1], "b": [2]}), 2)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    remember(estimator, np.zeros((4, 3, 2, 2)), 12)
    assert estimator.n_features_in_ == 12
    assert not hasattr(estimator, "feature_names_in_")
