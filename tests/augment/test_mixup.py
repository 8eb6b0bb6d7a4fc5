"""Mixup: what is mixed with what, and by which shares."""

import numpy as np
import pytest
import torch

from counterpoise.augment import Mixup
from counterpoise.batch import Batch
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy

TARGET = torch.tensor([0, 1, 2, 0])


def one_hot_batch(**extra) -> Batch:
    """Inputs that say which sample they are."""
    return Batch(torch.eye(4), TARGET, **extra)


def test_inputs_and_labels_are_mixed_by_the_same_share() -> None:
    for seed in range(5):
        out = Mixup(seed=seed)(one_hot_batch())
        share = float(out.share[0])
        for i in range(4):
            row = out.inputs[i].clone()
            row[i] -= share
            partner = int(row.argmax())
            assert float(row[partner]) == pytest.approx(1 - share, abs=1e-6)
            assert out.other[i] == TARGET[partner]


def test_shares_follow_the_beta_distribution() -> None:
    for alpha in (0.2, 1.0, 4.0):
        mixup = Mixup(seed=0, alpha=alpha)
        shares = np.array([float(mixup(one_hot_batch()).share[0]) for _ in range(2000)])
        assert shares.mean() == pytest.approx(0.5, abs=0.03)
        assert shares.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.15)


def test_a_mixed_batch_goes_through_the_criterion() -> None:
    out = Mixup(seed=0)(one_hot_batch())
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    loss = CrossEntropy()
    each = out.share * loss.per_sample(logits, out.target)
    each = each + (1 - out.share) * loss.per_sample(logits, out.other)
    torch.testing.assert_close(Weighted(loss)(logits, out), each.mean())


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError):
        Mixup(seed=0, alpha=0)
