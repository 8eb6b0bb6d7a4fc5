"""Lightning: one callback that tells criterion and sampler what they have to know."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DistributedSampler

from counterpoise.batch import class_indices
from counterpoise.bridges.checks import EXAMPLE, require_labels_of
from counterpoise.bridges.rounds import sampler_of
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.losses.loss import BaseLoss
from counterpoise.metrics import Confusion, Evaluation
from counterpoise.samplers.sampler import StreamSampler

PADDING = -(2**62)  # no cell; processes gather equally many

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.utilities import CombinedLoader
except ModuleNotFoundError:
    try:
        from pytorch_lightning import Callback, LightningModule, Trainer
        from pytorch_lightning.utilities import CombinedLoader
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "counterpoise.bridges.lightning needs Lightning: pip install 'counterpoise[lightning]'",
            name=missing.name,
        ) from missing


class CounterpoiseCallback(Callback):
    """Set the round of every `Weighted` and sampler, and let the sampler observe.

    It finds the criteria among the modules of the LightningModule and the samplers in its
    training loaders. In several processes each sampler has to be made with
    ``rank=trainer.global_rank, world=trainer.world_size`` and the Trainer with
    ``use_distributed_sampler=False``: a sampler slices its stream itself.

    Args:
        contrast: batches (inputs, target) held out of training. After each epoch the module's
            ``forward`` scores them, and samplers such as `F1Driven` observe the confusion
            matrix, summed over all processes. None: nothing is observed.

    Raises:
        CheckpointError: the checkpoint was made with another number of samplers.
        ArgumentError: when training starts: there is neither a `Weighted` nor a sampler, Lightning
            wrapped the sampler, or the sampler was made for another rank or world, or for other
            labels than those of its loader. When an epoch ends: `contrast` does not give
            batches, or ``forward`` gives no logits for them.

    >>> CounterpoiseCallback().state_dict()
    {'samplers': []}
    """

    def __init__(self, contrast: Iterable[tuple[Tensor, Tensor]] | None = None) -> None:
        super().__init__()
        self.contrast = contrast
        self._samplers: list[StreamSampler] = []
        self._saved: list[Mapping[str, Any]] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check, restore samplers from a checkpoint, and set the round to begin with."""
        self._samplers = samplers_of(trainer)
        if not self._samplers and not criteria_of(pl_module):
            raise ArgumentError(
                "CounterpoiseCallback looks for a Weighted among the modules of "
                f"{type(pl_module).__name__} and for a sampler of counterpoise in its training "
                f"loader; found neither (set a criterion such as {EXAMPLE} as an attribute of the "
                "module, or leave the callback out)"
            )
        if self.contrast is not None and not self._samplers:
            warnings.warn(
                "CounterpoiseCallback(contrast=...) is ignored: no training loader has a sampler "
                "of counterpoise",
                stacklevel=2,
            )
        for sampler in self._samplers:
            require_own_slice(sampler, trainer.global_rank, trainer.world_size)
            if self.contrast is None and sampler.contrast_share is not None:
                warnings.warn(
                    f"{type(sampler).__name__} learns from reports on a held-out set; without "
                    "CounterpoiseCallback(contrast=loader) it gets none",
                    stacklevel=2,
                )
        if self._saved:
            if len(self._saved) != len(self._samplers):
                raise CheckpointError(
                    f"the checkpoint has the state of {len(self._saved)} samplers; this training "
                    f"has {len(self._samplers)}"
                )
            for sampler, state in zip(self._samplers, self._saved, strict=True):
                sampler.load_state_dict(state)
            self._saved = []
        self._set_epoch(trainer, pl_module)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell criteria and samplers which round begins."""
        found = samplers_of(trainer, self._samplers)
        if len(found) == len(self._samplers):
            for before, now in zip(self._samplers, found, strict=True):
                if now is not before:  # Lightning made the loaders anew; their streams go on
                    now.load_state_dict(before.state_dict())
        self._samplers = found
        self._set_epoch(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Let the samplers observe what is predicted for the contrast set now."""
        if self.contrast is not None and self._samplers:
            report = Evaluation(confusion=count_confusion(trainer, pl_module, self.contrast))
            for sampler in self._samplers:
                sampler.observe(report)

    def state_dict(self) -> dict[str, Any]:
        """Where the streams are, for Lightning's checkpoint."""
        return {"samplers": [sampler.state_dict() for sampler in self._samplers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep the streams' states until the loaders are there."""
        self._saved = list(state_dict["samplers"])

    def _set_epoch(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for criterion in criteria_of(pl_module):
            criterion.set_epoch(trainer.current_epoch)
        for sampler in self._samplers:
            sampler.set_epoch(trainer.current_epoch)


def criteria_of(pl_module: LightningModule) -> list[Weighted | BaseLoss]:
    """Every `Weighted` inside a module, and every loss of this library beside them."""
    weighted = [module for module in pl_module.modules() if isinstance(module, Weighted)]
    inside = {id(part) for criterion in weighted for part in criterion.modules()}
    bare = [module for module in pl_module.modules() if isinstance(module, BaseLoss)]
    return [*weighted, *(loss for loss in bare if id(loss) not in inside)]


def samplers_of(trainer: Trainer, known: Sequence[StreamSampler] = ()) -> list[StreamSampler]:
    """The samplers of this library in the training loaders; those not `known` are checked.

    Raises:
        ArgumentError: Lightning put one into a distributed sampler of its own, or it was made for
            another data set than that of its loader.
    """
    found = []
    for loader in CombinedLoader(trainer.train_dataloader, "max_size_cycle").flattened:
        sampler = sampler_of(loader)
        if sampler is not None:
            found.append(sampler)
            if all(sampler is not other for other in known):
                require_labels_of(sampler, loader.dataset)
        outer = getattr(loader, "sampler", None)
        if not isinstance(outer, DistributedSampler):
            continue
        for inner in getattr(outer.dataset, "__dict__", {}).values():
            if isinstance(inner, StreamSampler):
                raise ArgumentError(
                    f"a counterpoise sampler gives each process its slice; Lightning wrapped "
                    f"{type(inner).__name__} in a {type(outer).__name__}, which slices the slice "
                    "(make the Trainer with use_distributed_sampler=False)"
                )
    return found


def require_own_slice(sampler: StreamSampler, rank: int, world: int) -> None:
    """Refuse a sampler that was made for another process."""
    stream = sampler.stream
    if (stream.rank, stream.world) != (rank, world):
        raise ArgumentError(
            f"each process takes its own slice of a stream; {type(sampler).__name__} was made for "
            f"rank {stream.rank} of world {stream.world} and runs as rank {rank} of {world} (make "
            "it in train_dataloader() with rank=self.trainer.global_rank, "
            "world=self.trainer.world_size)"
        )


@torch.no_grad()
def count_confusion(
    trainer: Trainer, pl_module: LightningModule, batches: Iterable[tuple[Tensor, Tensor]]
) -> Confusion:
    """Confusion matrix of (inputs, target) batches over all processes.

    Each process scores its share of the batches, and also the first, which tells it K.
    """
    modes = {module: module.training for module in pl_module.modules()}
    pl_module.eval()
    cells: list[Tensor] = []  # row * K + column of each sample that this process scores
    num_classes = 0
    for number, batch in enumerate(batches):
        mine = number % trainer.world_size == trainer.global_rank
        if number and not mine:
            continue
        inputs, target = trainer.strategy.batch_to_device(tuple(batch))
        with trainer.precision_plugin.forward_context():
            logits = pl_module(trainer.precision_plugin.convert_input(inputs))
        if target.ndim != 1 or logits.ndim != 2:
            raise ArgumentError(
                "contrast is batches (inputs, target (B,)) that forward makes logits (B, K) of: "
                f"got target {tuple(target.shape)}, logits {tuple(logits.shape)} (a DataLoader is)"
            )
        num_classes = logits.shape[1]
        found = class_indices(target) * num_classes + logits.argmax(1)
        cells.append(found if mine else found[:0])
    for module, training in modes.items():
        module.training = training
    if not num_classes:
        raise ArgumentError("a contrast set has at least one batch; got none")
    rows, columns = np.divmod(_of_all_processes(trainer, torch.cat(cells)), num_classes)
    return Confusion.from_pairs(rows, columns, num_classes)


def _of_all_processes(trainer: Trainer, cells: Tensor) -> npt.NDArray[np.int64]:
    """Cells (N,) of this process -> those of all of them together, in any order."""
    if trainer.world_size > 1:
        most = trainer.strategy.reduce(
            torch.tensor(len(cells), device=cells.device), reduce_op="max"
        )
        padding = cells.new_full((int(most) - len(cells),), PADDING)
        cells = trainer.strategy.all_gather(torch.cat([cells, padding])).flatten()
    found: npt.NDArray[np.int64] = cells.cpu().numpy()
    return found[found != PADDING]
