"""How far a candidate says what the running model says, on the frames that both saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterpoise.service.database.candidates import Tally

MOST = 10  # pairs of classes that are listed


@dataclass(frozen=True)
class OfClass:
    """Frames that the running model gave a class, and how many the candidate gave the same."""

    label: str
    number: int
    same: int
    candidate_number: int  # frames that the candidate gave this class

    @property
    def share(self) -> float | None:
        """Of agreement."""
        return self.same / self.number if self.number else None


@dataclass(frozen=True)
class Apart:
    """Frames on which the two differ, in one way."""

    label: str
    candidate_label: str
    number: int
    camera: int
    at: int


@dataclass(frozen=True)
class Agreement:
    """The comparison of what both say, whoever is right."""

    number: int
    same: int
    classes: tuple[OfClass, ...]
    apart: tuple[Apart, ...]
    mean_probability: float | None
    candidate_mean_probability: float | None


def agreement(pairs: Mapping[tuple[str, str], Tally], classes: Sequence[str]) -> Agreement:
    """Sum pairs (the running model's class, the candidate's) up; the largest differences first."""
    labels = list(dict.fromkeys([*classes, *(b for _, b in sorted(pairs))]))
    number = sum(tally.number for tally in pairs.values())
    rows = tuple(
        OfClass(
            label,
            sum(t.number for (a, _), t in pairs.items() if a == label),
            pairs[label, label].number if (label, label) in pairs else 0,
            sum(t.number for (_, b), t in pairs.items() if b == label),
        )
        for label in labels
    )
    differ = sorted(
        ((a, b, t) for (a, b), t in pairs.items() if a != b), key=lambda one: -one[2].number
    )
    first = sum(tally.probability for tally in pairs.values())
    second = sum(tally.shadow_probability for tally in pairs.values())
    return Agreement(
        number, sum(row.same for row in rows), rows,
        tuple(Apart(a, b, t.number, t.camera, t.at) for a, b, t in differ[:MOST]),
        first / number if first else None, second / number if second else None,
    )  # fmt: skip
