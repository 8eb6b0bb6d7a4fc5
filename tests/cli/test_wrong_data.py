"""Data sets with a fault: one line that says what to do, exit code 2, nothing half-made left."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

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
    "NaN": ("compare nan.npz", ["2 values are NaN or infinite, in 1 sample (3)"]),
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
    "size of a series": ("compare nan.npz --size 32", ["NaN"]),
    "inspect": ("inspect floats.npz", ["labels are integers from 0, or strings"]),
}


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


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, in_one_process) -> dict[str, dict[str, Any]]:
    root = tmp_path_factory.mktemp("errors")
    fill(root)
    found: dict[str, dict[str, Any]] = in_one_process(root, {n: f[0] for n, f in FAULTS.items()})
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_and_leaves_nothing(name: str, answers, refused_before_torch) -> None:
    refused_before_torch(answers[name], FAULTS[name][1])


def test_strings_are_labels(command, tmp_path: Path) -> None:
    x = np.zeros((6, 4), dtype=np.float32) + np.arange(6, dtype=np.float32)[:, None]
    np.savez(tmp_path / "words.npz", x_train=x, y_train=np.array(["ham", "spam"] * 3))
    answer = command("inspect", str(tmp_path / "words.npz"), "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["classes"] == ["ham", "spam"]


@pytest.mark.slow
def test_damaged_images_are_left_out_counted_and_listed(
    command, tmp_path: Path, monkeypatch
) -> None:
    """The others are of mixed sizes and modes, which is no fault."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path
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
