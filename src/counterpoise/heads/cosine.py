"""Scores by the angle between features and class weights."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from counterpoise.errors import ArgumentError

SHORTEST = 1e-4  # a shorter vector is divided by this: its direction is noise, its gradient huge


class Cosine(nn.Module):
    """Scale times the cosine between the features and each class's weight vector.

    Neither a class's weight norm nor a feature's length can favour a class. The scale belongs
    to this head: a loss that sets margins on the cosine (`LDAM`) is told the same number.

    Args:
        num_features: D, length of a feature vector.
        num_classes: K.
        scale: factor of the cosines, above 0; LDAM's code has 30.
        learn_scale: make the scale a parameter.

    Shapes: features (B, D) -> logits (B, K) in [-scale, scale].

    Raises:
        ArgumentError: `scale` is not above 0.

    Reference: Wang et al. 2018 (NormFace, CosFace); Gidaris and Komodakis 2018.

    >>> head = Cosine(num_features=2, num_classes=2, scale=10)
    >>> with torch.no_grad():
    ...     _ = head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 100.0]]))
    >>> head(torch.tensor([[3.0, 4.0]])).detach()
    tensor([[6., 8.]])
    """

    def __init__(
        self,
        num_features: int,
        num_classes: int,
        *,
        scale: float = 30.0,
        learn_scale: bool = False,
    ) -> None:
        super().__init__()
        if not scale > 0:
            raise ArgumentError(f"scale is above 0; got {scale}")
        self.weight = nn.Parameter(torch.empty(num_classes, num_features))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        value = torch.tensor(float(scale))
        if learn_scale:
            self.scale = nn.Parameter(value)
        else:
            self.register_buffer("scale", value)

    def forward(self, features: Tensor) -> Tensor:
        cosines = F.linear(_directions(features), _directions(self.weight))
        return cosines * self.scale.to(cosines.dtype)


def _directions(vectors: Tensor) -> Tensor:
    """Rows of length 1, by norms in at least float32: squares overflow float16."""
    exact = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
    return F.normalize(exact, dim=1, eps=SHORTEST).to(vectors.dtype)
