"""A call that ``torch.compile`` does not look into; importing this loads the compiler."""

import torch
from torch import Tensor

REASON = "DenseNet with memory='efficient' says itself what it keeps; memory='naive' has one graph"


@torch.compiler.disable(reason=REASON)  # type: ignore[untyped-decorator, no-untyped-call]
def apply(function: type[torch.autograd.Function], *given: object) -> Tensor:
    """``function.apply(*given)``."""
    made: Tensor = function.apply(*given)
    return made
