"""The base of all losses: what a member implements, and how its costs are reduced."""

import pytest
import torch

from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses.loss import BaseLoss, prepare, reduced

LOGITS = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]])
TARGET = torch.tensor([0, 0, 1])
WRONG = torch.tensor([1.0, 3.0, 1.0])  # the logits of the other class


class BySample(BaseLoss):
    """The logit of the wrong class, one per sample."""

    def per_sample(self, logits, target):
        logits, target = prepare(logits, target)
        return logits.gather(1, 1 - target[:, None])[:, 0]


class Whole(BaseLoss):
    """The same, reduced at once."""

    def cost(self, logits, target, reduction):
        return reduced(logits.gather(1, 1 - target[:, None])[:, 0], reduction)


@pytest.mark.parametrize("kind", [BySample, Whole])
def test_one_of_two_methods_is_enough(kind) -> None:
    assert torch.equal(kind().per_sample(LOGITS, TARGET), WRONG)
    assert torch.equal(kind(reduction="none")(LOGITS, TARGET), WRONG)
    assert torch.equal(kind(reduction="sum")(LOGITS, TARGET), WRONG.sum())
    assert torch.equal(kind()(LOGITS, TARGET), WRONG.mean())
    assert torch.equal(Weighted(kind())(LOGITS, TARGET), WRONG.mean())
    assert kind().scores == "logits"
    with pytest.raises(ArgumentError, match="0 samples"):
        kind()(LOGITS[:0], TARGET[:0])


def test_neither_is_an_error_when_it_is_made() -> None:
    class Empty(BaseLoss):
        pass

    with pytest.raises(TypeError, match="Empty implements neither per_sample nor cost"):
        Empty()


def test_reductions_have_three_names() -> None:
    with pytest.raises(ArgumentError, match='"mean", "sum" or "none"; got \'average\''):
        BySample(reduction="average")
