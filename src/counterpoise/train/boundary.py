"""The part of a network behind its frozen blocks, as a network of its own."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from counterpoise.models.blocks import units
from counterpoise.models.classifier import Classifier
from counterpoise.train.freeze import train_mode


class _ReachedError(Exception):
    """Carries what the last frozen block gave; nothing behind it runs."""

    def __init__(self, maps: Tensor) -> None:
        super().__init__()
        self.maps = maps


class Tail(nn.Module):
    """A classifier whose first blocks pass their inputs on; it reads what those blocks gave.

    Parameters and buffers are the classifier's own, so training one trains the other.

    Args:
        classifier: stays as it is.
        skipped: names of modules of its backbone.
    """

    def __init__(self, classifier: Classifier, skipped: Sequence[str]) -> None:
        super().__init__()
        self.backbone = _without(classifier.backbone, [name.split(".") for name in skipped])
        self.head = classifier.head

    def forward(self, maps: Tensor) -> Tensor:
        """Maps behind the frozen blocks (B, ...) -> scores (B, K)."""
        scores: Tensor = self.head(self.backbone(maps))
        return scores


class Frozen(nn.Module):
    """The blocks of a classifier before the first that learns.

    Args:
        classifier: whose blocks they are.
        names: of the blocks in the backbone, in order.
    """

    def __init__(self, classifier: Classifier, names: Sequence[str]) -> None:
        super().__init__()
        self.classifier, self.names = classifier, names

    @property
    def blocks(self) -> dict[str, nn.Module]:
        """All of them by name."""
        return {name: self.classifier.backbone.get_submodule(name) for name in self.names}

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (B, ...) -> what the last of the blocks gives."""

        def stop(module: nn.Module, given: object, maps: Tensor) -> None:
            raise _ReachedError(maps)

        hook = self.classifier.backbone.get_submodule(self.names[-1]).register_forward_hook(stop)
        try:
            self.classifier.features(inputs)
        except _ReachedError as reached:
            return reached.maps
        finally:
            hook.remove()
        raise AssertionError(f"{self.names[-1]} did not run")


@torch.no_grad()
def split_at_boundary(model: Classifier, few: Tensor) -> tuple[Frozen, Tail] | None:
    """The frozen blocks and the tail; None where a network cannot be cut there.

    Blocks have to follow each other and to draw nothing at random, which is tried on a few
    inputs: cut and whole, and frozen blocks in training and evaluation, must give the same bits.

    Args:
        model: with ``requires_grad`` as the stage has it; left in evaluation mode.
        few: some inputs (B, ...), on the device of the model.
    """
    leading: list[str] = []
    for name, unit in units(model.backbone):
        if unit is None or any(parameter.requires_grad for parameter in unit.parameters()):
            break
        leading.append(name)
    modules = dict(model.backbone.named_modules())
    if not any(True for name in leading for _ in modules[name].parameters()):
        return None
    frozen, tail = Frozen(model, leading), Tail(model, leading)
    devices = [few.device] if few.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        try:
            train_mode(model)
            trained = frozen(few)
            model.eval()
            tail.eval()
            maps = frozen(few)
            kept = maps.clone()
            same = torch.equal(tail(maps), model(few))
            same = same and torch.equal(trained, kept) and torch.equal(maps, kept)
        except Exception:  # blocks that take or give other than one tensor fail in their own ways
            return None
    return (frozen, tail) if same else None


def _without(module: nn.Module, paths: Sequence[Sequence[str]]) -> nn.Module:
    """A shallow copy in which the modules at `paths` are identities; parameters are shared.

    Hooks that change inputs, such as the repeating of grey ones, work in front of those modules.
    """
    made = copy.copy(module)
    made._modules = dict(module._modules)
    made._forward_pre_hooks = OrderedDict()
    for name in dict.fromkeys(path[0] for path in paths):
        deeper = [path[1:] for path in paths if path[0] == name and len(path) > 1]
        child = module._modules[name]
        assert child is not None
        made._modules[name] = _without(child, deeper) if deeper else nn.Identity()
    return made
