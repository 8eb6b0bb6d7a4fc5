"""What mixing augmentations return: labels and sample weights of both sides."""

import torch

from counterpoise.augment import Mixup
from counterpoise.augment.mix import mixed, reordered
from counterpoise.batch import Batch

TARGET = torch.tensor([0, 1, 2, 0])


def one_hot_batch(**extra) -> Batch:
    """Inputs that say which sample they are."""
    return Batch(torch.eye(4), TARGET, **extra)


def test_each_side_keeps_its_sample_weight() -> None:
    weight = torch.tensor([1.0, 0.0, 5.0, 2.0])
    out = Mixup(seed=2)(one_hot_batch(weight=weight))
    plain = Mixup(seed=2)(one_hot_batch())
    partner = (plain.inputs - torch.diag(plain.share)).argmax(1)
    torch.testing.assert_close(out.weight * out.share, plain.share * weight)
    torch.testing.assert_close(out.weight * (1 - out.share), (1 - plain.share) * weight[partner])


def test_a_sample_without_weight_on_either_side_keeps_its_share() -> None:
    """Its labels then weigh 0, and nothing is divided by 0."""
    batch = one_hot_batch(weight=torch.zeros(4))
    share = torch.tensor([0.0, 0.25, 0.5, 1.0])
    out = mixed(batch, batch.inputs, reordered(batch, torch.tensor([3, 2, 1, 0])), share)
    assert torch.equal(out.share, share)
    assert torch.equal(out.weight, torch.zeros(4))


def test_the_same_samples_in_another_order() -> None:
    batch = one_hot_batch(index=torch.arange(4), weight=torch.arange(4.0))
    out = reordered(batch, torch.tensor([2, 2, 0]))
    assert out.target.tolist() == [2, 2, 0]
    assert out.index.tolist() == out.weight.tolist() == [2, 2, 0]
    assert torch.equal(out.inputs, torch.eye(4)[[2, 2, 0]])
    assert reordered(one_hot_batch(), torch.tensor([1])).index is None
