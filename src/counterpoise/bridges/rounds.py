"""A sampler as batches of equal size, a fixed number of them a round."""

from collections.abc import Iterator

from counterpoise.errors import ArgumentError
from counterpoise.protocols import Sampler
from counterpoise.samplers.sampler import StreamSampler


class Rounds:
    """Full batches of a sampler's stream, for ``DataLoader(..., batch_sampler=...)``.

    What a loader calls an epoch is then a round of `updates` updates, as in the loop of this
    library. With ``sampler=`` an epoch is one pass instead: longer for a sampler that repeats
    rare classes, and with a batch at its end that may be smaller.

    Args:
        sampler: any sampler of ``counterpoise.samplers``.
        batch_size: indices per batch, of this process.
        updates: batches in a round; ``ceil(num_samples / batch_size)`` is an ordinary epoch.

    Raises:
        ArgumentError: a batch size or a number of updates below 1.

    >>> from counterpoise.samplers import RandomOver
    >>> rounds = Rounds(RandomOver([0, 0, 0, 0, 1], seed=0), batch_size=3, updates=2)
    >>> len(rounds), [len(batch) for batch in rounds]
    (2, [3, 3])
    """

    def __init__(self, sampler: Sampler, *, batch_size: int, updates: int) -> None:
        if batch_size < 1 or updates < 1:
            raise ArgumentError(
                f"batch_size and updates are at least 1; got batch_size {batch_size}, updates "
                f"{updates}"
            )
        self.sampler = sampler
        self.batch_size = batch_size
        self.updates = updates

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the next round; the stream goes on, it does not begin again."""
        for _ in range(self.updates):
            yield self.sampler.take(self.batch_size).tolist()

    def __len__(self) -> int:
        return self.updates


def sampler_of(loader: object) -> StreamSampler | None:
    """The sampler of this library inside a data loader, or None."""
    batches = getattr(loader, "batch_sampler", None)
    for found in (getattr(batches, "sampler", None), getattr(loader, "sampler", None)):
        if isinstance(found, StreamSampler):
            return found
    return None
