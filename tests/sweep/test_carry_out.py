"""Cells one after another and side by side; what is strict and what goes on."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import counterpoise
from counterpoise.errors import ArgumentError, DataError, OutputError
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.tasks import RunTask
from counterpoise.sweep import carry_out, door
from counterpoise.sweep.cell import Cell


@pytest.fixture
def cells(tmp_path) -> list[Cell]:
    return [
        Cell({"rho": rho}, tmp_path / str(rho), {"dataset": "digits", "profile": f"step:rho={rho}"})
        for rho in (5, 10)
    ]


def fail(error: Exception):
    def report_of(options, begun, beside=None) -> None:
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
        yield LocalEngine()
        events.append("closed")

    monkeypatch.setattr(carry_out, "opened", opened)
    monkeypatch.setattr(
        "counterpoise.comparison.report_of",
        lambda options, begun, beside=None: events.append(options.profile),
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


def test_what_concerns_all_cells_lets_those_that_are_open_end(cells, monkeypatch) -> None:
    """A full disk in one cell: the other ends and is given back, then the error is raised."""
    failed = threading.Event()
    third = replace(cells[0], point={"rho": 15}, out=cells[0].out.with_name("15"))
    begun: list[str] = []

    def report_of(options, begun_at, beside) -> None:
        begun.append(options.out.name)
        if options.out.name != "5":
            failed.set()
            raise OutputError("the disk is full")
        beside.engine.dispatch(*one_task(options.out))

    class Engine(LocalEngine):
        def dispatch(self, *given):
            assert failed.wait(60)
            return {}

    @contextmanager
    def opened(name, jobs):
        yield Engine()

    monkeypatch.setattr(carry_out, "opened", opened)
    monkeypatch.setattr("counterpoise.comparison.report_of", report_of)
    made = [replace(cell, options={**cell.options, "jobs": 2, "out": cell.out}) for cell in cells]
    made.append(replace(third, options={**made[0].options, "out": third.out}))
    going = carry_out.carry_out(made, "digits", lambda line: None)
    assert next(going)[0].out.name == "5"
    with pytest.raises(OutputError, match="the disk is full"):
        next(going)
    assert begun == ["5", "10"]


def one_task(out: Path):
    run = RunTask(None, "seed-0", "seed-0", 0, (), Path("runs/x/seed-0"), "x")  # type: ignore[arg-type]
    run = replace(run, recipe=SimpleNamespace(name="x"))  # type: ignore[arg-type]
    return [run], SimpleNamespace(out=out), 1


def stages(out: Path) -> list[str]:
    """Ids of trainings, of whichever cell they were."""
    return sorted(path.parent.name for path in out.glob("*/stages/*/done.json"))


def bits(out: Path) -> dict[str, object]:
    """All that cells made, but for time and place."""
    found: dict[str, object] = {}
    for path in out.glob("*/stages/*/model.safetensors"):
        model = path.read_bytes()
        assert found.setdefault(path.parent.name, model) == model
    for path in out.glob("*/runs/*/*/report.json"):
        report = json.loads(path.read_text("utf-8"))
        found[str(path.relative_to(out))] = {k: v for k, v in report.items() if "seconds" not in k}
    return found


def test_cells_side_by_side_are_the_same_bits_as_one_after_another(
    swept, tmp_path, monkeypatch, capsys
) -> None:
    """Each waits, before its runs, for the other to be as far; what both need is trained once."""
    both = threading.Barrier(2, timeout=300)
    dispatch = LocalEngine.dispatch

    def together(self, tasks, *rest):
        if any(isinstance(task, RunTask) for task in tasks):
            both.wait()
        return dispatch(self, tasks, *rest)

    monkeypatch.setattr(LocalEngine, "dispatch", together)
    found, _, given = swept
    made = {**given, "out": tmp_path / "out", "jobs": 4, "progress": "plain"}
    again = door.conduct(door.ask(found.axes, made), lambda line: None)
    assert again.state == found.state
    assert bits(tmp_path / "out") == bits(given["out"])
    assert stages(tmp_path / "out") == stages(given["out"])
    lines = capsys.readouterr().err.splitlines()
    names = [f"rho=10,cb.beta={beta}: " for beta in (0.9, 0.99)]
    assert all(any(line.startswith(name) for name in names) for line in lines), lines
    assert [line for line in lines if line.startswith(f"{names[0]}[4/4] ")]
    assert [line for line in lines if line.startswith(f"{names[1]}[4/4] ")]


@pytest.mark.system
def test_a_sweep_that_is_killed_resumes_with_the_same_bits(swept, tmp_path) -> None:
    out = tmp_path / "out"
    words = "compare digits --methods baseline,cb --seeds 2 --rounds 2 --device cpu --jobs 3"
    words += " --set model.name=mlp --sweep rho=10 cb.beta=0.9,0.99 --out"
    asked = [sys.executable, "-m", "counterpoise.cli", *words.split(), str(out)]
    source = str(Path(counterpoise.__file__).parent.parent)
    environment = os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"}
    for after in (1, 3):
        process = subprocess.Popen(asked, env=environment, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 240
        while len(list(out.glob("*/stages/*/done.json"))) < after and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(asked, env=environment, check=True, capture_output=True, timeout=400)
    assert bits(out) == bits(swept[2]["out"])


SWEEP = """
import ray, sys, threading
from counterpoise import sweep
from counterpoise.experiments.engines.ray_cluster import RayEngine
from counterpoise.experiments.tasks import RunTask
begun, init, dispatch = [], ray.init, RayEngine.dispatch
both = threading.Barrier(2, timeout=300)
def counted(*given, **named):
    begun.append(1)
    return init(*given, **named)
def together(self, tasks, *rest):
    if any(isinstance(task, RunTask) for task in tasks):
        both.wait()
    return dispatch(self, tasks, *rest)
ray.init, RayEngine.dispatch = counted, together
sweep.compare("digits", {"rho": (10,), "cb.beta": (0.9, 0.99)}, methods="baseline,cb", seeds=2,
              rounds=2, jobs=4, out=sys.argv[1], device="cpu", engine="ray", progress="silent",
              settings={"model.name": "mlp"})
print("clusters", len(begun), ray.is_initialized())
"""


@pytest.mark.system
@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: counterpoise[ray]"
)
def test_one_ray_serves_all_cells_of_a_sweep_side_by_side(swept, tmp_path: Path) -> None:
    """Each waits for the other to be as far; the bits are those of one machine."""
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
    assert bits(tmp_path / "out") == bits(swept[2]["out"])
    assert stages(tmp_path / "out") == stages(swept[2]["out"])
