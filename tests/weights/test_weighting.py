"""The base of all weights: what a member need not say."""

import pytest
import torch

from counterpoise.criterion import Weighted
from counterpoise.losses import ComplementCrossEntropy, CrossEntropy
from counterpoise.weights.weighting import BaseWeights

LOGITS, TARGET = torch.randn(3, 3, generator=torch.Generator().manual_seed(0)), torch.arange(3)


class ByPlace(BaseWeights):
    """Samples weigh what their place in the training set says."""

    def weights(self, target, per_sample, index=None, share=None):
        return index.float()


def test_factors_are_enough_for_any_loss_and_number_of_classes() -> None:
    criterion = Weighted(CrossEntropy(), ByPlace())
    criterion.set_epoch(3)
    index = torch.tensor([4, 0, 2])
    each = CrossEntropy().per_sample(LOGITS, TARGET)
    torch.testing.assert_close(criterion(LOGITS, TARGET, index=index), (index * each).sum() / 3)
    Weighted(ComplementCrossEntropy(), ByPlace())  # whose losses may be negative
    assert ByPlace().per_class() is None


def test_factors_are_what_a_member_has_to_give() -> None:
    class Nothing(BaseWeights):
        pass

    with pytest.raises(TypeError, match="weights"):
        Nothing()
