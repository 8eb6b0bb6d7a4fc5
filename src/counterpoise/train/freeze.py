"""Which parameters learn in a stage, and what frozen layers do meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from counterpoise.errors import RecipeError, near


def freeze_except(model: nn.Module, globs: Sequence[str]) -> None:
    """Let only the parameters that match a glob learn.

    Args:
        model: its parameter names are matched, such as ``backbone.conv1.weight``.
        globs: ``*`` matches everything; ``@output`` stands for ``model.output_parameters``.

    Raises:
        RecipeError: a glob matches no parameter.
    """
    expanded: list[str] = []
    for glob in globs:
        expanded += (
            getattr(model, "output_parameters", ("head.*",)) if glob == "@output" else [glob]
        )
    names = [name for name, _ in model.named_parameters()]
    faults = [
        f"stage trains '{glob}', which matches no parameter{near(glob, names)}"
        for glob in expanded
        if not any(fnmatchcase(name, glob) for name in names)
    ]
    if faults:
        raise RecipeError(faults)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(any(fnmatchcase(name, glob) for glob in expanded))


def train_mode(model: nn.Module) -> None:
    """``model.train()``, with every frozen BatchNorm in eval mode, so that features stay put."""
    model.train()
    learns = any(p.requires_grad for p in model.parameters())
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            own = list(module.parameters(recurse=False))
            frozen = not any(p.requires_grad for p in own) if own else not learns
            module.train(not frozen)
