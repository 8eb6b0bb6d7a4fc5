"""A call that ``torch.compile`` does not look into; importing this loads the compiler."""

from __future__ import annotations

import inspect

import torch
from torch import Tensor

REASON = "DenseNet with memory='efficient' says itself what it keeps; memory='naive' has one graph"
# torch 2.6 takes no reason.
_explained = "reason" in inspect.signature(torch.compiler.disable).parameters


@torch.compiler.disable(  # type: ignore[untyped-decorator, no-untyped-call]
    **({"reason": REASON} if _explained else {})
)
def apply(function: type[torch.autograd.Function], *given: object) -> Tensor:
    """``function.apply(*given)``."""
    made: Tensor = function.apply(*given)
    return made
