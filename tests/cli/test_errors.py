"""What a user gets wrong: one line that says what to do, exit code 2, nothing half-made left.

Everything that can be known without torch is asked for in one process, which never loads it.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import counterpoise
from counterpoise import atomic
from counterpoise.data import load
from counterpoise.experiments import folder as experiment_folder
from counterpoise.experiments import space
from counterpoise.experiments.options import Options
from counterpoise.records import ClaimRecord

Usage = namedtuple("Usage", "total used free")

# arguments after the verb, and words of each line that is expected on stderr, in order
FAULTS: dict[str, tuple[str, list[str]]] = {
    "no such path": ("compare nowhere", ["no such path"]),
    "near name of a set": ("compare digts", ["did you mean 'digits'?"]),
    "another format": ("compare notes.txt", ["'notes.txt' is neither a folder of class folders"]),
    "empty folder": ("compare empty", ["'empty' is empty; expected one folder of images per"]),
    "images without classes": ("compare loose", ["move each image into a folder named after"]),
    "empty class": ("compare hollow", ["no image in class folder dog; fill or delete it"]),
    "one class": ("compare one", ["at least two classes are needed; there is only 'cat'"]),
    "too few samples": ("compare few", ["class 'dog' has 2; train, validation and test need"]),
    "too few to fold": (
        "compare few --folds 5",
        ["class 'dog' has 2; 5 folds need at least 5 samples"],
    ),
    "damaged image": ("compare cut", ["cannot read image 'cut/dog/1.png'"]),
    "damaged images": ("compare cuts", ["(2 damaged files in all); fix or delete it, or pass"]),
    "nothing left": ("compare ruined --skip-corrupt", ["can be read as an image"]),
    "float labels": ("compare floats.npz", ["got dtype float64 (class indices: convert with"]),
    "negative labels": ("compare negative.npz", ["1 of 30 are negative, the smallest is -1"]),
    "one-hot labels": ("compare onehot.npz", ["one-hot: take argmax"]),
    "NaN": ("compare nan.npz", ["2 values are NaN or infinite in float32, in 1 sample (3)"]),
    "objects": ("compare objects.npz", ["holds Python objects, which are not loaded"]),
    "not an npz": ("compare broken.npz", ["'broken.npz' is not a whole .npz file"]),
    "misspelt array": ("compare misspelt.npz", ["did you mean 'group_train'?"]),
    "lengths": ("compare lengths.npz", ["y_train needs one entry per sample of x_train (30)"]),
    "class without training": ("compare absent.npz", ["no training sample of class '2'"]),
    "straddling groups": ("compare straddling.npz", ["of 32 groups 1 lie in more than one"]),
    "few groups": ("compare grouped.npz --folds 3", ["'1' has 2; 3 folds need at least 3 groups"]),
    "csv column": ("compare column.csv", ["no column 'label'"]),
    "csv path": ("compare path.csv", ["line 2: no such file 'gone.png'"]),
    "csv float labels": ("compare float.csv", ["whole numbers from 0; got '0.5'"]),
    "csv split": ("compare split.csv", ["unknown split 'tset'; did you mean 'test'?"]),
    "rho below 1": ("compare digits --profile step:rho=0.5", ["rho is a number at least 1; got"]),
    "rho above class": ("compare digits --profile step:rho=500", ["at most n_max = 139, all that"]),
    "mu": ("compare digits --profile step:rho=5,mu=1", ["10 of 10 classes would be in the min"]),
    "counts": ("compare digits --profile counts:5,5", ["10 classes need 10 counts; got 2"]),
    "too high counts": (
        f"compare digits --profile counts:{','.join(['999'] * 10)}",
        ["too few training samples: class '0' has 142, 999 asked"],
    ),
    "all faults of a profile": (
        "compare digits --profile step:roh=5,mu=3",
        ["unknown key 'roh'; did you mean 'rho'?; mu is a number from 0 to 1; got 3"],
    ),
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
            "--validation is profiled or balanced; got 'test'",
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
    "size of a series": ("compare nan.npz --size 32", ["NaN"]),
    "too small a size": ("compare digits --size 2", ["--size is at least 8 pixels; got 2"]),
    "report of nothing": ("report empty", ["not an output folder of compare"]),
    "predict by nothing": ("predict empty notes.txt", ["empty is neither a run folder"]),
    "inspect": ("inspect floats.npz", ["labels are integers from 0, or strings"]),
    "show": ("show oversamplin", ["nothing is named 'oversamplin'; did you mean 'oversampling'?"]),
}

BATCH = """
import contextlib, io, json, os, sys
from pathlib import Path
from counterpoise.cli import main

def look():
    return sorted(str(p) for p in Path().rglob("*") if p.name != "lock")

said = {}
for name, arguments in json.load(sys.stdin).items():
    before, out, err = look(), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments.split())
    left = [p for p in look() if p not in before]
    torch = "torch" in sys.modules
    said[name] = dict(code=code, out=out.getvalue(), err=err.getvalue(), left=left, torch=torch)
json.dump(said, sys.stdout)
"""


def picture(path: Path, size: tuple[int, int] = (12, 10), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32("/".join(path.parts[-3:]).encode())  # no two are copies
    values = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3))
    Image.fromarray(values.astype(np.uint8)).convert(mode).save(path)


def cut(path: Path) -> None:
    """Truncate: the header stays readable, the pixels do not."""
    picture(path, (64, 64))
    path.write_bytes(path.read_bytes()[:2000])


def fill(root: Path) -> None:
    """Every wrong data set that the cases name."""
    (root / "notes.txt").write_text("hello\n")
    (root / "empty").mkdir()
    picture(root / "loose" / "a.png")
    picture(root / "hollow" / "cat" / "a.png")
    (root / "hollow" / "dog").mkdir()
    for i in range(12):
        for name in ("one/cat", "few/cat", "cut/cat", "cut/dog", "cuts/cat", "cuts/dog"):
            picture(root / name / f"{i}.png")
    for i in range(2):
        picture(root / "few" / "dog" / f"{i}.png")
        (root / "ruined" / "ab"[i]).mkdir(parents=True)
        (root / "ruined" / "ab"[i] / "x.png").write_bytes(b"no picture")
    cut(root / "cut" / "dog" / "1.png")
    cut(root / "cuts" / "dog" / "1.png")
    cut(root / "cuts" / "cat" / "7.png")

    x = np.arange(90, dtype=np.float32).reshape(30, 3)
    y = np.arange(30) % 3
    holed = x.copy()
    holed[3, :2] = np.nan
    np.savez(root / "floats.npz", x_train=x, y_train=y / 2)
    np.savez(root / "negative.npz", x_train=x, y_train=np.where(np.arange(30) == 4, -1, y))
    np.savez(root / "onehot.npz", x_train=x, y_train=np.eye(3)[y])
    np.savez(root / "nan.npz", x_train=holed, y_train=y)
    np.savez(root / "objects.npz", x_train=x.astype(object), y_train=y)
    (root / "broken.npz").write_bytes((root / "nan.npz").read_bytes()[:-30])
    np.savez(root / "misspelt.npz", x_train=x, y_train=y, groups_train=y)
    np.savez(root / "lengths.npz", x_train=x, y_train=y[:-1])
    np.savez(root / "absent.npz", x_train=x, y_train=y % 2, x_test=x, y_test=y)
    np.savez(
        root / "straddling.npz",
        x_train=x, y_train=y, group_train=np.arange(30), x_test=x[:3], y_test=y[:3],
        group_test=np.arange(100, 103) - 71 * (np.arange(3) == 0),
    )  # fmt: skip
    groups = np.where(y == 1, np.arange(30) % 2, 2 + np.arange(30))
    np.savez(root / "grouped.npz", x_train=x, y_train=y, group_train=groups)

    rows = [f"cut/cat/{i}.png,{i % 2}" for i in range(3)]
    (root / "column.csv").write_text("path,labels\n" + "\n".join(rows))
    (root / "path.csv").write_text("path,label\ngone.png,0\n" + "\n".join(rows))
    (root / "float.csv").write_text("path,label\ncut/cat/9.png,0.5\n" + "\n".join(rows))
    (root / "split.csv").write_text("path,label,split\ncut/cat/9.png,0,tset\n")

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
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    root = tmp_path_factory.mktemp("errors")
    fill(root)
    done = subprocess.run(
        [sys.executable, "-c", BATCH], cwd=root, env=environment(), text=True, check=False,
        capture_output=True, input=json.dumps({name: case[0] for name, case in FAULTS.items()}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return said


def environment(**more: str) -> dict[str, str]:
    source = str(Path(counterpoise.__file__).parent.parent)
    return os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1"} | more


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_and_leaves_nothing(name: str, answers) -> None:
    answer, expected = answers[name], FAULTS[name][1]
    assert answer["code"] == 2, answer
    assert answer["out"] == ""
    lines = answer["err"].splitlines()
    assert len(lines) == len(expected), answer["err"]
    for line, words in zip(lines, expected, strict=True):
        assert line.startswith("error: ")
        assert words in line
    assert answer["left"] == []
    assert not answer["torch"], "found only after torch was loaded"


def test_strings_are_labels(command, tmp_path: Path) -> None:
    x = np.zeros((6, 4), dtype=np.float32) + np.arange(6, dtype=np.float32)[:, None]
    np.savez(tmp_path / "words.npz", x_train=x, y_train=np.array(["ham", "spam"] * 3))
    answer = command("inspect", str(tmp_path / "words.npz"), "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["classes"] == ["ham", "spam"]


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


@pytest.mark.slow
def test_damaged_images_are_left_out_counted_and_listed(command, folder: Path) -> None:
    """The others are of mixed sizes and modes, which is no fault."""
    for i in range(10):
        for name, mode in (("cat", "L"), ("dog", "RGB")):
            picture(folder / "set" / name / f"{i}.png", (40 + i, 33), "P" if i == 3 else mode)
    cut(folder / "set" / "cat" / "2.png")
    (folder / "set" / "dog" / "5.png").write_bytes(b"")
    answer = command(
        "compare", "set", "--skip-corrupt", "--methods", "baseline", "--seeds", "1", "--rounds",
        "1", "--device", "cpu", "--out", "out",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    notes = json.loads((folder / "out" / "experiment.json").read_text())["notes"]
    for told in (answer.err.splitlines(), notes):
        assert "2 damaged image files skipped" in told
        skipped = [line for line in told if line.startswith("skipped: ")]
        assert len(skipped) == 2
        assert "set/cat/2.png" in skipped[0]
        assert skipped[1].endswith("set/dog/5.png': empty file")
    assert "skipped: cannot read image" in answer.out
    assert "dog/5.png" in (folder / "out" / "report.html").read_text()


def test_no_more_than_twenty_damaged_images_are_listed() -> None:
    reasons = tuple(f"cannot read image '{i}'" for i in range(41))
    damaged = replace(load("digits"), notes=("41 damaged image files skipped",), skipped=reasons)
    told = experiment_folder.about_data(damaged)
    assert len(told) == 22
    assert told[-1] == "skipped: 21 more (counterpoise inspect lists them all)"


# Runs that end badly, in worker processes that `failing` was loaded into.

COMPARE = """
import sys
from counterpoise.experiments.worker import serve
serve.PRELOAD.append("failing")
from counterpoise.cli import main
sys.exit(main(sys.argv[1:]))
"""
FAILING = """
import errno, os, signal
from counterpoise import atomic
from counterpoise.data import load
from counterpoise.experiments.worker import train as training
train = training.train_stage
def train_stage(task, context, on_progress):
    if task.recipe.name == "weighted":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.recipe.name == "undersampling":
        def full(handle):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync, os.fsync = os.fsync, full
        try:
            return train(task, context, on_progress)
        finally:
            os.fsync = fsync
    return train(task, context, on_progress)
training.train_stage = train_stage
"""


@pytest.mark.slow
def test_runs_that_end_badly_stand_in_the_table_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    given = environment()
    given["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    asked = (
        "compare", "digits", "--methods", "baseline,weighted,oversampling,undersampling", "--seeds",
        "1", "--rounds", "2", "--device", "cpu", "--set", "oversampling.optimizer.lr=1e6", "--out",
        "out",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, *asked],
        cwd=tmp_path, env=given, text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    for line in ("weighted: failed", "undersampling: failed", "oversampling: diverged"):
        assert line in done.stdout.splitlines()
    methods = json.loads((tmp_path / "out" / "report.json").read_text())["methods"]
    ended = {m["name"]: (m["status"], m["error"]) for m in methods}
    assert ended["baseline"] == ("ok", None)
    assert ended["weighted"][0] == "failed"
    assert "its process was ended by signal 9" in ended["weighted"][1]
    assert ended["undersampling"][0] == "failed"
    assert "No space left on device" in ended["undersampling"][1]
    assert ended["oversampling"][0] == "diverged"
    assert "the training loss became" in ended["oversampling"][1]
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert sorted(line.split()[1] for line in errors) == ["undersampling", "weighted"]

    again = subprocess.run(  # the fault is mended: only what failed is done again
        [sys.executable, "-m", "counterpoise.cli", *asked],
        cwd=tmp_path, env=given, text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr  # a diverged run is a result
    assert "2 finished before: 2 distinct trainings" in again.stderr


@pytest.mark.slow
def test_interrupted_by_the_keyboard(tmp_path: Path) -> None:
    # Started in the background of a shell, this test would hand on SIGINT as ignored.
    start = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from counterpoise.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [
            sys.executable, "-c", start, "compare", "digits", "--methods", "baseline",
            "--seeds", "1", "--rounds", "5000", "--device", "cpu", "--out", "out",
        ],
        cwd=tmp_path, env=environment(), text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert "1 distinct training" in process.stderr.readline()
    while not list(tmp_path.glob("out/stages/*/settings.json")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert (process.returncode, out) == (130, "")
    assert err == "interrupted: what is finished is kept; the same command resumes\n"
    assert not list(tmp_path.rglob("*.aside"))


def test_space_is_asked_for_what_will_be_written(tmp_path: Path) -> None:
    """Decoded inputs once, scores for each method; what is there already is not asked again."""
    from counterpoise import data
    from counterpoise.recipes.load import load_methods

    dataset = data.load("digits")
    splits = {"profile": data.make_splits(dataset, data.parse("none"), seeds=range(2))}
    recipes = load_methods(["baseline", "oversampling"], {}, {})
    asked = Options.of({"dataset": "digits", "out": tmp_path})
    scored = sum(len(s.test) + len(s.validation) for s in splits["profile"])
    whole = space.needed_space(asked, dataset, recipes, splits)
    assert whole == 1797 * 64 + scored * 8 * 10 * 2 + space.LEAST
    cache = tmp_path / "cache" / dataset.checksum / "inputs.npy"
    cache.parent.mkdir(parents=True)
    cache.touch()
    assert space.needed_space(asked, dataset, recipes, splits) == whole - 1797 * 64
