"""What the rows of a table are called: what a person finds them by in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class RowNames:
    """Names of the N rows that were read, and of those that were left out.

    A row of a text file is called by the line that it begins in, the header counted:
    ``churn.csv:17``. A row of a Parquet file or a DataFrame has no line; it is called by its place
    from 0, as ``frame.iloc[16]`` counts: ``churn.parquet row 16``.

    Args:
        file: the name of the file; "" of a DataFrame.
        numbers: (N,) line or place of each row.
        in_lines: whether the numbers are lines.
        empty: likewise, of rows without a single value, which were left out.

    >>> names = RowNames("churn.csv", [2, 3, 6], empty=[5])
    >>> names[2], names.place(2), names.places([0, 2])
    ('churn.csv:6', 'line 6', 'lines 2, 6')
    >>> RowNames("", range(3), in_lines=False)[2]
    'row 2'
    """

    file: str
    numbers: Sequence[int]
    in_lines: bool = True
    empty: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> str:
        return self.called(self.numbers[index])

    def __iter__(self) -> Iterator[str]:
        return map(self.called, self.numbers)

    def called(self, number: int) -> str:
        """The name of the row with that number."""
        return f"{self.file}:{number}" if self.in_lines else f"{self.file} row {number}".lstrip()

    def place(self, index: int) -> str:
        """Where a row is found in the file, for a message that names the file already."""
        return f"{'line' if self.in_lines else 'row'} {self.numbers[index]}"

    def places(self, indices: Sequence[int]) -> str:
        """Likewise of several, the first of them."""
        return self.listed([self.numbers[i] for i in indices[: MOST_NAMED + 1]])

    def listed(self, numbers: Sequence[int]) -> str:
        """Likewise, of numbers."""
        word = ("line" if self.in_lines else "row") + "s" * (len(numbers) > 1)
        shown = ", ".join(map(str, numbers[:MOST_NAMED]))
        return f"{word} {shown}{', ...' if len(numbers) > MOST_NAMED else ''}"

    def runs(self) -> list[tuple[int, int]]:
        """The numbers as (first, how many) of those that follow each other.

        >>> RowNames("", [2, 3, 6]).runs()
        [(2, 2), (6, 1)]
        """
        found: list[tuple[int, int]] = []
        for number in self.numbers:
            first, length = found[-1] if found else (0, 0)
            if found and number == first + length:
                found[-1] = (first, length + 1)
            else:
                found.append((number, 1))
        return found

    @classmethod
    def of_runs(cls, file: str, runs: Iterable[Sequence[int]], *, in_lines: bool) -> RowNames:
        """Inverse of `runs`."""
        ranges = [range(first, first + length) for first, length in runs]
        numbers = ranges[0] if len(ranges) == 1 else tuple(chain.from_iterable(ranges))
        return cls(file, numbers, in_lines)
