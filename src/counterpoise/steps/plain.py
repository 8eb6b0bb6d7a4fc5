"""One forward, one loss, one update."""

from collections.abc import Callable

from torch import Tensor, nn

from counterpoise.batch import Batch, Mixed
from counterpoise.protocols import Criterion
from counterpoise.steps.penalty import with_penalty


class Plain:
    """One forward, one loss, one update with the only optimizer.

    The head's ``penalty()``, where it has one, is part of the loss that is returned. Nothing
    is read back from the device.

    Shapes: batch of B samples -> loss (), detached.

    Reference: the ordinary step of stochastic gradient descent.

    >>> import torch
    >>> model, criterion = torch.nn.Linear(2, 2), lambda logits, batch: logits.sum()
    >>> batch = Batch(torch.zeros(3, 2), torch.tensor([0, 1, 1]))
    >>> made = []
    >>> loss = Plain()(model, batch, criterion, lambda loss, k: made.append(k))
    >>> made, loss.requires_grad
    ([0], False)
    """

    num_optimizers = 1

    def __call__(
        self,
        model: nn.Module,
        batch: Batch | Mixed,
        criterion: Criterion,
        update: Callable[[Tensor, int], None],
    ) -> Tensor:
        loss: Tensor = with_penalty(criterion(model(batch.inputs), batch), model)
        update(loss, 0)
        return loss.detach()
