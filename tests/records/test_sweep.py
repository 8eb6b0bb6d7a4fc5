"""sweep.json comes back as it was written."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import SweepRecord


def test_cells_are_read_and_written(whole) -> None:
    kind, content = whole("SweepRecord")
    record = kind._checked(content, "it")
    assert record.cells[0].methods["cb"]["auc"].interval == (0.4, 0.6)
    assert record.cells[0].point == {"rho": 10, "model": "mlp"}
    assert SweepRecord.parse(record.text(), "it") == record


def test_a_damaged_cell_is_named(whole) -> None:
    _, content = whole("SweepRecord")
    content["cells"][0]["folder"] = 3
    with pytest.raises(DataError, match="folder"):
        SweepRecord._checked(content, "sweep.json")
