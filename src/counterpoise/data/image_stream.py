"""Images of more files than memory holds, used like one array of which batches are read."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import Pixels
from counterpoise.data.decoder import Decoder
from counterpoise.data.held_images import SEVERAL
from counterpoise.data.inputs import Indices
from counterpoise.data.survey import Summary
from counterpoise.errors import DataError


class ImageStream:
    """Some images of a `Decoder`, used like an array (N, C, H, W) of which batches are read.

    Where the decoder keeps images whole, these are their middles.

    Args:
        decoder: reads them.
        positions: which of its images, in which order; all when left out.
        summaries: what `survey` said of each of the decoder's M images, (M, ...).
    """

    ndim = 4

    def __init__(
        self,
        decoder: Decoder,
        positions: Indices | None = None,
        summaries: Summary | None = None,
    ) -> None:
        self.decoder, self.summaries = decoder, summaries
        self.positions = np.arange(len(decoder.files)) if positions is None else positions

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the images: uint8, or int32 where 16-bit grey is read whole."""
        return self.decoder.files.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W)."""
        height, width, channels = self.decoder.form
        return len(self), channels, height, width

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, indices: Indices) -> ImageStream:
        """These images of this stream; nothing is decoded."""
        return ImageStream(self.decoder, self.positions[indices], self.summaries)

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise DataError(self.why_no_array())

    def why_no_array(self) -> str:
        """What to say where all images are wanted as one array."""
        return too_large(self.shape) if self.decoder.sizes is None else SEVERAL

    def expect(self, indices: Indices) -> None:
        """Say what will be read, in order."""
        self.decoder.expect(self.positions[indices])

    def read(self, indices: Indices) -> Pixels:
        """Decoded images (B, H, W, C)."""
        return self.decoder.read(self.positions[indices])

    def sizes_of(self, indices: Indices) -> Indices:
        """Height and width (B, 2) of the whole images."""
        if self.decoder.sizes is None:
            return np.tile(self.decoder.files.size, (len(indices), 1))
        return self.decoder.sizes[self.positions[indices]]

    def cut(self, indices: Indices, top: Indices, left: Indices, form: tuple[int, int]) -> Pixels:
        """Parts (B, height, width, C) of the whole images; `form` is height and width."""
        return self.decoder.cut(self.positions[indices], top, left, form)

    def histogram(self) -> NDArray[np.int64]:
        """How often each byte occurs in every channel of all these images, (C, 256)."""
        assert self.summaries is not None, "counted when the stream was opened"
        total = np.zeros(self.summaries.shape[1:], dtype=np.int64)
        for part in np.array_split(np.sort(self.positions), max(1, len(self) // 4096)):
            total += self.summaries[part].sum(axis=0, dtype=np.int64)
        return total

    def sums(self) -> NDArray[np.int64]:
        """`moments.sums` of these images, (N, C, 7), where they are read as int32."""
        assert self.summaries is not None, "counted when the stream was opened"
        return self.summaries[np.sort(self.positions)].astype(np.int64)


def too_large(shape: tuple[int, ...]) -> str:
    """Why something that needs all images at once cannot be had of a stream."""
    return (
        f"this needs all images at once: {shape[0]:,} of shape {shape[1:]} take "
        f"{np.prod(shape) / 2**30:.2g} GiB decoded, more than the memory for images (raise "
        "--image-memory, or use a smaller --size, or --frozen)"
    )
