"""Class weights whose norms are evened out after training."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from counterpoise.errors import ArgumentError


class TauNormalised(nn.Linear):
    """A linear layer whose weight rows are divided by ``||w_k||^tau``.

    For a classifier that is already trained: frequent classes end with longer rows, and this
    takes that advantage away. Choose tau on validation. A trained `Linear` may be loaded into
    it; without a bias, as in the paper's code, the trained bias is left behind.

    Args:
        num_features: D, length of a feature vector.
        num_classes: K.
        tau: 0 leaves the rows as they are, 1 gives them all length 1.
        bias: keep one offset per class, not normalised.

    Shapes: features (B, D) -> logits (B, K).

    Raises:
        ArgumentError: `tau` is negative.

    Reference: Kang et al. 2020, eq. 4.

    >>> head = TauNormalised(num_features=2, num_classes=2, tau=1.0)
    >>> with torch.no_grad():
    ...     _ = head.weight.copy_(torch.tensor([[9.0, 0.0], [0.0, 1.0]]))
    >>> head(torch.tensor([[1.0, 1.0]])).detach()  # not [9, 1]
    tensor([[1., 1.]])
    """

    def __init__(
        self, num_features: int, num_classes: int, *, tau: float = 1.0, bias: bool = False
    ) -> None:
        super().__init__(num_features, num_classes, bias=bias)
        if not tau >= 0:
            raise ArgumentError(f"tau is 0 or more; got {tau}")
        self.tau = float(tau)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.normalised_weight(), self.bias)

    def normalised_weight(self) -> Tensor:
        """``w_k / ||w_k||^tau``, (K, D); a row of zeros stays."""
        exact = self.weight.to(torch.promote_types(self.weight.dtype, torch.float32))
        norms = torch.linalg.vector_norm(exact, dim=1, keepdim=True).clamp_min(1e-6)
        normalised: Tensor = exact / norms.pow(self.tau)
        return normalised.to(self.weight.dtype)
