"""What travels back from a cluster: whole folders, their last file last."""

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.atomic import replacing
from counterpoise.experiments.engines import parcel
from counterpoise.experiments.engines.parcel import Parcel, pack, stored
from counterpoise.experiments.tasks import Outcome, RunTask, StageTask
from counterpoise.recipes.load import load_methods

(RECIPE,) = load_methods(["baseline"], {}, {})
STAGE = StageTask("abc", RECIPE, 0, "seed-0", "seed-0", 0, None, {}, 1)
RUN = RunTask(RECIPE, "seed-0", "seed-0", 0, ("abc",), Path("runs/baseline/seed-0"), "d")
OK = Outcome("abc", "ok")


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_a_stage_travels_without_what_its_process_keeps(tmp_path: Path) -> None:
    fill(
        tmp_path / "stages/abc",
        "done.json", "model.safetensors", "lock", "checkpoint/state.pt", "x.aside",
    )  # fmt: skip
    fill(tmp_path / "stages/other", "done.json")
    packed = pack(OK, STAGE, tmp_path)
    assert set(packed.files) == {"stages/abc/done.json", "stages/abc/model.safetensors"}
    assert packed == stored("abc", OK, tmp_path)


def test_a_run_travels_with_the_backbone_that_runs_share(tmp_path: Path) -> None:
    fill(tmp_path / "runs/baseline/seed-0", "report.json", "predictor/predictor.json")
    fill(tmp_path / "backbones", "0123.safetensors")
    packed = pack(replace(OK, id=RUN.id), RUN, tmp_path)
    assert len(packed.files) == 3
    there = tmp_path / "there"
    fill(there / "backbones", "0123.safetensors")
    before = (there / "backbones/0123.safetensors").stat().st_mtime_ns
    packed.put(there)
    assert (there / "runs/baseline/seed-0/predictor/predictor.json").exists()
    assert (there / "backbones/0123.safetensors").stat().st_mtime_ns == before


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "stages/abc", "settings.json")
    assert not pack(Outcome("abc", "failed", "why"), STAGE, tmp_path).files


@pytest.mark.parametrize("last", parcel.LAST)
def test_the_file_that_says_that_all_is_there_is_written_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    written: list[str] = []

    def noted(path: Path) -> object:
        written.append(path.name)
        return replacing(path)

    monkeypatch.setattr(parcel, "replacing", noted)
    Parcel(OK, {f"stages/abc/{n}": b"" for n in (last, "a", "z.json")}).put(tmp_path)
    assert written == ["a", "z.json", last]
