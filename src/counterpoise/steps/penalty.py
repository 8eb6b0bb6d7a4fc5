"""The regulariser that a head may bring along."""

from torch import Tensor, nn


def with_penalty(loss: Tensor, model: nn.Module) -> Tensor:
    """Add ``model.head.penalty()`` to `loss` where the model's head has one."""
    penalty = getattr(getattr(model, "head", None), "penalty", None)
    if penalty is None:
        return loss
    value: Tensor = loss + penalty()
    return value
