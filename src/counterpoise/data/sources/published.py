"""What every published set is checked against: how many samples of each class it holds."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.errors import DataError

_MOST = 3


def require_counts(
    what: str, found: Mapping[str, int], expected: Mapping[str, int], share: float = 0.0
) -> None:
    """Refuse a copy that lacks samples, or has more than were published.

    Args:
        what: of the copy, in front of the message: the set and where it lies.
        found: samples of each class.
        expected: likewise, as published.
        share: by how much of it a class may differ.

    Raises:
        DataError: classes differ; the first of them are named.
    """
    faults = [
        f"'{name}' has {found.get(name, 0)}, not {number}"
        for name, number in expected.items()
        if abs(found.get(name, 0) - number) > share * number
    ]
    faults += [f"'{name}' is no class of it" for name in found if name not in expected]
    if faults:
        more = f" and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        raise DataError(
            f"{what} is not the set as published: {'; '.join(faults[:_MOST])}{more} "
            f"({sum(found.values())} samples in all, not {sum(expected.values())}); unpack it "
            "again, or give the path of the folder or a .csv to use a part of it"
        )
