"""skorch: a loader that makes its sampler of the training labels, and a callback."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader

from counterpoise.bridges.checks import EXAMPLE, require_labels_of
from counterpoise.bridges.rounds import Rounds, sampler_of
from counterpoise.errors import ArgumentError
from counterpoise.labels import labels_of
from counterpoise.metrics import Evaluation
from counterpoise.samplers.sampler import StreamSampler

try:
    from skorch.callbacks import Callback
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "counterpoise.bridges.skorch needs skorch: pip install 'counterpoise[skorch]'",
        name=missing.name,
    ) from missing


class SampledLoader:
    """``iterator_train`` of a net: a DataLoader whose sampler is made of the training labels.

    skorch splits off validation samples, and scikit-learn's searches choose others for each fold,
    so the labels to draw from are known only when a fit begins. A sampler made before would point
    into the wrong samples.

    Args:
        make: labels (N,) to a sampler, such as ``partial(samplers.RandomOver, seed=0)``.
        updates: full batches in an epoch; None is one pass, whose last batch may be smaller.

    Raises:
        DataError: when the fit begins: the data set does not say its labels.

    >>> from functools import partial
    >>> from skorch.dataset import Dataset
    >>> from counterpoise.samplers import RandomOver
    >>> dataset = Dataset(np.zeros((4, 2)), np.array([0, 0, 0, 1]))
    >>> loader = SampledLoader(partial(RandomOver, seed=0))(dataset, batch_size=2)
    >>> sum(int(y.sum()) for _, y in loader)  # the one sample of class 1, three times
    3
    """

    def __init__(
        self, make: Callable[[npt.NDArray[Any]], StreamSampler], *, updates: int | None = None
    ) -> None:
        self.make = make
        self.updates = updates
        self.sampler: StreamSampler | None = None

    def __call__(self, dataset: Any, *, batch_size: int, **options: Any) -> DataLoader[Any]:
        """A loader over `dataset`; `options` are those of ``torch.utils.data.DataLoader``."""
        self.sampler = self.make(labels_of(dataset))
        if self.updates is None:
            return DataLoader(dataset, batch_size=batch_size, sampler=self.sampler, **options)
        rounds = Rounds(self.sampler, batch_size=batch_size, updates=self.updates)
        return DataLoader(dataset, batch_sampler=rounds, **options)


class CounterpoiseCallback(Callback):
    """Set the round of criterion and sampler, and let the sampler observe.

    Rounds count the epochs of ``net.history``, so ``partial_fit`` goes on where a fit stopped, with
    the stream of the sampler too.

    Args:
        contrast: inputs and labels (N,) held out of training. After each epoch the net scores
            them, and samplers such as `F1Driven` observe. None: nothing is observed.

    Raises:
        ArgumentError: when an epoch begins: neither criterion nor sampler has rounds, or the
            sampler was made for other labels than those of the training samples.
    """

    def __init__(self, contrast: tuple[Any, npt.NDArray[np.int64]] | None = None) -> None:
        self.contrast = contrast
        self.sampler_: StreamSampler | None = None

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Tell criterion and sampler which round begins."""
        epoch, sampler = len(net.history) - 1, sampler_of_net(net)
        parts: list[Any] = [p for p in (net.criterion_, sampler) if hasattr(p, "set_epoch")]
        if not parts:
            raise ArgumentError(
                f"CounterpoiseCallback needs a net whose criterion is a Weighted, such as "
                f"{EXAMPLE}, or whose iterator_train is a SampledLoader; got "
                f"{type(net.criterion_).__name__} and {net.iterator_train!r}"
            )
        waits = sampler is not None and sampler.contrast_share is not None
        if epoch == 0 and self.contrast is None and waits:
            warnings.warn(
                f"{type(sampler).__name__} learns from reports on a held-out set; without "
                "CounterpoiseCallback(contrast=(X, y)) it gets none",
                stacklevel=2,
            )
        if epoch == 0 and self.contrast is not None and sampler is None:
            warnings.warn(
                "CounterpoiseCallback(contrast=...) is ignored: the net has no sampler of "
                "counterpoise",
                stacklevel=2,
            )
        before, self.sampler_ = self.sampler_, sampler
        if sampler is not None and sampler is not before and dataset_train is not None:
            require_labels_of(sampler, dataset_train)
        made_anew = epoch > 0 and sampler is not before
        if made_anew and sampler and before and len(sampler.seen) == len(before.seen):
            sampler.load_state_dict(before.state_dict())
        for part in parts:
            part.set_epoch(epoch)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Let the sampler observe what is predicted for the contrast set now."""
        sampler = sampler_of_net(net)
        if self.contrast is None or sampler is None:
            return
        inputs, target = self.contrast
        outputs = [o[0] if isinstance(o, tuple) else o for o in net.forward_iter(inputs)]
        scores = torch.cat(outputs).float().cpu().numpy()
        sampler.observe(Evaluation.from_scores(scores, target, scores.shape[1]))


def sampler_of_net(net: Any) -> StreamSampler | None:
    """The sampler that a net trains with, or None."""
    if isinstance(net.iterator_train, SampledLoader):
        return net.iterator_train.sampler
    options = net.get_params_for("iterator_train")
    given = options.get("sampler")
    return given if isinstance(given, StreamSampler) else sampler_of(_Options(options))


class _Options:
    """Arguments of a loader, looked at as if they were the loader."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.batch_sampler = options.get("batch_sampler")
        self.sampler = options.get("sampler")
