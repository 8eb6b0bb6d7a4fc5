"""A column of a million short texts in the memory of one long text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

CHUNK = 1 << 14  # cells that are joined
MARK = "\x1f"  # between cells; where a cell holds it, nothing is joined


class Texts(Sequence[str]):
    """Texts, joined by the chunk: a string of its own takes 50 bytes more than its characters.

    >>> column = Texts(["31", "", "4e1"])
    >>> column[2], list(column)
    ('4e1', ['31', '', '4e1'])
    """

    def __init__(self, cells: Iterable[str] = ()) -> None:
        self._chunks: list[str | list[str]] = []
        self._open: list[str] = []
        self._length = 0
        self.extend(cells)

    def extend(self, cells: Iterable[str]) -> None:
        """Add texts at the end."""
        self._open += cells
        self._length = len(self._chunks) * CHUNK + len(self._open)
        for start in range(0, len(self._open) - CHUNK + 1, CHUNK):
            chunk = self._open[start : start + CHUNK]
            joined = MARK.join(chunk)
            self._chunks.append(joined if joined.count(MARK) == CHUNK - 1 else chunk)
        self._open = self._open[len(self._open) // CHUNK * CHUNK :]

    def chunks(self) -> Iterator[list[str]]:
        """The texts in order, some thousands at a time."""
        for chunk in self._chunks:
            yield chunk.split(MARK) if isinstance(chunk, str) else chunk
        if self._open:
            yield self._open

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        for chunk in self.chunks():
            yield from chunk

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return list(self)[index]
        number, place = divmod(range(self._length)[index], CHUNK)
        if number == len(self._chunks):
            return self._open[place]
        chunk = self._chunks[number]
        return (chunk.split(MARK) if isinstance(chunk, str) else chunk)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list
