"""How far people agree beyond chance: Cohen's kappa of each two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from counterpoise.service.database.labels import Verdict


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


def agreements(frames: Iterable[Sequence[tuple[str, Verdict]]]) -> list[Agreement]:
    """Of each two people who labelled the same frames, those with the most frames first.

    Args:
        frames: what each person says of a frame.
    """
    pairs: dict[tuple[str, str], list[tuple[Verdict, Verdict]]] = {}
    for said in frames:
        for (one, first), (other, second) in combinations(sorted(said, key=lambda s: s[0]), 2):
            pairs.setdefault((one, other), []).append((first, second))
    found = [
        Agreement(one, other, len(rows), sum(a == b for a, b in rows), kappa(rows))
        for (one, other), rows in pairs.items()
    ]
    return sorted(found, key=lambda agreement: (-agreement.number, agreement.one, agreement.other))


def kappa(rows: Sequence[tuple[object, object]]) -> float | None:
    """``(p - e) / (1 - e)``: agreement p, less the e of chance (Cohen 1960, eq. 1).

    >>> kappa([("a", "a"), ("a", "a"), ("b", "b"), ("a", "b")])
    0.5
    """
    number = len(rows)
    first, second = Counter(a for a, _ in rows), Counter(b for _, b in rows)
    agreed = sum(a == b for a, b in rows) / number
    chance = sum(first[what] * second[what] for what in first) / number**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)
