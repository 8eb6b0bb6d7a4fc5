"""Made for tests/contracts/test_four_files.py: metric."""

import numpy as np

from counterpoise.metrics.count_metric import CountMetric
from counterpoise.metrics.tallies import Counts, Floats


class Kappa(CountMetric):
    """Cohen's kappa: agreement beyond that of chance."""

    key = "kappa"
    title = "Cohen's kappa"

    def __call__(self, hits: Counts, true: Counts, predicted: Counts) -> Floats:
        total = true.sum(-1)
        with np.errstate(invalid="ignore"):
            chance = (true * predicted).sum(-1) / total**2
            return np.asarray((hits.sum(-1) / total - chance) / (1 - chance))
