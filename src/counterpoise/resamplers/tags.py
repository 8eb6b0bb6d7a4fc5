"""What scikit-learn and imbalanced-learn ask an estimator about itself."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import InputTags, Tags, TargetTags
from sklearn.utils.validation import validate_data


@dataclass
class SamplerTags:
    """Whether `sample_indices_` exists after resampling."""

    sample_indices: bool = False


@dataclass
class ResamplerInputTags(InputTags):  # type: ignore[misc]
    """Data frames are taken, which imbalanced-learn asks and scikit-learn does not."""

    dataframe: bool = True


@dataclass
class ResamplerTags(Tags):  # type: ignore[misc]
    """Tags of scikit-learn, and those by which imbalanced-learn knows a sampler."""

    sampler_tags: SamplerTags = field(default_factory=SamplerTags)


def tags_of(keeps: bool) -> ResamplerTags:
    """Tags of a resampler of dense numbers; `keeps` says whether it has `sample_indices_`."""
    return ResamplerTags(
        estimator_type="sampler",
        target_tags=TargetTags(required=True),
        input_tags=ResamplerInputTags(),
        sampler_tags=SamplerTags(sample_indices=keeps),
    )


def remember(estimator: BaseEstimator, X: object, num_features: int) -> None:
    """Set `n_features_in_`, and `feature_names_in_` where X is a data frame."""
    given = X if hasattr(X, "columns") else np.empty((0, num_features))
    validate_data(estimator, X=given, reset=True, skip_check_array=True)
