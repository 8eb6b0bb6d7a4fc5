"""What a sweep would do, without doing it."""

import numpy as np
import pytest

from counterpoise.errors import DataError
from counterpoise.sweep import door
from counterpoise.sweep.outline import UNKNOWN, lines, outline, reasons


def test_runs_that_cells_have_in_common_are_counted_once(options) -> None:
    given = {**options, "methods": "baseline,cb"}
    asked = door.ask({"cb.beta": (0.9, 0.99), "rho": (10, 100000)}, given)
    found = outline(asked.cells, asked.options)
    assert [len(one.runs) for one in found] == [4, 0, 4, 0]
    assert len(set(found[0].runs) & set(found[2].runs)) == 2
    assert (found[0].largest, found[0].smallest) == (116, 12) or found[0].largest > 50
    assert list(reasons(found)) == ["cb.beta=0.9,rho=100000", "cb.beta=0.99,rho=100000"]
    said = list(lines(found))
    assert said[0] == (f"4 cells, 8 runs, of which 2 are the same as others; {UNKNOWN}")
    assert said[1] == "methods: baseline, cb"
    assert "not run: " in said[3]
    assert not options["out"].exists()


def test_a_comparison_alone_has_an_outline_too(options) -> None:
    asked = door.ask({}, {**options, "profile": "step:rho=10,mu=0.5"})
    said = list(lines(door.planned(asked)))
    assert said[0] == (f"1 cell, 4 runs; {UNKNOWN}")
    assert said[1] == "methods: baseline, oversampling"
    assert said[2].startswith("  all  4 runs, ")


def test_cells_share_stacks_and_a_common_training_counts_once(options) -> None:
    given = {**options, "methods": "baseline,cb", "seeds": 1, "stack": 4}
    asked = door.ask({"cb.beta": (0.9, 0.99)}, given)
    said = list(lines(outline(asked.cells, asked.options)))
    assert said[2] == "stacked: 3 of 3 trainings, 1 model of at most 4"


def test_what_would_be_stacked_is_told_where_it_is_asked_for(options) -> None:
    given = {**options, "methods": "baseline,two-phase-over"}
    asked = door.ask({"rho": (5, 10)}, {**given, "stack": 2})
    said = list(lines(outline(asked.cells, asked.options)))
    assert said[2] == "stacked: 8 of 12 trainings, 4 models of at most 2"
    assert "goes on from another training" in "".join(said)
    for other in ({}, {"stack": "auto"}):  # on a CPU
        asked = door.ask({"rho": (5, 10)}, {**given, **other})
        assert "stacked" not in "".join(lines(outline(asked.cells, asked.options)))


def test_data_that_cannot_be_resized_are_refused_before_the_first_cell(options, tmp_path) -> None:
    series = np.zeros((40, 1, 8), dtype=np.float32) + np.arange(40, dtype=np.float32)[:, None, None]
    np.savez(tmp_path / "series.npz", x_train=series, y_train=np.arange(40) % 2)
    given = {**options, "dataset": str(tmp_path / "series.npz"), "resize": "short-side"}
    asked = door.ask({"rho": (2, 4)}, given)
    with pytest.raises(DataError, match="which nothing resizes"):
        outline(asked.cells, asked.options)
