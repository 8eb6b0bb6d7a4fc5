"""A backbone cut in two: a first half that stays as it is, and a last half that can be trained."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from counterpoise.errors import ArgumentError
from counterpoise.models.blocks import units

SIDE = 224  # pixels, at which multiplications are counted
EARLIEST, LATEST = 0.4, 0.7  # of the multiplications, done in front of the cut


@dataclass(frozen=True)
class Place:
    """A block behind which a network may be cut.

    Args:
        name: of the block, in the backbone.
        share: of all multiplications, up to its end.
        values: of its output, for one image.
    """

    name: str
    share: float
    values: int


def place_to_cut(backbone: nn.Module, name: str) -> str:
    """The block behind which about half of the multiplications are done and maps are smallest.

    Args:
        backbone: of RGB images.
        name: of the model, for the message.

    Raises:
        ArgumentError: there is no such block.
    """
    graph = _traced(backbone, name)
    single = _single(graph)
    among = [
        place
        for place in _places(backbone)
        if place.name in single and EARLIEST <= place.share <= LATEST
    ]
    if not among:
        raise ArgumentError(
            f"{name} cannot be cut in two: no block about the middle hands a single stack of maps "
            "to the next (another model, such as mobilenet_v2)"
        )
    return min(among, key=lambda place: (place.values, -place.share)).name


def halves(backbone: nn.Module, place: str, name: str) -> tuple[nn.Module, nn.Module]:
    """The parts before and behind the end of a block; both share the backbone's parameters.

    Parameters keep their names. BatchNorm in the last half is marked to stay as it was pretrained:
    its statistics would be those of a few images, while all before the cut stay put.

    Args:
        backbone: images (B, 3, H, W) -> features (B, D).
        place: the block's name, as `place_to_cut` finds it.
        name: of the model, for the message.

    Returns:
        Images (B, 3, H, W) -> maps (B, C, h, w), and maps -> features (B, D).

    Raises:
        ArgumentError: the network cannot be cut there.
    """
    if place not in _single(_traced(backbone, name)):
        raise ArgumentError(f"{name} cannot be cut behind '{place}'")
    first = _until(backbone, _traced(backbone, name), place)
    last = _behind(backbone, _traced(backbone, name), place)
    for module in last.modules():
        if isinstance(module, _BatchNorm):
            module.keeps_statistics = True  # type: ignore[assignment]
    return first, last


class _Tracer(fx.Tracer):
    """Follows a network from block to block, and looks into none of them."""

    def __init__(self, whole: Iterable[str]) -> None:
        super().__init__()
        self.whole = frozenset(whole)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_qualified_name in self.whole or super().is_leaf_module(
            m, module_qualified_name
        )


def _traced(backbone: nn.Module, name: str) -> fx.Graph:
    blocks = [block for block, unit in units(backbone) if unit is not None]
    training = backbone.training
    backbone.eval()
    try:
        return _Tracer(blocks).trace(backbone)
    except Exception as error:  # a network that looks at values fails in its own way
        raise ArgumentError(
            f"{name} cannot be cut in two: its blocks cannot be followed "
            f"({str(error).partition(chr(10))[0]}); another model, such as mobilenet_v2"
        ) from error
    finally:
        backbone.train(training)


def _single(graph: fx.Graph) -> set[str]:
    """Blocks that run once, and behind which nothing needs anything but their output."""
    order = {node: number for number, node in enumerate(graph.nodes)}
    last_use = {node: max((order[user] for user in node.users), default=-1) for node in order}
    reach, found, seen = -1, set(), set()
    for node, number in order.items():
        target = str(node.target)
        if node.op == "call_module" and reach <= number and target not in seen:
            found.add(target)
        elif target in seen:
            found.discard(target)
        seen.add(target)
        reach = max(reach, last_use[node])
    return found


def _until(backbone: nn.Module, graph: fx.Graph, place: str) -> fx.GraphModule:
    made = fx.GraphModule(backbone, graph, "FirstHalf")
    (end,) = (node for node in made.graph.nodes if node.op == "output")
    end.args = (_node(made.graph, place),)
    return _trimmed(made)


def _behind(backbone: nn.Module, graph: fx.Graph, place: str) -> fx.GraphModule:
    made = fx.GraphModule(backbone, graph, "LastHalf")
    (images,) = (node for node in made.graph.nodes if node.op == "placeholder")
    node = _node(made.graph, place)
    with made.graph.inserting_before(images):
        maps = made.graph.placeholder("maps")
    node.replace_all_uses_with(maps)
    return _trimmed(made)


def _trimmed(made: fx.GraphModule) -> fx.GraphModule:
    """Without all that its output does not need."""
    made.graph.eliminate_dead_code()
    for node in [node for node in made.graph.nodes if node.op == "placeholder"]:
        if not node.users:
            made.graph.erase_node(node)
    made.delete_all_unused_submodules()
    made.recompile()
    return made


def _node(graph: fx.Graph, place: str) -> fx.Node:
    (found,) = (node for node in graph.nodes if node.op == "call_module" and node.target == place)
    assert isinstance(found, fx.Node)
    return found


def _places(backbone: nn.Module) -> list[Place]:
    """Blocks in the order in which they run, by an image without content."""
    done = 0
    found: list[tuple[str, int, int]] = []

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        nonlocal done
        assert isinstance(module, _ConvNd | nn.Linear)
        done += output.numel() * module.weight[0].numel()

    def note(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            found.append((name, done, output.numel()))

    hooks = [
        module.register_forward_hook(count)
        for module in backbone.modules()
        if isinstance(module, _ConvNd | nn.Linear)
    ]
    for name, unit in units(backbone):
        if unit is not None:
            hooks.append(
                unit.register_forward_hook(lambda _, __, output, name=name: note(name, output))
            )
    state = itertools.chain(backbone.named_parameters(), backbone.named_buffers())
    shapes = {key: torch.empty_like(value, device="meta") for key, value in state}
    training = backbone.training
    backbone.eval()
    try:
        images = torch.empty(1, 3, SIDE, SIDE, device="meta")
        torch.func.functional_call(backbone, shapes, (images,))
    finally:
        backbone.train(training)
        for hook in hooks:
            hook.remove()
    return [Place(name, macs / max(1, done), values) for name, macs, values in found]
