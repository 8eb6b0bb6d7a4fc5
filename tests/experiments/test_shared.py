"""Runs that comparisons have in common."""

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.experiments.run_folder import OUTPUTS, REPORT, write_report
from counterpoise.experiments.shared import offer, offer_file, take, take_file
from counterpoise.experiments.tasks import RunTask
from counterpoise.recipes.load import load_methods
from counterpoise.records import RunRecord


@pytest.fixture
def run() -> RunTask:
    (recipe,) = load_methods(["baseline"], {}, {})
    return RunTask(recipe, "seed-0", "seed-0", 0, ("s",), Path("runs/baseline/seed-0"), "abc")


def finish(out: Path, run: RunTask, **other: object) -> Path:
    folder = out / run.folder
    (folder / "predictor").mkdir(parents=True)
    (folder / "predictor" / "model.bin").write_bytes(b"weights")
    (folder / OUTPUTS).write_bytes(b"scores")
    record = RunRecord(identity=run.identity, method="baseline", title="", split="seed-0",
                       status="ok", stages=run.stages)  # fmt: skip
    write_report(folder, record.model_copy(update=other))
    return folder


def test_a_run_is_taken_with_its_files_and_outlives_the_other(tmp_path: Path, run: RunTask) -> None:
    shelf, one, two = tmp_path / "shelf", tmp_path / "one", tmp_path / "two"
    finish(one, run)
    offer(shelf, [run], one)
    assert take(shelf, [run], two) == 1
    for name in (OUTPUTS, REPORT, "predictor/model.bin"):
        first, second = one / run.folder / name, two / run.folder / name
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_ino == second.stat().st_ino
    assert take(shelf, [run], one) == 0, "it is there"


@pytest.mark.parametrize(
    "other", [{"status": "diverged"}, {"identity": "xyz"}, {"method": "cb"}, {"split": "seed-1"}]
)
def test_only_this_very_run_is(tmp_path: Path, run: RunTask, other: dict) -> None:
    shelf, out = tmp_path / "shelf", tmp_path / "out"
    finish(tmp_path / "one", run, **other)
    offer(shelf, [run], tmp_path / "one")
    assert not list(shelf.iterdir())
    assert take(shelf, [run], out) == 0
    assert not out.exists()


def test_what_was_deleted_is_trained_again(tmp_path: Path, run: RunTask) -> None:
    folder = finish(tmp_path / "one", run)
    offer(tmp_path / "shelf", [run], tmp_path / "one")
    (folder / OUTPUTS).unlink()
    assert take(tmp_path / "shelf", [run], tmp_path / "two") == 0
    finish(tmp_path / "three", run)
    offer(tmp_path / "shelf", [run], tmp_path / "three")
    assert take(tmp_path / "shelf", [run], tmp_path / "two") == 1, "another takes its place"


def test_trials_are_not_shared(tmp_path: Path, run: RunTask) -> None:
    trial = replace(run, folder=Path("search/lr-1/baseline/seed-0"))
    finish(tmp_path / "one", trial)
    offer(tmp_path / "shelf", [trial], tmp_path / "one")
    assert not list((tmp_path / "shelf").iterdir())


def test_without_a_shelf_nothing_is(tmp_path: Path, run: RunTask) -> None:
    finish(tmp_path, run)
    offer(None, [run], tmp_path)
    assert take(None, [run], tmp_path / "two") == 0
    assert not take_file(None, tmp_path / "x.npy")


def test_a_file_is_taken_by_its_name(tmp_path: Path) -> None:
    shelf, first = tmp_path / "shelf", tmp_path / "one.npy"
    assert not take_file(shelf, tmp_path / "two" / "one.npy")
    first.write_bytes(b"features")
    offer_file(shelf, first)
    assert take_file(shelf, tmp_path / "two" / "one.npy")
    assert (tmp_path / "two" / "one.npy").read_bytes() == b"features"
