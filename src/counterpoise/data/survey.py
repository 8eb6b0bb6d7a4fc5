"""One look at every image file before training: is it whole, and which bytes does it hold?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import THREADS, decode_rows
from counterpoise.data.image_files import FileInputs, damage
from counterpoise.data.inputs import Indices
from counterpoise.data.moments import histogram, sums
from counterpoise.errors import DataError

CHUNK = 512


Summary = NDArray[np.integer[Any]]


def summary_form(files: FileInputs) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    """Type and shape of what `survey` says of all files together."""
    if files.deep:
        return np.dtype("<i8"), (len(files), files.channels, 7)
    return np.dtype("<u4"), (len(files), files.channels, 256)


def survey(
    files: FileInputs, threads: int = THREADS, sizes: Indices | None = None
) -> Iterator[Summary]:
    """How often each byte occurs in each image, (n, C, 256), for all files in order.

    Of images that are read as int32, `moments.sums` (n, C, 7).

    Args:
        files: to look at.
        threads: decoding at once.
        sizes: (N, 2), where height and width of each image are written that is kept whole; without
            it, images are read at the size of the set.

    Raises:
        DataError: some files are damaged; their number and the first of them are named. All
            files were looked at by then.
    """
    faults: list[str] = []
    form = files.size, files.channels

    def count(index: int) -> Summary | str:
        try:
            rows = decode_rows(files.paths[index], *form, files.deep, files.how, sizes is None)
        except DataError as error:
            return str(error)
        if sizes is not None:
            sizes[index] = rows.shape[:2]
        image = np.ascontiguousarray(rows.transpose(2, 0, 1))
        if files.deep:
            found: Summary = sums(image[None].astype(np.int32, copy=False))[0]
            return found
        return histogram(image[None].astype(np.uint8, copy=False)).astype(np.uint32)

    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(files), CHUNK):
            found = list(pool.map(count, range(start, min(start + CHUNK, len(files)))))
            faults += [fault for fault in found if isinstance(fault, str)]
            counts = [values for values in found if not isinstance(values, str)]
            if not faults:
                yield np.stack(counts)
    if faults:
        raise DataError(damage(faults))
