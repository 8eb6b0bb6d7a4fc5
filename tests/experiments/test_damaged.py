"""Any file of an output folder is damaged: it is made anew, or named in one line."""

import shutil
from pathlib import Path

import pytest

from counterpoise.errors import CounterpoiseError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.records import PredictorRecord
from counterpoise.report import Report, collect

RUN = "runs/baseline/seed-0"
JUNK = b"\xff\x00" * 40
# What the same command makes anew; what it only draws, or that only `run` and `predict` read, and
# which they name, does not stop it.
AGAIN = (
    "experiment.json", "report.json", "splits/seed-0.npz", f"{RUN}/outputs.npz",
    f"{RUN}/predictor/predictor.json", f"{RUN}/metrics.jsonl", f"{RUN}/recipe.toml",
    f"{RUN}/environment.json",
)  # fmt: skip


def compare(out: Path, *more: str) -> Report:
    asked = {
        "dataset": "digits",
        "methods": ["baseline", *more],
        "out": out,
        "seeds": 1,
        "rounds": 1,
        "jobs": 1,
        "device": "cpu",
        "settings": {"model.name": "mlp", "train.batch_size": 256},
    }
    conduct(Options.of(asked), display("silent"))
    report = collect(out)
    report.write(out)
    return report


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("damaged") / "whole"
    compare(out)
    return out


def damaged(whole: Path, tmp_path: Path, *names: str, content: bytes | None = None) -> Path:
    """A copy in which files are cut in the middle, or hold something else."""
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    for name in names:
        before = (out / name).read_bytes()
        (out / name).write_bytes(before[: len(before) // 2] if content is None else content)
    return out


@pytest.mark.parametrize(
    ("names", "content"),
    [
        (AGAIN, None),
        (AGAIN, b""),
        (AGAIN, JUNK),
        ((f"{RUN}/report.json",), None),
        ((f"{RUN}/outputs.npz",), None),
        ((f"{RUN}/predictor/predictor.json",), JUNK),
    ],
)
def test_what_can_be_made_again_is(
    names: tuple[str, ...], content: bytes | None, whole: Path, tmp_path: Path
) -> None:
    out = damaged(whole, tmp_path, *names, content=content)
    trained = {p: p.stat().st_mtime_ns for p in out.glob("stages/*/model.safetensors")}
    (method,) = compare(out).methods
    assert (method.status, method.error) == ("ok", None)
    (before,) = collect(whole).methods
    assert method.metrics["accuracy"].values == before.metrics["accuracy"].values
    assert PredictorRecord.read(out / RUN / "predictor" / "predictor.json")
    assert trained == {p: p.stat().st_mtime_ns for p in out.glob("stages/*/model.safetensors")}


def test_whose_folder_it_is_cannot_be_made_again_and_is_said_in_one_line(
    whole: Path, tmp_path: Path
) -> None:
    out = damaged(whole, tmp_path, "claim.json")
    with pytest.raises(CounterpoiseError) as caught:
        compare(out)
    (line,) = str(caught.value).splitlines()
    assert "claim.json is damaged" in line


@pytest.mark.parametrize(
    ("name", "content"),
    [("done.json", None), ("model.safetensors", None), ("model.safetensors", JUNK),
     ("history.jsonl", JUNK)],
)  # fmt: skip
def test_a_stage_that_is_needed_again_is_named_and_said_what_to_do(
    name: str, content: bytes | None, whole: Path, tmp_path: Path
) -> None:
    (stage,) = (path.name for path in (whole / "stages").iterdir())
    out = damaged(whole, tmp_path, f"stages/{stage}/{name}", content=content)
    shutil.rmtree(out / RUN)
    try:
        said = str(compare(out).methods[0].error)
    except CounterpoiseError as error:
        said = str(error)
    assert stage in said
    assert "delete" in said
    assert len(said.splitlines()) == 1
