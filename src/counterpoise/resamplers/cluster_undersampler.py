"""Undersampling based on clustering (SBC, CUS)."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import torch
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from counterpoise.apportion import apportion_capped
from counterpoise.resamplers.problem import Kept, Problem
from counterpoise.resamplers.resampler import RandomState, Resampler, check_count
from counterpoise.resamplers.strategy import Strategy

Counts = npt.NDArray[np.int64]


class ClusterUndersampler(Resampler):
    """Thin out large classes by cluster, least where the smallest class is rare.

    All samples are clustered together by k-means. Of a class to be cut, cluster i keeps a share in
    proportion to ``MA_i / max(MI_i, 1)``, its own samples over those of the smallest class: most
    is taken far from the minority. Drawn without replacement; what a cluster cannot give, the
    others give.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" cuts all classes to the smallest.
        n_clusters: k of k-means, at most N.
        random_state: integer, generator of numpy, or None.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), in the order of X; `sample_indices_` (M,).

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Yen and Lee 2006, 2009; drawing without replacement is our own

    >>> X = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]])
    >>> sampler = ClusterUndersampler(n_clusters=2, random_state=0)
    >>> points, labels = sampler.fit_resample(X, np.array([0, 0, 0, 0, 1, 1]))
    >>> labels.tolist(), bool((points[:2] < 1).all())
    ([0, 0, 1, 1], True)
    """

    kind = "under-sampling"
    keeps = True

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_clusters: int = 3,
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_clusters = n_clusters
        self.random_state = random_state

    def _check_options(self) -> None:
        check_count("n_clusters", self.n_clusters)

    def _resample(self, problem: Problem) -> Kept:
        clusters = self.n_clusters
        found = cluster(problem, min(clusters, len(problem.points)))
        inside = np.zeros((problem.num_classes, clusters), dtype=np.int64)  # (K, clusters)
        np.add.at(inside, (problem.labels.cpu().numpy(), found), 1)
        smallest = inside[problem.counts.index(min(problem.counts))]
        kept = []
        for k, wanted in enumerate(problem.targets):
            members = problem.members(k).cpu()
            if wanted == len(members):
                kept.append(members)
                continue
            for i, num in enumerate(allocate(inside[k], smallest, wanted)):
                here = members[torch.from_numpy(found[members.numpy()] == i)]
                kept.append(here[problem.choice(len(here), int(num)).cpu()])
        return Kept(torch.cat(kept).sort().values)


def cluster(problem: Problem, num: int) -> Counts:
    """Cluster of each sample, (N,), by k-means of scikit-learn, on the CPU."""
    seed = int(torch.randint(2**31 - 1, (), generator=problem.random))
    with warnings.catch_warnings():
        # fewer distinct points than clusters: some stay empty, which does no harm
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = KMeans(n_clusters=num, n_init="auto", random_state=seed)
        labels: Counts = means.fit(problem.points.cpu().numpy()).labels_
    return labels


def allocate(majority: Counts, minority: Counts, total: int) -> Counts:
    """Samples that each cluster keeps of `majority` (clusters,), `total` in all.

    >>> allocate(np.array([500, 280, 220]), np.array([10, 50, 40]), 100)
    array([82,  9,  9])
    """
    return apportion_capped(majority / np.maximum(minority, 1), majority, total)
