"""What file names tell of groups: frames of one track, images of one patient."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

_TRAILING_NUMBER = re.compile(r"[-_. ](?:frame|img|f|n)?\d+$", re.IGNORECASE)


def suggest_groups(names: Sequence[str]) -> str:
    """A sentence on groups that file names hint at, such as the track in ``00003_00029.png``.

    >>> names = [f"stop/{track:05d}_{frame:05d}.png" for track in range(4) for frame in range(30)]
    >>> suggest_groups(names).split(":")[0]
    "file names share 4 prefixes ('00000_...' x 30)"
    """
    sizes: Counter[tuple[str, str]] = Counter()
    for name in names:
        path = PurePosixPath(name)
        prefix = _TRAILING_NUMBER.sub("", path.stem)
        if prefix and prefix != path.stem:
            sizes[str(path.parent), prefix] += 1
    folders = {parent for parent, _ in sizes}
    shared = sum(size for size in sizes.values() if size > 1)
    # one prefix per folder is only a naming habit, such as image_0001
    if not sizes or len(sizes) < 2 * len(folders) or shared < len(names) / 2:
        return ""
    (_, prefix), size = sizes.most_common(1)[0]
    return (
        f"file names share {len(sizes)} prefixes ('{prefix}_...' x {size}): frames of one track, "
        "patient or video? Then list them in a CSV with a group column, or near-copies will "
        "straddle the split"
    )
