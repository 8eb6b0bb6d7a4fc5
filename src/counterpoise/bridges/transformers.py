"""Hugging Face Trainer: the loss, the rounds and the sampler."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from counterpoise.bridges.checks import criterion_of, require_labels_of
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.metrics import Evaluation
from counterpoise.protocols import Loss, Report
from counterpoise.samplers.sampler import StreamSampler

try:
    import accelerate as accelerate  # Trainer needs it, and says so only when it is made
    from transformers import Trainer, TrainerCallback
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "counterpoise.bridges.transformers needs transformers and accelerate: "
        "pip install 'counterpoise[transformers]'",
        name=missing.name,
    ) from missing

LossFunction = Callable[..., Tensor]
COUNTED_OUT = -100  # the label that Trainer leaves out of num_items_in_batch


def loss_function(criterion: Weighted | Loss) -> LossFunction:
    """A criterion as ``compute_loss_func`` of Trainer.

    Trainer does not divide the loss of such a function by the steps of gradient accumulation. It
    tells the number of labels in all of them, and the costs here are divided by that: the
    gradient is that of one large batch.

    Args:
        criterion: a `Weighted`, or a bare loss, with ``reduction="mean"``. Under
            ``normalize="weights"`` each accumulated batch is divided by its own weights; then the
            gradient is not that of one large batch.

    Raises:
        ArgumentError: a loss that is none of this library's, another reduction, or an
            `ignore_index` that Trainer counts as a label.
    """
    criterion = criterion_of(criterion)
    if criterion.reduction != "mean":
        raise ArgumentError(
            f'Trainer trains on one number: reduction is "mean"; got {criterion.reduction!r}'
        )
    ignored = criterion.ignore_index
    if ignored not in (None, COUNTED_OUT):
        raise ArgumentError(
            f"Trainer counts every label but {COUNTED_OUT}; got ignore_index {ignored} (mark what "
            f"is to be ignored by {COUNTED_OUT})"
        )

    def compute_loss(
        outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        logits = outputs["logits"] if isinstance(outputs, Mapping) else outputs[0]
        mean: Tensor = criterion(logits, labels)
        if num_items_in_batch is None:
            return mean
        counted = len(labels) if ignored is None else (labels != ignored).sum()
        return mean * (counted / num_items_in_batch)  # 1 without accumulation

    return compute_loss


def require_effect(args: Any, criterion: Weighted | None, sampler: StreamSampler | None) -> None:
    """Refuse arguments that Trainer reads only where it has no criterion or sampler of ours."""
    faults = []
    smoothing = args.label_smoothing_factor
    if criterion is not None and smoothing:
        faults.append(
            f"label_smoothing_factor={smoothing} has no effect beside a criterion (leave it out, "
            f"and write Weighted(losses.CrossEntropy(label_smoothing={smoothing}), ...))"
        )
    strategy = getattr(args, "train_sampling_strategy", "random")
    if sampler is not None and strategy != "random":
        faults.append(
            f"train_sampling_strategy={strategy!r} has no effect beside a sampler (leave out one "
            "of the two)"
        )
    if faults:
        raise ArgumentError("; ".join(faults))


class CounterpoiseCallback(TrainerCallback):
    """Set the round of a criterion and of a sampler, and let the sampler observe.

    Args:
        criterion: told the epoch, from 0, when it begins.
        sampler: likewise; after each epoch it observes the report.
        report: makes the report; None: nothing is observed.

    Raises:
        ArgumentError: no criterion; when training begins: arguments of the Trainer that have no
            effect beside criterion or sampler.
    """

    def __init__(
        self,
        criterion: Weighted | Loss | None = None,
        sampler: StreamSampler | None = None,
        report: Callable[[], Report] | None = None,
    ) -> None:
        self.criterion = None if criterion is None else criterion_of(criterion)
        self.sampler = sampler
        self.report = report

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Check that the arguments mean what they say."""
        require_effect(args, self.criterion, self.sampler)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Tell criterion and sampler which round begins."""
        epoch = math.floor(state.epoch or 0)
        for part in (self.criterion, self.sampler):
            if part is not None:
                part.set_epoch(epoch)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Let the sampler observe."""
        if self.sampler is not None and self.report is not None:
            self.sampler.observe(self.report())


class CounterpoiseTrainer(Trainer):
    """Trainer with a criterion and a sampler of this library.

    Several processes read the same stream and accelerate deals them its batches in turn, so the
    sampler is made with its defaults for `rank` and `world`. To add it to a Trainer of your own,
    inherit from both, this one first.

    Args:
        *args: as for ``transformers.Trainer``.
        criterion: replaces the loss of the model; the model returns ``logits`` (B, K), the labels
            (B,) arrive as ``labels``.
        sampler: indices into `train_dataset`, instead of a random permutation for each epoch.
        contrast: a data set held out of training. After each epoch it is predicted, and samplers
            such as `F1Driven` observe. None: nothing is observed.
        **kwargs: as for ``transformers.Trainer``.

    Raises:
        ArgumentError: two losses, a criterion that `loss_function` refuses, or a sampler that was
            made for one of several processes or for other labels than the data set's; arguments
            that have no effect beside criterion or sampler.
    """

    label_names: list[str]

    def __init__(
        self,
        *args: Any,
        criterion: Weighted | Loss | None = None,
        sampler: StreamSampler | None = None,
        contrast: Dataset[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if criterion is not None:
            if kwargs.get("compute_loss_func") is not None:
                raise ArgumentError("a Trainer has one loss: criterion or compute_loss_func")
            criterion = criterion_of(criterion)
            kwargs["compute_loss_func"] = loss_function(criterion)
        if sampler is not None and sampler.stream.world != 1:
            raise ArgumentError(
                "accelerate deals the batches of one stream to the processes; got a sampler for "
                f"rank {sampler.stream.rank} of world {sampler.stream.world} (leave both out)"
            )
        waits = sampler is not None and sampler.contrast_share is not None
        if contrast is None and waits:
            warnings.warn(
                f"{type(sampler).__name__} learns from reports on a held-out set; without "
                "CounterpoiseTrainer(contrast=dataset) it gets none",
                stacklevel=2,
            )
        if contrast is not None and sampler is None:
            warnings.warn("contrast is ignored: there is no sampler to observe it", stacklevel=2)
        given = kwargs.get("args", args[1] if len(args) > 1 else None)
        if given is not None:
            require_effect(given, criterion, sampler)
        super().__init__(*args, **kwargs)
        self.sampler = sampler
        self.contrast = contrast
        self._require_labels()
        if criterion is not None:
            criterion.to(self.args.device)
            # Trainer looks for labels in the model's forward, which need not know them here.
            self.label_names = self.label_names or ["labels"]
        report = None if contrast is None else self._report
        self.add_callback(CounterpoiseCallback(criterion, sampler, report))

    def get_train_dataloader(self) -> DataLoader[Any]:
        """As Trainer's, for a data set that the sampler was made for."""
        self._require_labels()
        loader: DataLoader[Any] = super().get_train_dataloader()
        return loader

    def _require_labels(self) -> None:
        if self.sampler is not None and self.train_dataset is not None:
            require_labels_of(self.sampler, self.train_dataset)

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
        if self.sampler is not None:
            return self.sampler
        return super()._get_train_sampler(*args, **kwargs)

    def _report(self) -> Report:
        found = self.predict(self.contrast, metric_key_prefix="contrast")
        scores = found.predictions
        scores = scores[0] if isinstance(scores, tuple) else scores
        return Evaluation.from_scores(scores, found.label_ids, scores.shape[1])
