"""Rows of a table -> what a network reads, as scikit-learn learned it from the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.held import LARGEST
from counterpoise.data.tables.columns import UNKNOWN, Columns
from counterpoise.errors import CheckpointError, DataError

REVISION = 1  # in the identity of what is trained on encoded tables
MOST_PLACES = 50  # that the categories of one column take; the rarest beyond it share one
FIRST = 2  # entries of `slots` before those of the categories: missing, and unknown
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Encoding:
    """Imputation, scaling and one-hot coding of a table's rows, as arrays.

    Numbers and truth values are replaced by their median where they are missing, brought to mean 0
    and standard deviation 1, and followed by one column of 0 and 1 for each that had missing
    values: whether it was missing. A category becomes a row of 0 with a single 1; a missing one is
    a category of its own, an unknown one has no 1. All of it is what scikit-learn's
    ``SimpleImputer(add_indicator=True)``, ``StandardScaler`` and ``OneHotEncoder`` compute.

    Args:
        columns: of the table.
        fill: (D,) value of a missing number.
        mean: (D,) of the numbers after filling.
        scale: (D,) likewise their standard deviation; 1 for a constant.
        indicated: (D,) whether a number has a column that says that it was missing.
        slots: for each category column (2 + V,): the place of its 1 for a missing value, for an
            unknown category, and for each of its V categories; -1 for no 1.
        widths: how many places each category column takes.
    """

    columns: Columns
    fill: Floats
    mean: Floats
    scale: Floats
    indicated: NDArray[np.bool_]
    slots: tuple[Places, ...]
    widths: tuple[int, ...]

    @classmethod
    def fit(cls, columns: Columns, rows: Floats) -> Encoding:
        """Learn from the training rows (N, D) alone, by scikit-learn.

        Raises:
            DataError: no row, or nothing that differs between rows.
        """
        from sklearn.impute import SimpleImputer  # takes a second to import
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        if not len(rows):
            raise DataError("an encoding is learned from at least one training row; got none")
        numbers = rows[:, _numeric(columns)]
        fill = mean = np.zeros(0)
        scale, indicated = np.ones(0), np.zeros(0, dtype=bool)
        if numbers.shape[1]:
            imputer = SimpleImputer(
                strategy="median", add_indicator=True, keep_empty_features=True
            ).fit(numbers)
            fill = np.asarray(imputer.statistics_, dtype=np.float64)
            indicated = np.zeros(numbers.shape[1], dtype=bool)
            indicated[imputer.indicator_.features_] = True
            scaler = StandardScaler().fit(np.where(np.isnan(numbers), fill, numbers))
            mean, scale = scaler.mean_, scaler.scale_
        slots, widths = [], []
        for place in _categorical(columns):
            encoder = OneHotEncoder(
                max_categories=MOST_PLACES,
                handle_unknown="infrequent_if_exist",
                sparse_output=False,
            ).fit(rows[:, [place]])
            codes = np.arange(len(columns.columns[place].categories))
            table = encoder.transform(np.concatenate([[np.nan, UNKNOWN], codes])[:, None])
            slots.append(np.where(table.any(axis=1), table.argmax(axis=1), -1).astype(np.int64))
            widths.append(table.shape[1])
        return cls(columns, fill, mean, scale, indicated, tuple(slots), tuple(widths))

    @property
    def width(self) -> int:
        """Numbers of an encoded row."""
        return len(self.fill) + int(self.indicated.sum()) + sum(self.widths)

    @property
    def numeric(self) -> Places:
        """Places of numbers and truth values in a row."""
        return _numeric(self.columns)

    @property
    def categorical(self) -> Places:
        """Places of categories in a row."""
        return _categorical(self.columns)

    def __call__(self, rows: Floats) -> NDArray[np.float32]:
        """Encoded rows (N, width) of rows (N, D).

        Raises:
            DataError: a number that float32 does not hold once it is scaled, or a code of a
                category that is none.

        >>> from counterpoise.data.tables.columns import Column
        >>> plan = Column("plan", "category", ("a", "b"))
        >>> columns = Columns((Column("age", "number"), plan), "y")
        >>> rows = np.array([[20.0, 0.0], [40.0, 1.0], [np.nan, 1.0]])
        >>> Encoding.fit(columns, rows)(rows).round(2)
        array([[-1.22,  0.  ,  1.  ,  0.  ],
               [ 1.22,  0.  ,  0.  ,  1.  ],
               [ 0.  ,  1.  ,  0.  ,  1.  ]], dtype=float32)
        """
        numbers = rows[:, self.numeric]
        missing = np.isnan(numbers)
        scaled = (np.where(missing, self.fill, numbers) - self.mean) / self.scale
        self._require_finite(numbers, scaled)
        parts = [scaled, missing[:, self.indicated]]
        for place, slots, width in zip(self.categorical, self.slots, self.widths, strict=True):
            codes = rows[:, place]
            self._require_codes(codes, int(place))
            known = np.nan_to_num(codes, nan=-FIRST).astype(np.int64) + FIRST
            parts.append(slots[known][:, None] == np.arange(width))
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _require_finite(self, numbers: Floats, scaled: Floats) -> None:
        wrong = np.argwhere(~(np.abs(scaled) <= LARGEST))
        if len(wrong):
            row, place = wrong[0].tolist()
            column = self.columns.columns[int(self.numeric[place])].name
            raise DataError(
                f"column '{column}': a number that, scaled as those of training, float32 holds "
                f"(up to {LARGEST:.2g}); got {numbers[row, place]:g} in row {row} of those given, "
                "counted from 0 (NaN where it is not known)"
            )

    def _require_codes(self, codes: Floats, place: int) -> None:
        column = self.columns.columns[place]
        most = len(column.categories) - 1
        fits = np.isnan(codes) | ((codes >= UNKNOWN) & (codes <= most) & (codes == np.floor(codes)))
        wrong = np.flatnonzero(~fits)
        if len(wrong):
            raise DataError(
                f"column '{column.name}' (number {place} of a row): the code of a category is 0 to "
                f"{most}, its place among the categories of training, -1 for another one, or NaN "
                f"where it is missing; got {codes[wrong[0]]:g} in row {wrong[0]} of those given, "
                f"counted from 0{f', and {len(wrong) - 1} more' if len(wrong) > 1 else ''} "
                "(give the table itself, as .csv, to have its words coded)"
            )

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can hold; floats survive exactly."""
        return {
            "columns": self.columns.to_dict(),
            "fill": self.fill.tolist(),
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "indicated": self.indicated.tolist(),
            "slots": [slots.tolist() for slots in self.slots],
            "widths": list(self.widths),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Encoding:
        """Inverse of `to_dict`.

        Raises:
            CheckpointError: a key is missing, or lengths do not fit.
        """
        try:
            columns = Columns.from_dict(cast(Mapping[str, object], values["columns"]))
            fill, mean, scale = (
                np.asarray(values[key], dtype=np.float64) for key in ("fill", "mean", "scale")
            )
            made = cls(
                columns,
                fill,
                mean,
                scale,
                np.asarray(values["indicated"], dtype=bool),
                tuple(
                    np.asarray(slots, dtype=np.int64)
                    for slots in cast(Sequence[object], values["slots"])
                ),
                tuple(int(n) for n in cast(Sequence[int], values["widths"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"damaged encoding of a table: {error!r}") from error
        wide = [len(columns.columns[place].categories) + FIRST for place in made.categorical]
        numbers = {len(v) for v in (fill, mean, scale, made.indicated)}
        fits = numbers == {len(made.numeric)} and [len(s) for s in made.slots] == wide
        if not fits or len(made.widths) != len(wide):
            raise CheckpointError("damaged encoding of a table: its arrays do not fit its columns")
        return made


def _numeric(columns: Columns) -> Places:
    return np.array([i for i, c in enumerate(columns.columns) if c.kind != "category"], np.int64)


def _categorical(columns: Columns) -> Places:
    return np.array([i for i, c in enumerate(columns.columns) if c.kind == "category"], np.int64)
