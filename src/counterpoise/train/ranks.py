"""One training in several processes, which share each batch and agree on each update."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

from lightning_fabric import Fabric
from torch import Tensor

from counterpoise.batch import Batch, Mixed

Ranks = Fabric  # the processes of a training, as all but train/ know them


def own_part(batch: Batch | Mixed, fabric: Fabric) -> Batch | Mixed:
    """The samples of a global batch that this process learns from: every so manieth.

    All processes draw the same batch, and augment it alike; so samplers and augmentations need not
    know how many there are.
    """
    rank, ranks = fabric.global_rank, fabric.world_size
    if ranks == 1:
        return batch
    parts: dict[str, Any] = {f.name: getattr(batch, f.name) for f in dataclasses.fields(batch)}
    own: dict[str, Any] = {k: None if v is None else v[rank::ranks] for k, v in parts.items()}
    return dataclasses.replace(batch, **own)


def mean_over_ranks(value: Tensor, fabric: Fabric) -> float:
    """The mean over all processes of a scalar."""
    if fabric.world_size == 1:
        return float(value.item())
    found = fabric.all_reduce(value, reduce_op="mean")
    assert isinstance(found, Tensor)
    return float(found.item())


def launch(
    kind: str, devices: int, precision: str, function: Callable[..., Any], *given: object
) -> Any:
    """Call ``function(fabric, *given)`` in so many new processes; what the first one returns.

    Args:
        kind: "cpu" or "cuda".
        devices: processes, each with a device of its own.
        precision: of the training.
        function: of a module, as new processes import it.
        given: what can be pickled.
    """
    fabric = Fabric(
        accelerator=kind,
        devices=devices,
        strategy="ddp_spawn",
        precision=precision,  # type: ignore[arg-type]
    )
    opened: Callable[..., Any] = _opened
    return fabric.launch(opened, _Sealed(function, given))


class _Sealed:
    """What Fabric passes on without looking into it: it would change each part, frozen or not."""

    def __init__(self, function: Callable[..., Any], given: tuple[object, ...]) -> None:
        self.function, self.given = function, given

    def __reduce__(self) -> tuple[Any, ...]:
        return _unsealed, (self.function, self.given)


def _unsealed(function: Callable[..., Any], given: tuple[object, ...]) -> _Sealed:
    """In a new process, before Fabric greets there: five lines for each training."""
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    return _Sealed(function, given)


def _opened(fabric: Fabric, sealed: _Sealed) -> Any:
    return sealed.function(fabric, *sealed.given)
