"""What all weights share: answers for those who ask, and rounds that change nothing."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class BaseWeights(nn.Module, ABC):
    """A factor for each sample; a member implements `weights`."""

    num_classes: int | None = None  # that the logits have; None where any number will do
    needs_nonnegative = False  # whether it divides by losses

    @abstractmethod
    def weights(
        self,
        target: Tensor,
        per_sample: Tensor,
        index: Tensor | None = None,
        share: Tensor | None = None,
    ) -> Tensor:
        """Factors (B,), not products, for target (B,) and per-sample losses (B,)."""

    def per_class(self) -> Tensor | None:
        """Factor of each class (K,) in this round; None where more than the class decides."""
        return None

    def set_epoch(self, epoch: int) -> None:
        """Tell which round begins, counted from 0. Nothing: all rounds are alike."""
