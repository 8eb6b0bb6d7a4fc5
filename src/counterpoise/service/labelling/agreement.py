"""How far people agree beyond chance: Cohen's kappa of each two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from counterpoise.service.database.label_counts import Said

_Word = TypeVar("_Word", bound=Hashable)


@dataclass(frozen=True)
class Agreement:
    """Of two people.

    Args:
        one: a name.
        other: a name.
        number: frames that both labelled.
        same: of these, those of which they say the same.
        kappa: None where chance alone would make them agree on all.
    """

    one: str
    other: str
    number: int
    same: int
    kappa: float | None


def agreements(pairs: Mapping[tuple[str, str], Mapping[Said, int]]) -> list[Agreement]:
    """Of each two people who labelled the same frames, those with the most frames first.

    Args:
        pairs: two people -> what both say -> number of frames.
    """
    found = [
        Agreement(
            one, other, sum(said.values()), sum(n for (a, b), n in said.items() if a == b),
            kappa(said),
        )
        for (one, other), said in pairs.items()
    ]  # fmt: skip
    return sorted(found, key=lambda agreement: (-agreement.number, agreement.one, agreement.other))


def kappa(said: Mapping[tuple[_Word, _Word], int]) -> float | None:
    """``(p - e) / (1 - e)``: agreement p, less the e of chance (Cohen 1960, eq. 1).

    >>> kappa({("a", "a"): 2, ("b", "b"): 1, ("a", "b"): 1})
    0.5
    """
    number = sum(said.values())
    first: Counter[_Word] = Counter()
    second: Counter[_Word] = Counter()
    for (one, other), times in said.items():
        first[one] += times
        second[other] += times
    agreed = sum(times for (one, other), times in said.items() if one == other) / number
    chance = sum(first[what] * second[what] for what in first) / number**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)
