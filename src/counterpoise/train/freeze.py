"""Which parameters learn in a stage, and what frozen layers do meanwhile."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from counterpoise.errors import RecipeError, near
from counterpoise.models.blocks import first_blocks
from counterpoise.models.classifier import Classifier

SHARES = {"@stem": 0.0, "@half": 0.5, "@three-quarters": 0.75}  # of the stages behind the stem


def freeze_except(model: Classifier, globs: Sequence[str], frozen: Sequence[str] = ()) -> None:
    """Let only the parameters that match a glob, and none of the frozen names, learn.

    Args:
        model: its parameter names are matched, such as ``backbone.conv1.weight``.
        globs: ``*`` matches everything; ``@output`` stands for ``model.output_parameters``.
        frozen: names of blocks or parameters, such as ``backbone.layer1``, or globs over them;
            ``@stem``, ``@half`` and ``@three-quarters`` stand for the stem of the backbone, with
            that share of the stages behind it (see ``models.blocks``).

    Raises:
        RecipeError: a glob or a name matches no parameter, or no parameter is left to learn.
    """
    expanded: list[str] = []
    for glob in globs:
        expanded += model.output_parameters if glob == "@output" else (glob,)
    names = [name for name, _ in model.named_parameters()]
    faults = [
        f"stage trains '{glob}', which matches no parameter{near(glob, names)}"
        for glob in expanded
        if not any(fnmatchcase(name, glob) for name in names)
    ]
    kept: list[str] = []
    for name in frozen:
        if name in SHARES:
            kept += _first(model, SHARES[name])
        elif any(_within(parameter, name) for parameter in names):
            kept.append(name)
        else:
            faults.append(f"stage freezes '{name}', which matches no parameter{_hint(name, names)}")
    if faults:
        raise RecipeError(faults)
    learning = {
        name
        for name in names
        if any(fnmatchcase(name, glob) for glob in expanded)
        and not any(_within(name, block) for block in kept)
    }
    if frozen and not learning:
        raise RecipeError(
            f"a stage that trains {', '.join(globs)} and freezes {', '.join(frozen)} has nothing "
            "left to learn (freeze less)"
        )
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in learning)


def train_mode(model: nn.Module) -> None:
    """``model.train()``, with every frozen BatchNorm in eval mode, so that features stay put.

    A BatchNorm without parameters of its own goes with the module around it; one that is marked to
    keep its statistics (see ``models.halves``) is in eval mode, even where its parameters learn.
    """
    model.train()
    _settle_norms(model, any(p.requires_grad for p in model.parameters()))


def _settle_norms(module: nn.Module, learns: bool) -> None:
    """`learns` is whether the nearest module around that has parameters learns any of them."""
    own = list(module.parameters())
    if own:
        learns = any(p.requires_grad for p in own)
    if isinstance(module, _BatchNorm):
        module.train(learns and not getattr(module, "keeps_statistics", False))
    for child in module.children():
        _settle_norms(child, learns)


def _first(model: Classifier, share: float) -> list[str]:
    """Names of the first blocks of a model's backbone; none for a backbone without blocks."""
    return [f"backbone.{name}" for name in first_blocks(model.backbone, share)]


def _within(parameter: str, name: str) -> bool:
    """Whether a parameter is that of a name or glob, or lies in a block that it matches."""
    return fnmatchcase(parameter, name) or fnmatchcase(parameter, f"{name}.*")


def _hint(name: str, parameters: Iterable[str]) -> str:
    """The names of blocks and parameters that are nearest, or the outermost blocks."""
    known = dict.fromkeys(SHARES)
    for parameter in parameters:
        parts = parameter.split(".")
        known |= dict.fromkeys(".".join(parts[:end]) for end in range(1, len(parts) + 1))
    close = difflib.get_close_matches(name.removesuffix(".*"), known, n=3)
    if close:
        return f"; near it: {', '.join(close)}"
    return f"; known: {', '.join(k for k in known if k.count('.') < 2)}"
