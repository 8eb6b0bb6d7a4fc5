"""What a sampler does with the stream that it contains: hand it on."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from counterpoise.protocols import Report
from counterpoise.samplers.class_index import LabelSummary
from counterpoise.samplers.stream import Stream


class StreamSampler:
    """A sampler whose indices come from one `Stream`.

    `seen` is the expected number of draws of each class in ``len(self)`` draws.

    Args:
        stream: the indices.
        labels: what they are indices into, so that another data set is refused; None: unknown.
    """

    seen: tuple[float, ...]
    contrast_share: float | None = None  # of each class, held out where it learns from reports

    def __init__(self, stream: Stream, labels: LabelSummary | None = None) -> None:
        self.stream = stream
        self.labels = labels

    def take(self, num: int) -> Tensor:
        """The next `num` indices of this rank, int64 (num,), on the CPU."""
        return self.stream.take(num)

    def skip(self, num: int) -> None:
        """Pass over the first `num` indices of a round; the next iteration gives its rest.

        A `DataLoader` with workers draws ahead of training, and so does the state of its sampler
        in the middle of a round. Keep the state of the round's beginning, load it, and skip
        ``num_batches * batch_size``.
        """
        self.stream.skip(num)

    def __iter__(self) -> Iterator[int]:
        """The next ``len(self)`` indices; the stream goes on, it does not begin again.

        After ``load_state_dict`` of a state from within an iteration, those left of its round.
        """
        return iter(self.stream)

    def __len__(self) -> int:
        return len(self.stream)

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the stream depends on; the same on all ranks."""
        return self.stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken."""
        self.stream.load_state_dict(state)

    @property
    def shares(self) -> tuple[float, ...] | None:
        """Share of each class in the draws to come, where reports change them; else None."""
        return None

    @property
    def f1(self) -> list[float] | None:
        """F1 of each class that the shares go by; None where there is none."""
        return None

    def set_epoch(self, epoch: int) -> None:
        """Tell which round begins, counted from 0. Nothing: all rounds are alike."""

    def observe(self, report: Report) -> None:
        """Tell how the model did on the contrast set. Nothing: reports do not matter."""
