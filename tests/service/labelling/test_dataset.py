"""Names of folders, and CSV that no spreadsheet program runs."""

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.service.labelling.dataset import folder_name, table


def test_no_class_leaves_its_folder_or_shares_one() -> None:
    taken: dict[str, str] = {}
    names = ["..", "a/b", "a\\b", "A/B", "con", "", "x" * 300, "été", ".hidden", "=1+1", "a/b"]
    found = [folder_name(name, taken) for name in names]
    assert len({name.lower() for name in found}) == len(set(names))
    for name in found:
        assert name
        assert not set(name) & set("/\\\0")
        assert not name.startswith(".")
        assert len(name) < 90


def test_a_class_is_no_formula() -> None:
    assert b"'=1+1" in table([("p", "=1+1", "g", "1", "1", "t", "x")])
    plain = table([("p", "=1+1", "g", "1", "1", "t", "x")], str)
    assert b",=1+1" in plain
