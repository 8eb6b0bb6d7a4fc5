"""A training set enlarged once, before a stage: every sample, and changed copies of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import torch

from counterpoise.batch import Batch
from counterpoise.errors import DataError
from counterpoise.protocols import Augment
from counterpoise.train.feed import Feed

CHUNK = 256
MOST_BYTES = 4 << 30


class Enlargement:
    """Makes the copies chunk by chunk, and knows a checksum of all that it made.

    Copies are kept as the originals are, bytes as bytes: what an augmentation makes of a
    preprocessed batch is turned back. Fresh augmentations of the same seeds make the same copies.

    Args:
        copies: of each sample, at least 1.
        augment: applied in order; none may mix labels.
        about: text that tells these augmentations and seeds from others; empty if nobody asks.
    """

    def __init__(self, copies: int, augment: Sequence[Augment], about: str = "") -> None:
        self.copies, self.augment, self.about = copies, augment, about
        self._digest = hashlib.sha256()
        self._told: str | None = None

    @property
    def checksum(self) -> str:
        """SHA-256 over values and labels of the copies that were made so far."""
        return self._told or self._digest.hexdigest()

    @checksum.setter
    def checksum(self, value: str) -> None:
        """Of copies that another enlargement made in the same way."""
        self._told = value

    @torch.no_grad()
    def chunks(self, feed: Feed) -> Iterator[Feed]:
        """The copies of all samples in order, then again, `copies` times; 256 at most at once."""
        for _ in range(self.copies):
            feed.expect(torch.arange(len(feed)))
            for start in range(0, len(feed), CHUNK):
                index = torch.arange(start, min(start + CHUNK, len(feed)))
                batch = feed.batch(index)
                for change in self.augment:
                    changed = change(batch)
                    assert isinstance(changed, Batch), "recipes store no mixed samples"
                    batch = changed
                values = batch.inputs
                if feed.preprocess is not None:
                    values = feed.preprocess.undo(values)
                if not feed.dtype.is_floating_point:
                    limits = torch.iinfo(feed.dtype)
                    values = values.round().clamp(limits.min, limits.max)
                values = values.to(feed.dtype).contiguous()
                for tensor in (values, batch.target):
                    self._digest.update(tensor.cpu().numpy().tobytes())
                yield Feed(values, batch.target, feed.preprocess, feed.device, batch.weight)

    def whole(self, feed: Feed) -> Feed:
        """The samples and their copies.

        Raises:
            DataError: they would take more than 4 GiB.
        """
        needed = feed.inputs.nbytes * (self.copies + 1)
        if needed > MOST_BYTES:
            raise DataError(
                f"offline makes {len(feed) * (self.copies + 1):,} samples, "
                f"{needed / 2**30:.1f} GiB; at most {MOST_BYTES >> 30} GiB are held (fewer copies, "
                "a smaller --size, or augment, which changes samples as they come)"
            )
        return joined([feed, *self.chunks(feed)])


def joined(feeds: Sequence[Feed]) -> Feed:
    """The samples of several parts, in order, preprocessed as those of the first."""
    first = feeds[0]
    weights = [feed.weight for feed in feeds if feed.weight is not None]
    return Feed(
        torch.cat([feed.inputs for feed in feeds]),
        torch.cat([feed.target for feed in feeds]),
        first.preprocess,
        first.device,
        torch.cat(weights) if weights else None,
    )
