"""Multiplications and memory of one forward pass of a model without values."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode


def macs(model: nn.Module, parts: Mapping[str, nn.Module], shape: tuple[int, ...]) -> list[int]:
    """Of each part, then of the model."""
    counter = FlopCounterMode(display=False)
    model.eval()
    with torch.no_grad(), counter, _differences(parts, counter.get_total_flops) as found:
        model(torch.empty(1, *shape, device="meta"))
    return [count // 2 for count in (*found, counter.get_total_flops())]


def saved(
    model: nn.Module, parts: Mapping[str, nn.Module], batch: int, shape: tuple[int, ...]
) -> list[int]:
    """Bytes that one forward pass keeps, each piece of memory once; of each part, then in all."""
    own = {_key(tensor) for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, Any] = {}  # holds the memory, so that no two pieces have one key

    def pack(tensor: Tensor) -> Tensor:
        if _key(tensor) not in own:
            kept.setdefault(_key(tensor), tensor.untyped_storage())
        return tensor

    def total() -> int:
        return sum(storage.nbytes() for storage in kept.values())

    model.train()
    hooks: AbstractContextManager[Any] = torch.autograd.graph.saved_tensors_hooks(pack, _same)
    with torch.enable_grad(), hooks, _differences(parts, total) as found:
        scores = model(torch.empty(batch, *shape, device="meta"))
    del scores
    model.eval()
    return [*found, total()]


def peak(model: nn.Module, batch: int, shape: tuple[int, ...]) -> int:
    """Most bytes alive at once in a forward pass."""
    alive = _Alive({_key(tensor) for tensor in (*model.parameters(), *model.buffers())})
    with torch.no_grad(), alive:
        model(torch.empty(batch, *shape, device="meta"))
    return alive.most


class _Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the memory of every result while anything still holds it."""

    def __init__(self, ignored: set[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ignored, self.now, self.most = ignored, 0, 0
        self.sizes: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        results = func(*args, **(kwargs or {}))
        for tensor in results if isinstance(results, tuple | list) else (results,):
            if isinstance(tensor, Tensor):
                self._see(tensor)
        return results

    def _see(self, tensor: Tensor) -> None:
        key, storage = _key(tensor), tensor.untyped_storage()
        if key in self.ignored or key in self.sizes:
            return
        self.sizes[key] = storage.nbytes()
        self.now += self.sizes[key]
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._leave, key)

    def _leave(self, key: int) -> None:
        self.now -= self.sizes.pop(key)


@contextmanager
def _differences(parts: Mapping[str, nn.Module], total: Callable[[], int]) -> Iterator[list[int]]:
    """By how much `total` grows while each part runs, all its runs together."""
    found = [0] * len(parts)
    handles = []
    for place, part in enumerate(parts.values()):

        def before(module: nn.Module, inputs: Any, place: int = place) -> None:
            found[place] -= total()

        def after(module: nn.Module, inputs: Any, output: Any, place: int = place) -> None:
            found[place] += total()

        handles += [part.register_forward_pre_hook(before), part.register_forward_hook(after)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _key(tensor: Tensor) -> int:
    """Of the memory behind a tensor, which views of it share."""
    key: int = tensor.untyped_storage()._cdata
    return key


def _same(tensor: Tensor) -> Tensor:
    return tensor
