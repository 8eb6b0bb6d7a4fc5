"""Cells one after another; what is strict and what goes on."""

import pytest

from counterpoise.errors import DataError, OutputError
from counterpoise.sweep import carry_out
from counterpoise.sweep.cell import Cell


@pytest.fixture
def cells(tmp_path) -> list[Cell]:
    return [
        Cell({"rho": rho}, tmp_path / str(rho), {"dataset": "digits", "profile": f"step:rho={rho}"})
        for rho in (5, 10)
    ]


def fail(error: Exception):
    def report_of(options, begun) -> None:
        raise error

    return report_of


def test_a_cell_that_cannot_be_is_said_and_the_next_goes_on(cells, monkeypatch) -> None:
    monkeypatch.setattr("counterpoise.comparison.report_of", fail(DataError("too few")))
    said: list[str] = []
    found = list(carry_out.carry_out(cells, "digits", said.append))
    assert [(cell.point, reason) for cell, reason in found] == [
        ({"rho": 5}, "too few"), ({"rho": 10}, "too few"),
    ]  # fmt: skip
    assert said[:2] == ["digits rho=5 (1 of 2)", "rho=5: too few"]
    with pytest.raises(DataError):
        list(carry_out.carry_out(cells, "digits", said.append, strict=True))


def test_what_concerns_all_cells_ends_them(cells, monkeypatch) -> None:
    monkeypatch.setattr("counterpoise.comparison.report_of", fail(OutputError("the disk is full")))
    with pytest.raises(OutputError):
        list(carry_out.carry_out(cells, "digits", print, seconds=60.0))
