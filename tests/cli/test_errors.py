"""What a user gets wrong: one line that says what to do, exit code 2, nothing half-made left."""

import errno
import os
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from counterpoise import atomic
from counterpoise.experiments import space
from counterpoise.records import ClaimRecord

Usage = namedtuple("Usage", "total used free")

# arguments after the verb, and words of each line that is expected on stderr, in order
FAULTS: dict[str, tuple[str, list[str]]] = {
    "everything at once": (
        "compare digts --methods baselin,weigted --model lenet --select acuracy --seeds 0 --set x "
        "--profile stpe:rho=2 --budget soon --device gpu --jobs 0 --validation test",
        [
            "--set takes KEY=VALUE",
            "did you mean 'digits'?",
            "unknown method 'baselin'; did you mean 'baseline'?",
            "unknown method 'weigted'; did you mean 'weighted'?",
            "did you mean 'step'?",
            "did you mean 'lenet5'?",
            "--seeds is at least 1; got 0",
            "did you mean 'accuracy'?",
            "--budget is such as 90s, 30m, 2h or 1h30m; got 'soon'",
            "--jobs is at least 1; got 0",
            "--device is auto, cpu, cuda or cuda:N; got 'gpu'",
            "--validation is profiled, balanced, beside or none; got 'test'",
        ],
    ),
    "unknown keys": (
        "compare digits --set oversampling.ration=2 --set trian.rounds=2 --set two.x=1",
        ["did you mean 'ratio'?", "did you mean 'train'?", "'two' is neither"],
    ),
    "wrong values": (
        "compare digits --set optimizer.lr=fast --set optimizer.momentum=-1 "
        "--set oversampling.ratio=many --set train.rounds=abc",
        [
            "baseline and 8 more: train.rounds is a whole number; got 'abc'",
            "baseline and 8 more: optimizer.lr is a number; got 'fast'",
            "baseline and 8 more: optimizer.momentum is not negative; got -1",
            "RandomOver takes a number for 'ratio'; got 'many'",
        ],
    ),
    "seeds 0": ("compare digits --seeds 0", ["--seeds is at least 1; got 0"]),
    "thresholding on margins": (
        "run margins.toml",
        [
            "PriorThreshold corrects probabilities, and the loss UnevenMargin makes margins, which "
            "have none (predict by ThresholdSearch, or train with another loss)"
        ],
    ),
    "faults of a recipe": (
        "run wrong.toml",
        ["unknown key 'train.batch'; did you mean", "stages[0].loss: unknown name 'Focl'"],
    ),
    "recipe that is none": ("run notes.txt", ["notes.txt is not TOML"]),
    "out is a file": ("compare digits --out notes.txt/x", ["notes.txt is a file, not a folder"]),
    "out of somebody": ("compare digits --out thesis", ["not empty and is not an experiment"]),
    "out of another experiment": (
        "compare digits --device cpu --out taken",
        ["taken holds another experiment (checksum of the data was another, is now "],
    ),
    "ledger without folder": (
        "compare digits --ledger no/runs.jsonl",
        ["--ledger no/runs.jsonl: there is no folder no (name a file in a folder that exists)"],
    ),
    "ledger is a folder": ("compare digits --ledger empty", ["--ledger empty: it is a folder"]),
    "ledger of something else": (
        "compare digits --ledger notes.txt",
        ["ledger notes.txt, line 1 is damaged: it is not JSON: "],
    ),
    "ledger of lists": (
        "compare digits --ledger list.jsonl",
        ['line 1 is damaged: it holds one JSON object; got ["b"] (delete the line)'],
    ),
    "ledger of a newer version": (
        "compare digits --ledger newer.jsonl",
        ["newer.jsonl, line 1 was written by a newer counterpoise (schema 9; this version reads"],
    ),
    "ledger with a part of a run": (
        "compare digits --ledger part.jsonl",
        ["part.jsonl, line 1 is damaged: 'method' is missing; 'title' is missing; "],
    ),
    "folder of a newer version": (
        "compare digits --device cpu --out newer",
        ["claim.json was written by a newer counterpoise (schema 2; this version reads up to 1)"],
    ),
    "folder with a torn claim": (
        "compare digits --device cpu --out torn",
        ["claim.json is damaged: it is not JSON: "],
    ),
    "too small a size": ("compare digits --size 2", ["--size is at least 8 pixels; got 2"]),
    "report of nothing": ("report empty", ["not an output folder of compare"]),
    "predict by nothing": ("predict empty notes.txt", ["empty is neither a run folder"]),
    "show": ("show oversamplin", ["nothing is named 'oversamplin'; did you mean 'oversampling'?"]),
}


def fill(root: Path) -> None:
    """Every wrong file and folder that the cases name."""
    (root / "notes.txt").write_text("hello\n")
    (root / "empty").mkdir()
    (root / "margins.toml").write_text(
        'base = "thresholding"\n[data]\ndataset = "digits"\n'
        '[[stages]]\nloss = { name = "UnevenMargin" }\n'
    )
    (root / "wrong.toml").write_text(
        'base = "baseline"\n[train]\nbatch = 3\n[[stages]]\nloss = { name = "Focl" }\n'
    )
    (root / "thesis").mkdir()
    (root / "thesis" / "chapter.tex").write_text("years of work")
    (root / "taken").mkdir()
    claim = ClaimRecord(
        dataset="another",
        profile="none",
        validation="profiled",
        folds=None,
        frozen=False,
        size=(1, 8, 8),
    )
    (root / "taken" / "claim.json").write_text(claim.text())
    (root / "newer").mkdir()
    (root / "newer" / "claim.json").write_text('{"schema": 2, "dataset": "another"}')
    (root / "torn").mkdir()
    (root / "torn" / "claim.json").write_text('{"dataset": "ano')
    (root / "list.jsonl").write_text('["b"]\n')
    (root / "newer.jsonl").write_text('{"schema": 9}\n')
    (root / "part.jsonl").write_text('{"schema": 1, "identity": "a"}\n')


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, in_one_process) -> dict[str, dict[str, Any]]:
    root = tmp_path_factory.mktemp("errors")
    fill(root)
    found: dict[str, dict[str, Any]] = in_one_process(root, {n: f[0] for n, f in FAULTS.items()})
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_and_leaves_nothing(name: str, answers, refused_before_torch) -> None:
    refused_before_torch(answers[name], FAULTS[name][1])


# The rest needs the machinery: still nothing is left behind.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(answer: Any, words: str) -> None:
    assert answer.code == 2, answer.err
    errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert words in errors[0]
    assert "Traceback" not in answer.err
    assert list(Path().iterdir()) == []


def test_no_gpu_where_one_was_asked_for(command, folder: Path) -> None:
    refused(command("compare", "digits", "--device", "cuda:99"), "device 'cuda:99' was asked for")


def test_a_model_that_cannot_take_the_input(command, folder: Path) -> None:
    answer = command("compare", "digits", "--model", "lenet5", "--device", "cpu", "--out", "a/b")
    refused(answer, "lenet5 takes images (C, H, W) of at least 16x16 pixels; got shape (1, 8, 8)")


def test_a_disk_that_is_too_small(command, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda path: Usage(1 << 30, 0, 1 << 20))
    answer = command("compare", "digits", "--device", "cpu", "--out", "here")
    refused(answer, "has 1.0 MiB free; at least 5.4 MiB are needed")


def test_a_disk_that_is_full(command, folder: Path, monkeypatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "fsync", full)
    answer = command("compare", "digits", "--device", "cpu", "--out", "here/deep")
    refused(answer, "No space left on device (free some space or choose another --out)")


def test_a_folder_that_cannot_be_written(command, folder: Path, monkeypatch) -> None:
    def denied(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", denied)
    answer = command("compare", "digits", "--device", "cpu", "--out", "here")
    refused(answer, "cannot write here: Permission denied (choose another --out)")


def test_the_folder_that_was_there_stays(command, folder: Path) -> None:
    (folder / "mine").mkdir()
    command("compare", "digits", "--model", "lenet5", "--device", "cpu", "--out", "mine")
    assert list(folder.rglob("*")) == [folder / "mine"]
