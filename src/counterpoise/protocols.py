"""One Protocol per axis, on one screen. Members of an axis implement its Protocol once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor, nn

    from counterpoise.batch import Batch, Mixed

    FloatArray = npt.NDArray[np.floating[Any]]

Scores = Literal["logits", "margins"]
# One step over scores (N, K): times or plus a number or one for each class (K,), the logarithm (0
# counts as 1e-300), or the softmax of each row; the last two take None.
Operation = tuple[Literal["multiply", "add", "log", "softmax"], "FloatArray | None"]
Samples = TypeVar("Samples")
Classes = TypeVar("Classes")


class Loss(Protocol):
    """What does one sample cost? An ``nn.Module`` whose ``forward`` reduces `per_sample`.

    `nonnegative` says whether no cost is ever below 0.
    """

    scores: Scores
    nonnegative: bool

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cost of each sample: logits (B, K), target (B,) int64 -> (B,) float32 or float64."""
        ...

    def set_epoch(self, epoch: int) -> None: ...


class Weights(Protocol):
    """How much does that sample count? May depend on the round or on the batch.

    `num_classes` is None where any number of classes will do. `needs_nonnegative` says whether
    it divides by losses.
    """

    num_classes: int | None
    needs_nonnegative: bool

    def weights(
        self,
        target: Tensor,
        per_sample: Tensor,
        index: Tensor | None = None,
        share: Tensor | None = None,
    ) -> Tensor:
        """Factors (B,), not products, for target (B,) and per-sample losses (B,).

        `index` (B,) is the place of each sample in the training set, `share` (B,) how much of it
        counts (1 where it is None); shares are multiplied by the caller, not here.
        """
        ...

    def per_class(self) -> Tensor | None:
        """Factor of each class (K,) in this round; None where more than the class decides."""
        ...

    def set_epoch(self, epoch: int) -> None: ...


class Criterion(Protocol):
    """A loss times weights, reduced: what a step calls. See ``criterion.Weighted``."""

    ignore_index: int | None

    def __call__(self, logits: Tensor, target: Tensor | Batch | Mixed) -> Tensor: ...


class Sampler(Protocol):
    """Which index comes next? An endless stream, a pure function of (seed, position, reports).

    `seen` is the expected number of draws of each class in ``len(self)`` draws. A sampler that
    learns from reports has a `contrast_share`, how much of each class is held out for them, and
    tells the `shares` of the draws to come and the `f1` that they go by; else they are None.
    """

    contrast_share: float | None

    @property
    def seen(self) -> tuple[float, ...]: ...
    @property
    def shares(self) -> tuple[float, ...] | None: ...
    @property
    def f1(self) -> list[float] | None: ...

    def take(self, num: int) -> Tensor:
        """The next `num` indices of the stream, int64 (num,), on the CPU."""
        ...

    def __iter__(self) -> Iterator[int]: ...
    def __len__(self) -> int: ...
    def set_epoch(self, epoch: int) -> None: ...
    def observe(self, report: Report) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Resampler(Protocol):
    """Which points should exist? Samples and classes in, more or fewer of them out."""

    def fit_resample(self, X: Samples, y: Classes) -> tuple[Samples, Classes]:
        """Samples (N, ...) and labels (N,) -> (M, ...) and (M,), of the same kind and type.

        Arrays, tensors, lists or data frames. Where samples are only added, the first N of the
        result are those given.
        """
        ...


class Report(Protocol):
    """What an evaluation says of a model; see ``metrics.Evaluation``."""

    @property
    def confusion(self) -> npt.NDArray[np.int64]:
        """Counts (K, K), rows true."""
        ...


class Augment(Protocol):
    """What does a batch look like?"""

    def attach(self, fetch: Callable[[Tensor], Batch]) -> None:
        """Tell how to get samples of the training set: `fetch` makes a batch of indices (B,)."""
        ...

    def __call__(self, batch: Batch) -> Batch | Mixed: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Head(Protocol):
    """Features -> scores: an ``nn.Module``; may add ``penalty() -> ()`` to the loss."""

    def __call__(self, features: Tensor) -> Tensor: ...


class Step(Protocol):
    """How does one batch become an update?

    `update(loss, k)` makes gradients of `loss` and steps optimizer k. Returns the loss that
    history records, detached.
    """

    num_optimizers: int

    def __call__(
        self,
        model: nn.Module,
        batch: Batch | Mixed,
        criterion: Criterion,
        update: Callable[[Tensor, int], None],
    ) -> Tensor: ...


@runtime_checkable
class Posthoc(Protocol):
    """Scores -> decision, after training. Numpy, so that a saved model needs no torch for it."""

    accepts: tuple[Scores, ...]

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> Posthoc:
        """Learn from validation scores (N, K); a posthoc that learns nothing returns itself."""
        ...

    def __call__(self, scores: FloatArray) -> FloatArray:
        """Corrected scores (N, K), rows not renormalised; the decision is their argmax."""
        ...

    def operations(self) -> Sequence[Operation] | None:
        """What the call computes, for exported graphs; None before `fit`, or if it is no chain."""
        ...

    def state_dict(self) -> dict[str, Any]: ...
