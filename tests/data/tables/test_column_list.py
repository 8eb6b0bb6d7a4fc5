"""Names of columns in one text."""

import shlex

import pytest

from counterpoise.data.tables.column_list import as_typed, column_list


@pytest.mark.parametrize(
    "names", [["a"], ["a", "b_2"], ["days since"], ["a, b", "c"], ['say "x"'], ["a;b"], ["$HOME's"]]
)
def test_what_is_printed_can_be_pasted_into_a_shell(names: list[str]) -> None:
    (word,) = shlex.split(as_typed(names))
    assert column_list(word) == tuple(names)


def test_spaces_and_empty_names_are_nothing() -> None:
    assert column_list(" a , ,b,") == ("a", "b")
    assert column_list("") == ()
