"""Linear SVMs, one per class against the rest."""

from torch import Tensor, nn

from counterpoise.errors import ArgumentError


class OneVsRestSVM(nn.Linear):
    """A linear SVM per class, with its own regulariser.

    The step adds `penalty` to the loss. The scores are margins for ``losses.UnevenMargin``,
    not logits. An optimizer's weight decay on this head is the same term, with `reg` that decay,
    and shrinks the offsets too: give one of the two. Recipes here leave `reg` at 0.

    Args:
        num_features: D, length of a feature vector.
        num_classes: K.
        bias: learn one offset per class, which begins uniform within ``D ** -0.5`` as the weights
            do. The paper's equations have none, but a hyperplane through the origin cannot be
            shifted, which is what tau is for.
        reg: factor of ``sum_k ||w_k||^2 / 2``, 0 or more. 0 is the paper's printed algorithm,
            1 / N its eq. 12 divided by N.

    Shapes: features (B, D) -> margins (B, K).

    Raises:
        ArgumentError: `reg` is negative.

    Reference: CNUSVM, eq. 10 to 13; Tang 2013.

    >>> import torch
    >>> head = OneVsRestSVM(num_features=2, num_classes=2, reg=0.1)
    >>> with torch.no_grad():
    ...     _ = head.weight.copy_(torch.tensor([[3.0, 0.0], [0.0, 1.0]]))
    >>> head.penalty().detach()
    tensor(0.5000)
    """

    def __init__(
        self, num_features: int, num_classes: int, *, bias: bool = True, reg: float = 0.0
    ) -> None:
        super().__init__(num_features, num_classes, bias=bias)
        if not reg >= 0:
            raise ArgumentError(f"reg is 0 or more; got {reg}")
        self.reg = float(reg)

    def penalty(self) -> Tensor:
        """``reg / 2`` times the squared weights, () ; the bias is not regularised."""
        return self.reg / 2 * self.weight.square().sum()
