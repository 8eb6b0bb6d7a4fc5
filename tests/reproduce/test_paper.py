"""An entry knows its cells, and what fills their places."""

from pathlib import Path

from counterpoise.reproduce.parse import parse_entry

HERE = Path("papers/ab2020/table1.toml")


def test_the_points_are_the_grid(entry_text) -> None:
    assert parse_entry(HERE, entry_text).points == ({"rho": 5}, {"rho": 10})


def test_what_follows_an_axis_is_filled_in(entry_text) -> None:
    entry = parse_entry(HERE, entry_text.replace("[grid]", "[follows.rho]\nr = [7, 8]\n\n[grid]"))
    assert entry.places({"rho": 10}) == {"rho": 10, "r": 8}
