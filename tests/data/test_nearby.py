"""A path that is not there: its near name, or the folder that was looked in."""

from pathlib import Path

import pytest

from counterpoise.data import load
from counterpoise.data.nearby import nearby
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.errors import DataError

NAMED = ("digits", "mnist")


def test_a_file_of_nearly_this_name_is_suggested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "churn.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert nearby("chrun.csv", NAMED) == "; did you mean 'churn.csv'?"
    where = str(tmp_path / "chrun.csv")
    assert nearby(where, NAMED) == f"; did you mean '{tmp_path / 'churn.csv'}'?"


def test_a_file_without_a_near_name_says_where_was_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert nearby("churn.csv", NAMED) == f" (looked for in '{tmp_path}')"
    assert nearby("gone/churn.csv", NAMED) == f" (looked for in '{tmp_path / 'gone'}')"


@pytest.mark.parametrize("name", ["", " ", "xyz", "a\0b", "a" * 5000])
def test_what_looks_like_no_file_lists_the_named_sets(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert nearby(name, NAMED) == "; known: digits, mnist"


def test_a_missing_table_is_not_called_something_else(tmp_path: Path) -> None:
    (tmp_path / "churn.csv").touch()
    with pytest.raises(DataError, match=r"no such file: '.*chrun\.csv'; did you mean '.*churn"):
        load(str(tmp_path / "chrun.csv"), table=TableQuestion("y"))
