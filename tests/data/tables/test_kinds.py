"""What a column holds."""

import numpy as np
import pytest

from counterpoise.data.tables.kinds import as_numbers, kind_of
from counterpoise.data.tables.row_names import RowNames
from counterpoise.data.tables.texts import Texts


def found(cells: list[str], **options: bool) -> str:
    kind, fault = kind_of("x", cells, RowNames("x.csv", range(2, 2 + len(cells))), **options)
    return fault if kind is None else kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2.5", "", "3e4", ".5"], "number"),
        (["1", "none", "3"], "number"),
        (["0", "1", "1"], "number"),
        (["", ""], "number"),
        (["yes", "No", ""], "boolean"),
        (["TRUE", "false"], "boolean"),
        (["yes", "yes"], "category"),
        (["red", "none", "blue"], "category"),
        (["3", "A12", "B7", "C1"], "category"),
        (["12:30", "1/2"], "category"),
    ],
)
def test_kinds(cells: list[str], kind: str) -> None:
    assert found(cells) == kind


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["2021-03-04", "", "2020-1-31"], "column 'x' holds dates ('2021-03-04')"),
        (["31.12.1999", "1.1.2000"], "holds dates"),
        (["12/31/99 11:59 PM", "1/1/00 1:00 AM"], "holds dates"),
        (["2021-03-04T05:06:07Z", "2021-03-04 05:06:07.5+01:00"], "holds dates"),
        (["1", "2", "about 3", "4"], "mixes 3 numbers with text (line 4: 'about 3'); leave a"),
        (["1", "2", "inf"], "mixes 2 numbers with text (line 4: 'inf')"),
        (["1,5", "2", "3,25"], "has numbers with a comma ('1,5')"),
        ([f"person {n}" for n in range(60)], "60 different texts in 60 rows, such as 'person 0'"),
    ],
)
def test_what_cannot_be_used(cells: list[str], message: str) -> None:
    assert message in found(cells)


def test_a_million_categories_are_none() -> None:
    assert "1,000,000 different texts" in found([f"{n:x}-" for n in range(1_000_000)])


def test_what_somebody_says_of_a_column_wins() -> None:
    numbers = ["01234", "99999"]
    assert found(numbers) == "number"
    assert found(numbers, category=True) == "category"
    assert found(numbers, is_text=True) == "category"
    assert "holds dates" in found(["2021-03-04", "2020-1-31"], is_text=True)


@pytest.mark.parametrize(
    "cells",
    [["inf"], ["nan"], ["1_0"], ["none"], ["1e39"], ["-1e300", ""], ["e"], ["1-2"], ["yes"]],
)
def test_what_only_python_takes_for_a_number_is_none(cells: list[str]) -> None:
    assert as_numbers([*cells, "7"]) is None


def test_numbers_of_many_rows() -> None:
    texts = Texts(["-0", "", *(f"{n / 7!r}" for n in range(40_000))])
    values = as_numbers(texts)
    assert values is not None
    assert values[2:].tolist() == [n / 7 for n in range(40_000)]
    assert np.isnan(values[1])
    assert not np.signbit(values[0])
