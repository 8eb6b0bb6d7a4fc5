"""Images of one short side and any other, end to end in one array of which batches are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import Pixels
from counterpoise.data.inputs import Indices
from counterpoise.data.moments import histogram, sums
from counterpoise.errors import DataError

SEVERAL = (
    "this needs images of one size, and these keep their own lengths (--resize short-side cuts off "
    "what is longer)"
)


class HeldImages:
    """Some images of an array that holds them whole, used like one (N, C, H, W) of their middles.

    Nothing is copied until it is read, so that processes share what one of them has mapped.

    Args:
        pixels: (P, C) of M images, row by row, one image after the other.
        sizes: (M, 2) height and width of each.
        form: height and width of their middles.
        positions: which of the images, in which order; all when left out.

    >>> two = HeldImages(np.arange(11)[:, None], np.array([[1, 3], [2, 4]]), (1, 3))
    >>> two.shape, two[np.array([1])].cut(np.array([0]), np.array([1]), np.array([2]), (1, 2))[0, 0]
    ((2, 1, 1, 3), array([[ 9],
           [10]]))
    """

    ndim = 4

    def __init__(
        self,
        pixels: Pixels,
        sizes: Indices,
        form: tuple[int, int],
        positions: Indices | None = None,
    ) -> None:
        self.pixels, self.sizes, self.form = pixels, sizes, form
        self.begins = begins(sizes)
        self.positions = np.arange(len(sizes)) if positions is None else positions

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the images."""
        return self.pixels.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W) of the middles."""
        return len(self), self.pixels.shape[1], *self.form

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, indices: Indices) -> HeldImages:
        """These images; nothing is read."""
        return HeldImages(self.pixels, self.sizes, self.form, self.positions[indices])

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise DataError(SEVERAL)

    def why_no_array(self) -> str:
        """What to say where all images are wanted as one array."""
        return SEVERAL

    def expect(self, indices: Indices) -> None:
        """Nothing is to be done before these are read."""

    def sizes_of(self, indices: Indices) -> Indices:
        """Height and width (B, 2) of the whole images."""
        return self.sizes[self.positions[indices]]

    def read(self, indices: Indices) -> Pixels:
        """The middles (B, H, W, C)."""
        return self.cut(indices, *middles(self.sizes_of(indices), self.form), self.form)

    def cut(self, indices: Indices, top: Indices, left: Indices, form: tuple[int, int]) -> Pixels:
        """Parts (B, height, width, C) of the whole images; `form` is height and width."""
        height, width = form
        out: Pixels = np.empty((len(indices), *form, self.pixels.shape[1]), dtype=self.dtype)
        for row, image in enumerate(self._images(indices)):
            y, x = top[row], left[row]
            out[row] = image[y : y + height, x : x + width]
        return out

    def histogram(self) -> NDArray[np.int64]:
        """How often each byte occurs in every channel of these whole images, (C, 256)."""
        found = np.zeros((self.pixels.shape[1], 256), dtype=np.int64)
        for image in self._images(np.arange(len(self))):
            found += histogram(image.transpose(2, 0, 1)[None].astype(np.uint8, copy=False))
        return found

    def sums(self) -> NDArray[np.int64]:
        """`moments.sums` of these whole images, (N, C, 7), where they are int32."""
        images = (image.transpose(2, 0, 1)[None] for image in self._images(np.arange(len(self))))
        return np.concatenate([sums(image.astype(np.int32, copy=False)) for image in images])

    def _images(self, indices: Indices) -> Iterator[Pixels]:
        """Views (h, w, C)."""
        for place in self.positions[indices]:
            height, width = self.sizes[place]
            begin = self.begins[place]
            yield self.pixels[begin : begin + height * width].reshape(height, width, -1)


def begins(sizes: Indices) -> Indices:
    """Where each image of these heights and widths (M, 2) begins, in pixels."""
    ends: Indices = sizes.prod(axis=1, dtype=np.int64).cumsum()
    return np.concatenate([[0], ends[:-1]]).astype(np.int64)


def middles(sizes: Indices, form: tuple[int, int]) -> tuple[Indices, Indices]:
    """First rows and columns (B,) of the middles of images of these heights and widths (B, 2)."""
    top, left = ((sizes[:, axis] - form[axis]) // 2 for axis in (0, 1))
    return top, left
