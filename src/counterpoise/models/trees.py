"""Decision trees that vote: what scikit-learn fitted, as a module without parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError


class BoostedTrees(nn.Module):
    """Votes of boosted decision trees: features (B, D) to scores (B, K).

    Nothing here learns by gradients: `fill` takes over the trees of a fitted ``AdaBoostClassifier``
    of scikit-learn. The softmax of the scores is its ``predict_proba`` (eq. 15 of the reference).
    Before that, every sample has the same score in every class.

    Args:
        num_features: D.
        num_classes: K.
        members: most trees; boosting ends earlier where one is perfect or no better than chance.
        depth: of a tree, at most; 1 is a stump.
        learning_rate: factor of each tree's vote, and so of how samples are weighed anew.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Zhu, Zou, Rosset and Hastie 2009 (SAMME)

    >>> import torch
    >>> BoostedTrees(4, 3)(torch.zeros(2, 4)).softmax(1)[0].round(decimals=2)
    tensor([0.3300, 0.3300, 0.3300])
    """

    feature: Tensor
    threshold: Tensor
    below: Tensor
    above: Tensor
    vote: Tensor
    weight: Tensor
    present: Tensor

    def __init__(
        self,
        num_features: int,
        num_classes: int,
        *,
        members: int = 50,
        depth: int = 3,
        learning_rate: float = 1.0,
    ) -> None:
        super().__init__()
        if members < 1 or depth < 1:
            raise ArgumentError(f"trees needs members >= 1 and depth >= 1; got {members}, {depth}")
        if not 0 < learning_rate < float("inf"):
            raise ArgumentError(f"trees needs learning_rate > 0; got {learning_rate}")
        self.num_features, self.num_classes = num_features, num_classes
        self.members, self.depth, self.learning_rate = members, depth, learning_rate
        nodes = members, 2 ** (depth + 1) - 1  # (M, N)
        itself = torch.arange(nodes[1]).repeat(members, 1)
        for name in ("feature", "vote"):
            self.register_buffer(name, torch.zeros(nodes, dtype=torch.int64))
        for name in ("below", "above"):  # a leaf leads to itself
            self.register_buffer(name, itself.clone())
        self.register_buffer("threshold", torch.zeros(nodes))
        self.register_buffer("weight", torch.zeros(members))
        self.register_buffer("present", torch.ones(num_classes, dtype=torch.bool))

    def forward(self, features: Tensor) -> Tensor:
        rows = torch.arange(self.members, device=features.device)
        place = torch.zeros(
            features.shape[0], self.members, dtype=torch.int64, device=features.device
        )
        for _ in range(self.depth):
            value = features.gather(1, self.feature[rows, place])  # (B, M)
            left = value <= self.threshold[rows, place].to(value.dtype)
            place = torch.where(left, self.below[rows, place], self.above[rows, place])
        votes = features.new_zeros(features.shape[0], self.num_classes)
        weight = self.weight.to(features.dtype)
        votes.scatter_add_(1, self.vote[rows, place], weight.expand(features.shape[0], -1))
        # SAMME codes a class as 1 and the others as -1 / (K - 1); K counts those it was shown
        others = (self.present.sum() - 1).clamp(min=1)
        total = weight.sum().clamp(min=torch.finfo(weight.dtype).tiny)
        share = votes / total
        return (share - (1 - share) / others) / others

    def estimator(self, seed: int) -> Any:
        """What scikit-learn fits, not yet fitted."""
        from sklearn.ensemble import AdaBoostClassifier  # takes a second to import
        from sklearn.tree import DecisionTreeClassifier

        return AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=self.depth),
            n_estimators=self.members,
            learning_rate=self.learning_rate,
            random_state=seed,
        )

    def fill(self, fitted: Any) -> None:
        """Take over the trees, votes and classes of an ``AdaBoostClassifier``.

        Thresholds are rounded down to float32, in which scikit-learn reads features, so that no
        sample changes sides.

        Args:
            fitted: of trees no deeper than `depth`, no more than `members`, on classes 0..K-1.
        """
        classes = np.asarray(fitted.classes_, dtype=np.int64)
        self.present.fill_(False)
        self.present[torch.from_numpy(classes)] = True
        trees: Sequence[Any] = fitted.estimators_
        self.weight.zero_()
        for row, (tree, weight) in enumerate(zip(trees, fitted.estimator_weights_, strict=False)):
            nodes = tree.tree_
            inner = nodes.children_left >= 0
            itself = np.arange(nodes.node_count)
            exact = nodes.threshold.astype(np.float64)
            near = exact.astype(np.float32)
            lower = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
            values = {
                "feature": np.where(inner, nodes.feature, 0),
                "threshold": np.where(inner, lower, 0),
                "below": np.where(inner, nodes.children_left, itself),
                "above": np.where(inner, nodes.children_right, itself),
                "vote": classes[nodes.value[:, 0, :].argmax(1)],
            }
            for name, array in values.items():
                buffer: Tensor = getattr(self, name)
                buffer[row, : nodes.node_count] = torch.from_numpy(array).to(buffer.dtype)
            self.weight[row] = float(weight)
