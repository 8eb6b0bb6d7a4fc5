"""Texts that are joined are those that were given."""

import pytest

from counterpoise.data.tables.texts import CHUNK, MARK, Texts


@pytest.mark.parametrize("number", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("odd", ["", MARK, "a\nb"])
def test_they_come_back_in_order(number: int, odd: str) -> None:
    cells = [odd if n % 7 == 3 else str(n) for n in range(number)]
    column = Texts(cells[:11])
    column.extend(cells[11 : CHUNK // 2])
    column.extend(iter(cells[CHUNK // 2 :]))
    assert len(column) == number
    assert list(column) == cells
    assert [cell for chunk in column.chunks() for cell in chunk] == cells
    for place in (0, -1, number // 2):
        if number:
            assert column[place] == cells[place]
    assert column[3:9] == cells[3:9]
    assert column == cells
    with pytest.raises(IndexError):
        column[number]
