"""Models that are no networks, as a yardstick for those: what scikit-learn fitted, as modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError

NEVER = -50.0  # logit of a class that the fitted model has not seen


class GradientBoostedTrees(nn.Module):
    """Gradient-boosted decision trees: features (B, D) to logits (B, K).

    Nothing here learns by gradients of torch: `fill` takes over the trees of a fitted
    ``HistGradientBoostingClassifier`` of scikit-learn, whose ``predict_proba`` the softmax of the
    logits is. Of two classes the first one's logit is 0.

    Args:
        num_features: D.
        num_classes: K.
        members: most rounds of boosting, of one tree for each class.
        leaves: of a tree, at most.
        learning_rate: factor of each tree.
        balanced: weigh samples so that all classes count the same.

    Raises:
        ArgumentError: an option breaks its rule.

    Reference: Friedman 2001, on histograms as scikit-learn implements it
    """

    feature: Tensor
    threshold: Tensor
    below: Tensor
    above: Tensor
    value: Tensor
    base: Tensor

    def __init__(
        self,
        num_features: int,
        num_classes: int,
        *,
        members: int = 100,
        leaves: int = 31,
        learning_rate: float = 0.1,
        balanced: bool = False,
    ) -> None:
        super().__init__()
        if members < 1 or leaves < 2 or not 0 < learning_rate < float("inf"):
            raise ArgumentError(
                "hist-gradient-boosting needs members >= 1, leaves >= 2 and learning_rate > 0; got "
                f"{members}, {leaves} and {learning_rate}"
            )
        self.num_features, self.num_classes = num_features, num_classes
        self.members, self.leaves, self.learning_rate = members, leaves, learning_rate
        self.balanced = balanced
        nodes = members * num_classes, 2 * leaves - 1  # (T, N)
        itself = torch.arange(nodes[1]).repeat(nodes[0], 1)
        self.register_buffer("feature", torch.zeros(nodes, dtype=torch.int64))
        for name in ("below", "above"):  # a leaf leads to itself
            self.register_buffer(name, itself.clone())
        for name in ("threshold", "value"):
            self.register_buffer(name, torch.zeros(nodes))
        self.register_buffer("base", torch.zeros(num_classes))

    def forward(self, features: Tensor) -> Tensor:
        trees = torch.arange(self.feature.shape[0], device=features.device)
        place = torch.zeros(
            features.shape[0], len(trees), dtype=torch.int64, device=features.device
        )
        for _ in range(self.leaves - 1):  # as deep as a tree of that many leaves can be
            value = features.gather(1, self.feature[trees, place])  # (B, T)
            left = value <= self.threshold[trees, place].to(value.dtype)
            place = torch.where(left, self.below[trees, place], self.above[trees, place])
        votes = self.value[trees, place].to(features.dtype)
        by_class = votes.reshape(-1, self.members, self.num_classes).sum(1)
        return by_class + self.base.to(features.dtype)

    def estimator(self, seed: int) -> Any:
        """What scikit-learn fits, not yet fitted."""
        from sklearn.ensemble import HistGradientBoostingClassifier  # takes a second to import

        return HistGradientBoostingClassifier(
            max_iter=self.members,
            max_leaf_nodes=self.leaves,
            learning_rate=self.learning_rate,
            class_weight="balanced" if self.balanced else None,
            # From 10 000 rows on scikit-learn would hold some out by itself, whatever their group,
            # and fail where a class has one row.
            early_stopping=False,
            random_state=seed,
        )

    def fill(self, fitted: Any) -> None:
        """Take over the trees of a ``HistGradientBoostingClassifier``.

        Thresholds are rounded down to float32, in which features come, so that no sample changes
        sides.

        Args:
            fitted: on classes among 0..K-1, with no more than `members` rounds and `leaves`.
        """
        classes = np.asarray(fitted.classes_, dtype=np.int64)
        columns = classes if len(classes) > 2 else classes[1:]
        self.value.zero_()
        self.base.fill_(NEVER)
        self.base[torch.from_numpy(classes)] = 0.0
        offset = np.asarray(fitted._baseline_prediction, dtype=np.float32).ravel()
        self.base[torch.from_numpy(columns)] = torch.from_numpy(offset)
        for number, trees in enumerate(fitted._predictors):
            for column, tree in zip(columns, trees, strict=True):
                self._take(number * self.num_classes + int(column), tree.nodes)

    def _take(self, row: int, nodes: Any) -> None:
        leaf = nodes["is_leaf"].astype(bool)
        itself = np.arange(len(nodes))
        with np.errstate(over="ignore"):
            exact = nodes["num_threshold"].astype(np.float64)
            near = exact.astype(np.float32)
        lower = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
        values = {
            "feature": np.where(leaf, 0, nodes["feature_idx"]),
            "threshold": np.where(leaf, 0, lower),
            "below": np.where(leaf, itself, nodes["left"]),
            "above": np.where(leaf, itself, nodes["right"]),
            "value": nodes["value"],
        }
        for name, array in values.items():
            buffer: Tensor = getattr(self, name)
            buffer[row, : len(nodes)] = torch.from_numpy(np.asarray(array)).to(buffer.dtype)


class LogisticRegression(nn.Module):
    """Logistic regression with an L2 penalty, as scikit-learn fits it: (B, D) to logits (B, K).

    Args:
        num_features: D.
        num_classes: K.
        balanced: weigh samples so that all classes count the same.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, num_features: int, num_classes: int, *, balanced: bool = False) -> None:
        super().__init__()
        self.balanced = balanced
        self.register_buffer("weight", torch.zeros(num_classes, num_features))
        self.register_buffer("bias", torch.zeros(num_classes))

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.linear(features, self.weight, self.bias)

    def estimator(self, seed: int) -> Any:
        """What scikit-learn fits, not yet fitted."""
        from sklearn.linear_model import LogisticRegression as Estimator

        return Estimator(
            max_iter=1000, class_weight="balanced" if self.balanced else None, random_state=seed
        )

    def fill(self, fitted: Any) -> None:
        """Take over the coefficients of a ``LogisticRegression`` on classes among 0..K-1."""
        classes = np.asarray(fitted.classes_, dtype=np.int64)
        columns = torch.from_numpy(classes if len(classes) > 2 else classes[1:])
        self.weight.zero_()
        self.bias.fill_(NEVER)
        self.bias[torch.from_numpy(classes)] = 0.0
        self.weight[columns] = torch.from_numpy(fitted.coef_).to(self.weight.dtype)
        self.bias[columns] = torch.from_numpy(fitted.intercept_).to(self.bias.dtype)
