"""Why a frame is asked about, and what share of the queue each reason gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoise.errors import ArgumentError, near

RANDOM, UNCERTAINTY, DEFICIT, DIVERSITY = "random", "uncertainty", "deficit", "diversity"
IMPORTED, ASKED = "imported", "asked"  # from a file; by somebody who saw it on a page
CHOSEN = (UNCERTAINTY, DEFICIT, DIVERSITY)


def shares_of(given: Sequence[str]) -> dict[str, float]:
    """What each reason gets, as the setting says: ``uncertainty=0.4``.

    Raises:
        ArgumentError: an unknown reason, a share that is no number, or nothing above 0.

    >>> shares_of(["uncertainty=1", "deficit=3"])
    {'uncertainty': 0.25, 'deficit': 0.75, 'diversity': 0.0}
    """
    found = dict.fromkeys(CHOSEN, 0.0)
    for text in given:
        name, _, number = text.partition("=")
        if name not in found:
            raise ArgumentError(f"no share of the label queue is '{name}'{near(name, CHOSEN)}")
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = -1.0
        if not 0 <= found[name] < 1e6:
            raise ArgumentError(f"a share of the label queue is written {name}=0.4; got '{text}'")
    total = sum(found.values())
    if not total:
        raise ArgumentError(f"one of {', '.join(CHOSEN)} has a share above 0")
    return {name: share / total for name, share in found.items()}


@dataclass(frozen=True)
class Rules:
    """How the queue is filled.

    Args:
        size: frames that wait to be labelled.
        pool: frames drawn at random that it is chosen from, and so many again of rare classes.
        shares: of each reason but the random tenth.
        twice: share of frames on which two people have to agree.
    """

    size: int
    pool: int
    shares: dict[str, float]
    twice: float
