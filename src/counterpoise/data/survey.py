"""One look at every image file before training: is it whole, and which bytes does it hold?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import THREADS, decode
from counterpoise.data.image_files import FileInputs, damage
from counterpoise.data.moments import histogram, sums
from counterpoise.errors import DataError

CHUNK = 512


Summary = NDArray[np.integer[Any]]


def summary_form(files: FileInputs) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    """Type and shape of what `survey` says of all files together."""
    if files.deep:
        return np.dtype("<i8"), (len(files), files.channels, 7)
    return np.dtype("<u4"), (len(files), files.channels, 256)


def survey(files: FileInputs, threads: int = THREADS) -> Iterator[Summary]:
    """How often each byte occurs in each image, (n, C, 256), for all files in order.

    Of images that are read as int32, `moments.sums` (n, C, 7).

    Raises:
        DataError: some files are damaged; their number and the first of them are named. All
            files were looked at by then.
    """
    faults: list[str] = []

    def count(index: int) -> Summary | str:
        try:
            image = decode(files.paths[index], files.size, files.channels, files.deep, files.how)
        except DataError as error:
            return str(error)
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
