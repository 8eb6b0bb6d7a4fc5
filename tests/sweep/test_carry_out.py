"""Cells one after another; what is strict and what goes on."""

import importlib.util
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import counterpoise
from counterpoise.errors import ArgumentError, DataError, OutputError
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


def test_all_cells_go_on_one_engine_that_ends_with_them(cells, monkeypatch) -> None:
    events: list[object] = []

    @contextmanager
    def opened(name, jobs):
        events.append((name, jobs))
        yield None
        events.append("closed")

    monkeypatch.setattr(carry_out, "opened", opened)
    monkeypatch.setattr(
        "counterpoise.comparison.report_of", lambda options, begun: events.append(options.profile)
    )
    far = [replace(cell, options={**cell.options, "engine": "ray", "jobs": 2}) for cell in cells]
    assert len(list(carry_out.carry_out(far, "digits", print))) == 2
    assert events == [("ray", 2), "step:rho=5", "step:rho=10", "closed"]
    events.clear()
    assert list(carry_out.carry_out([], "digits", print)) == []
    assert events == []


def test_a_cluster_that_does_not_answer_is_said_once(cells, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    far = [replace(cell, options={**cell.options, "engine": "ray"}) for cell in cells]
    said: list[str] = []
    with pytest.raises(ArgumentError, match="Ray, which is not installed"):
        list(carry_out.carry_out(far, "digits", said.append))
    assert said == []


SWEEP = """
import ray, sys
from counterpoise import sweep
begun, init = [], ray.init
def counted(*given, **named):
    begun.append(1)
    return init(*given, **named)
ray.init = counted
sweep.compare("digits", {"rho": (5, 10)}, methods="baseline", seeds=1, rounds=1, jobs=1,
              out=sys.argv[1], device="cpu", engine="ray", progress="silent",
              settings={"model.name": "mlp"})
print("clusters", len(begun), ray.is_initialized())
"""


@pytest.mark.system
@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: counterpoise[ray]"
)
def test_one_ray_serves_all_cells_of_a_sweep(tmp_path: Path) -> None:
    source = str(Path(counterpoise.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", SWEEP, str(tmp_path / "out")],
        env=os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "clusters 1 False"
    assert len(list((tmp_path / "out").glob("**/runs/*/*/report.json"))) == 2
