"""What counts as finished: this very run, whole, and written by a version that can be read."""

import hashlib
from pathlib import Path

import pytest

from counterpoise.errors import NewerSchemaError
from counterpoise.experiments.finished import unfinished
from counterpoise.experiments.tasks import RunTask
from counterpoise.recipes.load import load_methods
from counterpoise.records import FrozenPart, PredictorRecord, RunRecord


def task() -> RunTask:
    (recipe,) = load_methods(("baseline",), {}, {})
    folder = Path("runs", "baseline", "seed-0")
    return RunTask(recipe, "seed-0", "seed-0", 0, ("a",), folder, "0123")


def report(identity: str, status: str) -> str:
    given = {"identity": identity, "method": "baseline", "title": "", "split": "seed-0"}
    return RunRecord.model_validate({**given, "status": status}).text()


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (report("0123", "ok"), False),
        (report("0123", "diverged"), False),
        (report("0123", "failed"), True),
        (report("9999", "ok"), True),
        (report("0123", "ok")[:40], True),
        (report("0123", "ok").replace('"split"', '"spilt"'), True),
        (None, True),
    ],
)
def test_a_run_is_finished_by_its_own_whole_report(
    tmp_path: Path, content: str | None, left: bool
) -> None:
    run = task()
    if content is not None:
        (tmp_path / run.folder).mkdir(parents=True)
        (tmp_path / run.folder / "report.json").write_text(content)
    assert unfinished([run], tmp_path) == [run] * left


def test_the_report_of_a_newer_version_is_not_made_again(tmp_path: Path) -> None:
    run = task()
    (tmp_path / run.folder).mkdir(parents=True)
    (tmp_path / run.folder / "report.json").write_text('{"schema": 2, "identity": "0123"}')
    with pytest.raises(NewerSchemaError, match=r"report\.json was written by a newer"):
        unfinished([run], tmp_path)


@pytest.mark.parametrize(
    ("place", "left"), [("backbones", False), ("runs/baseline/seed-0/predictor", False), ("", True)]
)
def test_a_run_needs_its_backbone_where_a_predictor_finds_it(
    place: str, left: bool, tmp_path: Path
) -> None:
    run = task()
    folder = tmp_path / run.folder / "predictor"
    folder.mkdir(parents=True)
    (tmp_path / run.folder / "report.json").write_text(report("0123", "ok"))
    frozen = FrozenPart(
        model={}, preprocess={}, weights="../../../../backbones/0.safetensors",
        weights_sha256=hashlib.sha256(b"numbers").hexdigest(),
    )  # fmt: skip
    record = PredictorRecord(
        classes=("a", "b"), model={}, preprocess={}, posthoc=(), scores="logits", prior=None,
        frozen=frozen, metadata={}, versions={}, weights_sha256="",
    )  # fmt: skip
    (folder / "predictor.json").write_text(record.text())
    (tmp_path / "backbones").mkdir()
    (tmp_path / place / "0.safetensors").write_bytes(b"numbers")
    assert unfinished([run], tmp_path) == [run] * left
    (tmp_path / place / "0.safetensors").write_bytes(b"numbers of another backbone")
    assert unfinished([run], tmp_path) == [run]
