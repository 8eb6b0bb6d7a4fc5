"""One look at every image file before training: is it whole, and which bytes does it hold?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import THREADS, decode
from counterpoise.data.image_files import FileInputs, damage
from counterpoise.data.moments import histogram
from counterpoise.errors import DataError

CHUNK = 512


def survey(files: FileInputs, threads: int = THREADS) -> Iterator[NDArray[np.uint32]]:
    """How often each byte occurs in each image, (n, C, 256), for all files in order.

    Raises:
        DataError: some files are damaged; their number and the first of them are named. All
            files were looked at by then.
    """
    faults: list[str] = []

    def count(index: int) -> NDArray[np.uint32] | str:
        try:
            image = decode(files.paths[index], files.size, files.channels)
        except DataError as error:
            return str(error)
        return histogram(image[None]).astype(np.uint32)

    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(files), CHUNK):
            found = list(pool.map(count, range(start, min(start + CHUNK, len(files)))))
            faults += [fault for fault in found if isinstance(fault, str)]
            counts = [values for values in found if not isinstance(values, str)]
            if not faults:
                yield np.stack(counts)
    if faults:
        raise DataError(damage(faults))
