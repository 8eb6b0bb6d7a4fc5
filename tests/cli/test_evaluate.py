"""`evaluate`: the right model on the right data, one clear line where that cannot be."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import Preprocess

CLASSES = ("cat", "dog")


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run whose model says "dog", whatever it sees."""
    import torch

    from counterpoise.models import create
    from counterpoise.predict import Predictor

    model = create("linear", (1, 8, 8), len(CLASSES))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.zero_()
            if name.endswith("bias"):
                parameter[1] = 1.0
    preprocess = Preprocess.fit("unit", np.zeros((4, 1, 8, 8), dtype=np.uint8))
    folder = tmp_path / "exp" / "runs" / "weighted" / "seed-0"
    Predictor(model, preprocess, CLASSES, prior=(0.5, 0.5)).save(folder / "predictor")
    return folder


@pytest.fixture
def labelled(tmp_path) -> Path:
    for name, number in (("cat", 3), ("dog", 5)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for n in range(number):
            pixels = np.full((8, 8), 10 * n + len(name), dtype=np.uint8)
            pixels[0, 0] = number
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{n}.png")
    return tmp_path / "pets"


def test_it_says_how_good_the_model_is(command, run: Path, labelled: Path) -> None:
    answer = command("evaluate", str(run), str(labelled))
    assert answer.code == 0, answer.err
    assert answer.out.startswith(f"predicted by the run {run}\n")
    assert "Never found: 'cat' (0 of 3)." in answer.out
    place = Path("counterpoise-out/pets-evaluated")
    assert sorted(path.name for path in place.iterdir()) == [
        "evaluation.html",
        "evaluation.json",
        "label-errors.csv",
        "predictions.csv",
    ]
    again = command("evaluate", str(run), str(labelled), "--json", "--prior", ".99,.01")
    said = json.loads(again.out)
    assert said["metrics"]["accuracy"]["value"] == 3 / 8


def test_the_folder_is_named_as_that_of_compare(command, run, labelled, monkeypatch) -> None:
    """After the data without their suffix; what another evaluation wrote stays."""
    lines = [f"pets/{path.parent.name}/{path.name},{path.parent.name}" for path in
             sorted(labelled.glob("*/*.png"))]  # fmt: skip
    Path("new.csv").write_text("\n".join(["path,label", *lines]))
    asked = [
        ["new.csv", "--prior", ".99,.01"],
        ["new.csv"],
        ["new.csv", "--prior", ".99,.01", "--json"],
    ]
    for words in asked:
        words = ["evaluate", str(run), *words]
        monkeypatch.setattr("sys.argv", ["counterpoise", *words])
        assert command(*words).code == 0
    places = sorted(Path("counterpoise-out").iterdir())
    assert [place.name for place in places] == ["new-evaluated", "new-evaluated-2"]
    found = [json.loads((place / "evaluation.json").read_text())["metrics"] for place in places]
    assert [one["accuracy"]["value"] for one in found] == [3 / 8, 5 / 8]
    Path("counterpoise-out/other-evaluated").mkdir()
    Path("counterpoise-out/other-evaluated/notes.txt").write_text("mine")
    Path("other.csv").write_text(Path("new.csv").read_text())
    Path("counterpoise-out/other-evaluated-2").mkdir()  # empty, so it may hold anything
    assert command("evaluate", str(run), "other.csv").code == 0
    assert Path("counterpoise-out/other-evaluated-2/evaluation.json").is_file()


def test_a_folder_of_something_else_is_left_alone(command, run: Path, labelled: Path) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    answer = command("evaluate", str(run), str(labelled), "--out", "mine")
    assert answer.code == 2
    assert "--out is an empty folder or one of an evaluation; got mine" in answer.err
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("given", "words"),
    [("nowhere", "nowhere"), ("pets/cat/0.png", "pets/cat/0.png")],
)
def test_data_that_cannot_be_read_are_one_line(command, run, labelled, given, words) -> None:
    answer = command("evaluate", str(run), given)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert words in answer.err
    assert not Path("counterpoise-out").exists()


def test_a_folder_without_a_model_is_one_line(command, labelled: Path) -> None:
    answer = command("evaluate", str(labelled), str(labelled))
    assert answer.code == 2
    assert "neither a run folder" in answer.err


@pytest.mark.parametrize("data", ["pets", "new.csv"])
def test_swapped_arguments_are_said_to_be_swapped(command, run, labelled, data: str) -> None:
    Path("new.csv").write_text("path,label\npets/cat/0.png,cat\n")
    answer = command("evaluate", data, str(run))
    assert answer.code == 2
    assert answer.err == (
        f"error: the model comes first, then the data; got the data '{data}' first "
        f"(counterpoise evaluate {run} {data})\n"
    )
