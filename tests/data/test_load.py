"""One door: what it opens, what it refuses, and that torch stays outside."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import NAMED, load
from counterpoise.errors import DataError

load_module = importlib.import_module("counterpoise.data.load")  # `data.load` is the function


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("mnsit", "no such path, and no data set of this name: 'mnsit'; did you mean 'mnist'"),
        ("gtsrb-20-8", "did you mean 'gtsrb-20-80'"),
        ("somewhere/else", f"known: {', '.join(sorted(NAMED))}"),
    ],
)
def test_no_such_data(data: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(data)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"nor an \.npz, \.csv or \.parquet file"):
        load(str(path))


@pytest.mark.parametrize("data", ["", " ", "a" * 5000, "a\0b"])
def test_impossible_paths(data: str) -> None:
    with pytest.raises(DataError):
        load(data)


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.csv").touch()
    monkeypatch.setattr(load_module, "load_csv", refuse)
    with pytest.raises(DataError, match=r"cannot read '.*a\.csv': Permission denied"):
        load(str(tmp_path / "a.csv"))


def test_suffixes_in_capitals(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=np.ones((2, 3)), y_train=np.array([0, 1]))
    (tmp_path / "a.npz").rename(tmp_path / "a.NPZ")
    assert len(load(str(tmp_path / "a.NPZ"))) == 2


def test_loading_splitting_and_errors_need_no_torch(tmp_path: Path) -> None:
    code = f"""
import sys
from counterpoise.data import Preprocess, inspect, load, make_splits, parse
digits = load("digits")
split, = make_splits(digits, parse("step:rho=20,mu=0.5"), seeds=[0])
Preprocess.fit("standard", digits.inputs.read(split.train)).apply(digits.inputs.read(split.test))
str(inspect(digits))
try:
    load("gtsrb-20-80", data_root={str(tmp_path)!r})
except ValueError:
    pass
bad = [name for name in ("torch", "torchvision", "matplotlib") if name in sys.modules]
sys.exit(", ".join(bad) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
