"""Made for tests/contracts/test_four_files.py: step."""

from collections.abc import Callable

from torch import Tensor, nn

from counterpoise.batch import Batch, Mixed
from counterpoise.steps.penalty import with_penalty


class MadeStep:
    """The same batch twice, with an optimizer for each time.

    Shapes: batch of B samples -> loss (), detached.

    Reference: made for a test.

    >>> MadeStep.num_optimizers
    2
    """

    num_optimizers = 2

    def __call__(
        self,
        model: nn.Module,
        batch: Batch | Mixed,
        criterion: nn.Module,
        update: Callable[[Tensor, int], None],
    ) -> Tensor:
        first: Tensor = with_penalty(criterion(model(batch.inputs), batch), model)
        update(first, 0)
        update(with_penalty(criterion(model(batch.inputs), batch), model), 1)
        return first.detach()
