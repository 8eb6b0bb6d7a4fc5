"""What Python calls by name speaks Python: its errors name no option of the command line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import counterpoise
from counterpoise import data, models, predict
from counterpoise.data import Preprocess
from counterpoise.errors import CounterpoiseError

OPTION = re.compile(r"(?:^|[\s(\'`])--[a-z]")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data of each kind with something wrong, and a file where folders are to be written."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(6):
            Image.new("L", (9, 9), 9 * k).save(tmp_path / "pets" / name / f"{k}{name}.png")
    Path("pets/a/cut.png").write_bytes(b"\x89PNG\r\n")
    Path("table.csv").write_text("id,when,income,churned\n1,2024-01-02,3,no\n2,2024-01-03,4,yes\n")
    Path("file").write_text("no folder")
    return tmp_path


def model() -> predict.Predictor:
    images = np.zeros((2, 1, 8, 8), dtype=np.uint8)
    return predict.Predictor(
        models.create("linear", (1, 8, 8), 2), Preprocess.fit("unit", images), ("a", "b")
    )


def whole() -> Path:
    X, y = load_digits(return_X_y=True)
    np.savez("digits.npz", x_train=X.reshape(-1, 8, 8).astype(np.uint8), y_train=y)
    return Path("digits.npz")


CALLS: dict[str, Callable[[], Any]] = {
    "a table without its label": lambda: data.load("table.csv"),
    "a table with dates": lambda: counterpoise.compare("table.csv", label="churned"),
    "columns of no table": lambda: counterpoise.compare("pets", label="x", drop="y"),
    "damaged images": lambda: counterpoise.evaluate(model(), "pets"),
    "damaged files": lambda: model().predict_files(["pets/a/cut.png"]),
    "files of an ensemble": lambda: predict.Ensemble([model()]).predict_files(["pets/a/cut.png"]),
    "a model of larger images": lambda: models.create("densenet121", (3, 8, 8), 2),
    "another model of larger images": lambda: models.create("all-cnn", (3, 4, 4), 2),
    "lenet": lambda: models.create("lenet5", (1, 8, 8), 2),
    "a predictor in a file": lambda: model().save("file/x"),
    "an ensemble in a file": lambda: predict.Ensemble([model()]).save("file/x"),
    "a comparison in a file": lambda: counterpoise.compare(
        whole(), methods="baseline", out="file/x", rounds=1, scratch=True, progress="silent"
    ),
    "an evaluation in a file": lambda: counterpoise.evaluate(model(), whole(), out="file/x"),
    "an axis that nothing has": lambda: counterpoise.sweep.compare("digits", {"roh": (1, 2)}),
    "an axis without values": lambda: counterpoise.sweep.compare("digits", {"rho": 3}),
    "large crops": lambda: counterpoise.compare(
        whole(), methods="baseline", rounds=1, scratch=True, progress="silent",
        settings={"train.crop": 40},
    ),
    "a device that is not there": lambda: counterpoise.compare(
        "digits", methods="baseline", device="cuda:9", progress="silent"
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_errors_name_no_option(call: Callable[[], Any], place: Path) -> None:
    with pytest.raises(CounterpoiseError) as caught:
        call()
    assert OPTION.search(str(caught.value)) is None, str(caught.value)


def test_what_is_looked_at_says_arguments(place: Path) -> None:
    found = data.inspect(data.load("pets"), deep=True)
    assert "pass --skip-corrupt" in found.text()
    assert "pass skip_corrupt=True" in str(found)
    assert OPTION.search(str(found)) is None
