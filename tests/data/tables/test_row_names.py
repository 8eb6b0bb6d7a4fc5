"""What rows are called."""

import pytest

from counterpoise.data.tables.row_names import RowNames


@pytest.mark.parametrize("numbers", [range(2, 50), [2], [2, 3, 7, 8, 9, 20], []])
def test_runs_hold_all_numbers(numbers: list[int]) -> None:
    names = RowNames("a.csv", numbers)
    again = RowNames.of_runs("a.csv", names.runs(), in_lines=True)
    assert list(again) == list(names) == [f"a.csv:{n}" for n in numbers]
    assert len(again) == len(numbers)


def test_the_first_of_many_are_named() -> None:
    names = RowNames("a.parquet", range(40), in_lines=False)
    assert names.places(list(range(3, 30))) == "rows 3, 4, 5, 6, 7, ..."
    assert names.places([3]) == "row 3"
    assert names.listed([1, 2, 3, 4, 5]) == "rows 1, 2, 3, 4, 5"
    assert names[39] == "a.parquet row 39"
