"""Imbalance profiles: how many training samples each class keeps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from counterpoise.data.splits.draw import Purpose, permutation
from counterpoise.data.splits.imbalance import exp_counts, linear_counts, step_counts
from counterpoise.errors import ArgumentError, near

ProfileKind = Literal["none", "step", "linear", "exp", "counts"]


@dataclass(frozen=True)
class Profile:
    """A parsed profile; `class_counts` turns it into numbers for a training set.

    Args:
        text: what the user wrote, for reports.
        kind: none, step, linear, exp or counts.
        ratio: largest over smallest count (rho).
        mu: share of classes in the minority (step); None: as many as `minority` lists.
        minority: "random" (drawn anew for each seed), "lowest", or "3+7" (names or indices).
        draw: another random minority of the same seed, for grids that have several.
        order: which class gets which count (linear: smallest first, exp: largest first):
            "as-is" (label order), "by-size", "random", or "8+6+0".
        n_max: count of the largest class; None: what the smallest class can supply.
        counts: the counts themselves, for kind "counts".
    """

    text: str
    kind: ProfileKind
    ratio: float = 1.0
    mu: float | None = None
    minority: str = "random"
    draw: int = 0
    order: str = "as-is"
    n_max: int | None = None
    counts: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text

    def class_counts(
        self, available: Sequence[int], seed: int = 0, classes: Sequence[str] = ()
    ) -> tuple[int, ...]:
        """Samples to draw per class from `available` ones; never more than there are.

        Args:
            available: training samples per class (K,).
            seed: decides minority=random (with `draw`) and order=random, nothing else.
            classes: names, for lists like ``minority=cat+dog`` and for messages.

        Raises:
            ArgumentError: the profile asks for more than a class has, for a ratio above
                n_max, for no or only minority classes, or for classes that do not exist.
        """
        have = [int(n) for n in available]
        num = len(have)
        names = list(classes) or [str(k) for k in range(num)]
        if self.kind == "none":
            return tuple(have)
        if self.kind == "counts":
            if len(self.counts) != num:
                raise ArgumentError(
                    f"profile {self.text}: {num} classes need {num} counts; got {len(self.counts)}"
                )
            wanted = list(self.counts)
        else:
            n_max = self.n_max or min(have)
            if self.ratio > n_max:
                smallest = have.index(min(have))
                why = "" if self.n_max else f", all that class '{names[smallest]}' has for training"
                raise ArgumentError(
                    f"profile {self.text}: the ratio is at most n_max = {n_max}{why}; "
                    f"got {self.ratio:g}"
                )
            wanted = self._wanted(have, n_max, seed, names)
        short = [
            f"'{names[k]}' has {have[k]}, {wanted[k]} asked"
            for k in range(num)
            if wanted[k] > have[k]
        ]
        if short:
            raise ArgumentError(
                f"profile {self.text}: too few training samples: class {'; '.join(short[:5])}"
            )
        return tuple(wanted)

    def _wanted(self, have: list[int], n_max: int, seed: int, names: list[str]) -> list[int]:
        num = len(have)
        if self.kind == "step":
            return step_counts(n_max, self.ratio, num, self._minority(have, n_max, seed, names))
        largest_first = self.kind == "exp"
        ranked = (
            exp_counts(n_max, self.ratio, num)
            if largest_first
            else linear_counts(n_max, self.ratio, num)
        )
        if self.order == "random":
            order = [int(k) for k in permutation(num, Purpose.CLASSES, seed)]
        elif self.order == "by-size":
            order = sorted(range(num), key=lambda k: -have[k] if largest_first else have[k])
        elif self.order == "as-is":
            order = list(range(num))
        else:
            order = self._listed("order", self.order, names)
            if len(order) != num:
                raise ArgumentError(
                    f"profile {self.text}: order lists {len(order)} of {num} classes; "
                    "list each once"
                )
        return [count for _, count in sorted(zip(order, ranked, strict=True))]

    def _minority(self, have: list[int], n_max: int, seed: int, names: list[str]) -> list[int]:
        num = len(have)
        listed = (
            []
            if self.minority in ("random", "lowest")
            else self._listed("minority", self.minority, names)
        )
        size = len(listed) if self.mu is None else math.floor(self.mu * num + 0.5)
        if not 0 < size < num:
            raise ArgumentError(
                f"profile {self.text}: {size} of {num} classes would be in the minority; "
                f"choose mu so that 1 to {num - 1} are"
            )
        if listed:
            if len(listed) != size:
                raise ArgumentError(
                    f"profile {self.text}: mu={self.mu:g} means {size} minority classes, "
                    f"the list has {len(listed)}"
                )
            return listed
        if self.minority == "lowest":
            return list(range(size))
        key = (seed, self.draw) if self.draw else (seed,)
        shuffled = [int(k) for k in permutation(num, Purpose.CLASSES, *key)]
        forced = [k for k in shuffled if have[k] < n_max]  # they cannot be in the majority
        if len(forced) > size:
            raise ArgumentError(
                f"profile {self.text}: {len(forced)} classes have fewer than n_max = {n_max} "
                f"training samples, but only {size} may be in the minority; lower n_max or raise mu"
            )
        return [*forced, *(k for k in shuffled if k not in forced)][:size]

    def _listed(self, key: str, text: str, names: list[str]) -> list[int]:
        """Class indices of "a+b": each a class name, else an index."""
        found: list[int] = []
        for piece in text.split("+"):
            word = piece.strip()
            if word in names:
                found.append(names.index(word))
            elif word.isdecimal() and int(word) < len(names):
                found.append(int(word))
            else:
                raise ArgumentError(
                    f"profile {self.text}: {key} names no class '{word}'{near(word, names)}"
                )
        if len(set(found)) != len(found):
            raise ArgumentError(f"profile {self.text}: {key} lists a class twice")
        return found
