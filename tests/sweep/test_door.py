"""A sweep from begin to end, its folder, and what is refused before anything is made."""

import fcntl
import io
import json
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise import sweep
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.records import RunRecord, SweepRecord
from counterpoise.sweep import door
from counterpoise.sweep.grid import folder_name, point_name
from counterpoise.sweep.read import read
from counterpoise.sweep.results import status


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
def test_a_grid_is_run_resumed_and_widened_in_one_report(swept) -> None:
    made, said, given = swept
    out = given["out"]
    assert [status(cell) for cell in made.cells] == ["finished", "finished", "not run", "not run"]
    assert "rho=100000" in said[0]
    assert "not run: " in said[0]
    first, second = made.cells[:2]
    key = ("baseline", "accuracy")
    assert first.values[key] == second.values[key], "one run, in both cells"
    assert first.intervals[key] == second.intervals[key], "with its scores of single samples"
    assert first.values["cb", "accuracy"] != second.values["cb", "accuracy"]
    record = SweepRecord.read(out / "sweep.json")
    assert record.cells[2].reason == made.cells[2].reason
    assert read(out).record() == record
    # the baseline was trained in the first cell alone
    folders = [out / cell.folder for cell in record.cells]
    runs = [RunRecord.read(f / "runs/baseline/seed-0/report.json") for f in folders[:2]]
    assert runs[0] == runs[1]
    assert (folders[0] / "stages" / runs[0].stages[0]).is_dir()
    assert not (folders[1] / "stages" / runs[0].stages[0]).exists()
    # the same again trains nothing, and a narrower sweep takes nothing out of the report
    before = {p: p.stat().st_mtime_ns for p in out.glob("*/stages/*/done.json")}
    narrow = door.conduct(door.ask({"rho": (10,), "cb.beta": (0.9,)}, given), said.append)
    assert {p: p.stat().st_mtime_ns for p in out.glob("*/stages/*/done.json")} == before
    assert [c.point for c in narrow.cells if c.values] == [c.point for c in made.cells if c.values]
    # one that was ended before its report is not called finished
    (folders[0] / "report.json").unlink()
    (folders[0] / "runs/cb/seed-1/report.json").unlink()
    assert status(read(out).cells[0]) == "unfinished"
    # of another question nothing is taken over
    other = door.ask({"rho": (10,), "cb.beta": (0.9,)}, {**given, "rounds": 3})
    assert door._before(other) is None


def test_what_cannot_be_is_refused_before_anything_is_made(options) -> None:
    with pytest.raises(ArgumentError, match="did you mean 'rho'"):
        sweep.compare("digits", {"roh": (10,)}, out=options["out"])
    with pytest.raises(ArgumentError) as caught:
        door.ask({"model": ("mlp", "lenet"), "rho": (10,)}, {**options, "settings": {}})
    (line,) = str(caught.value).splitlines()
    assert line.startswith("model=lenet,rho=10: ")
    assert "did you mean 'lenet5'" in line
    with pytest.raises(ArgumentError, match="would have the same folder"):
        door.ask({"model.weights": ("a b", "a/b")}, {**options, "settings": {}})
    assert not options["out"].exists()


def test_no_cell_can_be_made(options) -> None:
    asked = door.ask({"rho": (10**5, 10**6)}, options)
    with pytest.raises(ArgumentError) as caught:
        door.conduct(asked, print)
    assert len(str(caught.value).splitlines()) == 2
    assert not options["out"].exists()


def test_a_second_process_says_so(options) -> None:
    asked = door.ask({"rho": (10, 20)}, options)
    out: Path = options["out"]
    out.mkdir()
    with (out / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another sweep is running in"):
            door.conduct(asked, print)


def test_one_cell_that_fails_holds_up_no_other(options, monkeypatch) -> None:
    begun: list[str] = []

    def fails(given, begun_at) -> None:
        begun.append(given.profile)
        raise ArgumentError("the model does not fit")

    monkeypatch.setattr("counterpoise.comparison.report_of", fails)
    said: list[str] = []
    with pytest.raises(ArgumentError, match="rho=20: the model does not fit"):
        door.conduct(door.ask({"rho": (10, 20)}, options), said.append)
    assert begun == ["step:rho=10", "step:rho=20"]
    cells = json.loads((options["out"] / "sweep.json").read_text("utf-8"))["cells"]
    assert [cell["reason"] for cell in cells] == ["the model does not fit"] * 2


def test_a_budget_is_divided_among_the_cells(options, monkeypatch) -> None:
    given: list[float] = []
    monkeypatch.setattr(
        "counterpoise.comparison.report_of", lambda options, begun: given.append(options.budget)
    )
    asked = door.ask({"rho": (10, 20, 30, 40)}, {**options, "budget": 80.0})
    found = door.conduct(asked, lambda line: None)
    assert given[0] == pytest.approx(20, abs=2)
    assert given[-1] == pytest.approx(80, abs=8), "what others left is the last one's"
    assert found.state == "0 of 4 cells are finished; 4 waiting"


def test_the_default_folder_is_named_after_the_question() -> None:
    asked = door.ask({"rho": (10,), "mu": (0.2,)}, {"dataset": "digits", "model": "mlp"})
    assert asked.out == Path("counterpoise-out/digits-sweep-rho-mu")
    assert [point_name(cell.point) for cell in asked.cells] == ["rho=10,mu=0.2"]
    assert asked.options[0].out == asked.out / "rho=10,mu=0.2"
    alone = door.ask({}, {"dataset": "digits", "profile": "step:rho=5"})
    assert alone.cells[0].out == Path("counterpoise-out/digits-step-rho-5")


def test_the_question_is_what_the_cells_share(options) -> None:
    def question(axes, **more) -> str:
        return door.ask(axes, {**options, **more}).question

    one = question({"rho": (10,)})
    assert question({"rho": (10,)}, skip_corrupt=False) == one, "a default is no question"
    assert question({"rho": (20, 30)}, seeds=5, jobs=2, methods="baseline,cb") == one
    assert question({"rho": (10,)}, rounds=3) != one
    assert question({"rho": (10,)}, settings={"model.name": "mlp", "optimizer.lr": 0.1}) != one
    assert question({"rho": (10,)}, validation="balanced") != one


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
def test_features_of_a_backbone_are_computed_once_for_all_cells(
    options, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nowhere"))  # the weights of the extra, then
    rng = np.random.default_rng(0)
    for level, name in enumerate(("dark", "light")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(0, 120, (40, 40, 3)) + 120 * level
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(tmp_path / "photos" / name / f"{i}.png")
    given = {**options, "dataset": str(tmp_path / "photos"), "size": 32, "frozen": True}
    given |= {"seeds": 1, "rounds": 1, "settings": {}, "data_root": str(tmp_path)}
    asked = door.ask({"rho": (2, 4)}, {**given, "progress": "plain"})
    with redirect_stderr(io.StringIO()) as heard:
        found = door.conduct(asked, lambda line: None)
    assert [status(cell) for cell in found.cells] == ["finished", "finished"]
    assert heard.getvalue().count("features of 40 images") == 1
    assert len(list((tmp_path / "out/shared").glob("*.npy"))) == 1
    before = {p: p.stat().st_mtime_ns for p in tmp_path.glob("out/*/stages/*/done.json")}
    door.conduct(asked, lambda line: None)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.glob("out/*/stages/*/done.json")} == before


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
def test_cells_on_a_ray_cluster_are_those_of_this_machine(swept, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: counterpoise[ray]")
    local, _, given = swept
    more = {**given, "out": tmp_path / "out", "engine": "ray", "jobs": None}
    found = door.conduct(door.ask({"rho": (10,), "cb.beta": (0.9, 0.99)}, more), lambda line: None)
    assert [cell.point for cell in found.cells] == [cell.point for cell in local.cells[:2]]
    assert [cell.values for cell in found.cells] == [cell.values for cell in local.cells[:2]]
    runs = [
        RunRecord.read(tmp_path / "out" / name / "runs/baseline/seed-0/report.json")
        for name in (folder_name(cell.point) for cell in found.cells)
    ]
    assert runs[0] == runs[1], "the baseline is trained in the first cell alone"
