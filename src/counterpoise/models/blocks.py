"""The stages of a backbone, from its inputs on: what transfer learning freezes first."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.pooling import _AvgPoolNd, _MaxPoolNd

MOST = 0.5  # a module that holds more of the parameters than this is looked into


def blocks(backbone: nn.Module) -> list[list[str]]:
    """Names of modules with parameters, in order, grouped where the maps get smaller.

    The first group is the stem; ResNet, DenseNet and MobileNetV2 then have four more. A
    convolution with a stride begins a group, a pooling that ends a module closes one, so that a
    transition of DenseNet goes with the block before it. Where nothing shrinks after the stem,
    each module is a group.

    Args:
        backbone: its children run in the order in which they were registered.

    >>> blocks(nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Conv2d(2, 4, 3)))
    [['0'], ['2']]
    """
    groups: list[list[str]] = [[]]
    begun = False  # parameters that lie loose before the first module belong to its group
    for name, unit in units(backbone):
        before, after = (False, False) if unit is None else _shrinks(unit)
        if before and begun:
            groups.append([])
        begun = begun or unit is not None
        if unit is None or _size(unit):
            groups[-1].append(name)
        if after:
            groups.append([])
    found = [group for group in groups if group]
    return found if len(found) != 1 else [[name] for name in found[0]]


def first_blocks(backbone: nn.Module, share: float) -> list[str]:
    """Modules of the stem and of the first `share` of the groups behind it, never of all of them.

    >>> first_blocks(nn.Sequential(*(nn.Linear(2, 2) for _ in range(5))), 0.5)
    ['0', '1', '2']
    """
    groups = blocks(backbone)
    number = min(len(groups) - 1, 1 + int(share * (len(groups) - 1)))
    return [name for group in groups[: max(0, number)] for name in group]


def units(backbone: nn.Module) -> list[tuple[str, nn.Module | None]]:
    """What runs in a row, by name; None stands for a parameter that lies loose among modules."""
    return list(_units("", backbone, MOST * _size(backbone)))


def _units(prefix: str, module: nn.Module, most: float) -> Iterator[tuple[str, nn.Module | None]]:
    """What runs in a row: chains and large modules are looked into, own parameters come first."""
    for name, _ in module.named_parameters(prefix=prefix, recurse=False):
        yield name, None
    for child_name, child in module.named_children():
        name = f"{prefix}.{child_name}" if prefix else child_name
        chain = isinstance(child, nn.Sequential | nn.ModuleList) or _size(child) > most
        if chain and any(True for _ in child.children()):
            yield from _units(name, child, most)
        else:
            yield name, child


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _shrinks(module: nn.Module) -> tuple[bool, bool]:
    """Whether a module makes maps smaller at its beginning, or only after its last parameter."""
    leaves = [leaf for leaf in module.modules() if not any(True for _ in leaf.children())]
    steps = [i for i, leaf in enumerate(leaves) if _strided(leaf)]
    learning = [i for i, leaf in enumerate(leaves) if any(True for _ in leaf.parameters())]
    if not steps:
        return False, False
    ends = bool(learning) and steps[0] > learning[-1]
    return not ends, ends


def _strided(leaf: nn.Module) -> bool:
    if not isinstance(leaf, _ConvNd | _AvgPoolNd | _MaxPoolNd):
        return False
    strides = leaf.stride if isinstance(leaf.stride, tuple) else (leaf.stride,)
    return any(stride != 1 for stride in strides)
