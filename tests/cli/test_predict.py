"""`predict`: the right model predicts for the right inputs, and says which."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.cli.predict import _cell
from counterpoise.experiments.identity import environment
from counterpoise.records import ExperimentRecord

CLASSES = ("cat", "dog")


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def save_predictor(folder: Path, prior: tuple[float, float], always: int) -> None:
    """A linear model of the pixels that prefers class `always`, whatever it sees."""
    import torch

    from counterpoise.data import Preprocess
    from counterpoise.models import create
    from counterpoise.predict import Predictor

    model = create("mlp", (1, 8, 8), len(CLASSES))
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.zero_()
        bias = next(p for name, p in model.head.named_parameters() if name.endswith("bias"))
        bias[always] = np.log(3.0)  # probability 3/4
    preprocess = Preprocess.fit("unit", np.zeros((4, 1, 8, 8), dtype=np.uint8))
    Predictor(model, preprocess, CLASSES, prior=prior).save(folder / "predictor")


@pytest.fixture
def experiment(tmp_path, write_report) -> Path:
    out = tmp_path / "exp"
    for method, always in (("baseline", 0), ("weighted", 1)):
        for seed in (0, 1):
            save_predictor(out / "runs" / method / f"seed-{seed}", (0.5, 0.5), always)
    (out / "experiment.json").write_text("{}")
    write_report(out, "weighted")
    return out


@pytest.fixture
def images(tmp_path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("b.png", "a.png"):
        Image.fromarray(np.full((8, 8), 9, dtype=np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("not an image")
    return folder


def test_a_report_folder_gives_its_best_method(command, experiment, images) -> None:
    answer = command("predict", "exp", "images")
    assert answer.code == 0, answer.err
    assert answer.out.splitlines() == ["images/a.png\tdog\t0.7500", "images/b.png\tdog\t0.7500"]
    assert "weighted, the best of exp on validation (2 runs" in answer.err


def test_a_report_that_advises_another_method_gives_that(command, experiment, images) -> None:
    path = Path("exp/report.json")
    report = json.loads(path.read_text())
    path.write_text(json.dumps({**report, "advice": ["Keep the baseline."], "advised": "baseline"}))
    answer = command("predict", "exp", "images")
    assert "predicted by baseline, as the report of exp advises (" in answer.err
    assert answer.out.splitlines()[0] == "images/a.png\tcat\t0.7500"
    path.write_text(json.dumps({**report, "advice": ["Undecided."], "advised": None}))
    assert "recommends no method" in command("predict", "exp", "images").err


def test_a_run_folder_gives_itself(command, experiment, images) -> None:
    answer = command("predict", "exp/runs/baseline/seed-0", "images/b.png")
    assert answer.out == "images/b.png\tcat\t0.7500\n"


def test_a_prior_changes_the_decision(command, experiment, images) -> None:
    answer = command("predict", "exp", "images/a.png", "--prior", "0.9,0.1", "--json")
    said = json.loads(answer.out)
    (row,) = said["predictions"]
    assert (said["classes"], said["prior"]) == (["cat", "dog"], [0.9, 0.1])
    assert row["class"] == "cat"
    # odds 1:3 times prior odds 9:1
    assert row["probabilities"] == pytest.approx([0.75, 0.25], abs=1e-6)


def test_arrays_are_samples(command, experiment, tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 1, 8, 8), dtype=np.uint8))
    lines = command("predict", "exp", "x.npy").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["x.npy[0]", "x.npy[1]"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nothing", "images"), ["nothing: no such folder"]),
        (("images", "images"), ["neither a run folder"]),
        (("exp", "no.png", "images/notes.txt"), ["no.png: no such file", "neither an image"]),
        (("exp", "bad.png"), ["bad.png"]),
        (("exp", "bad.npy"), ["cannot read bad.npy"]),
        (("exp", "images", "--prior", "1,x"), ["--prior takes one share for each class"]),
        (("exp", "images", "--prior", "1,0,0"), ["2 classes"]),
        (("exp", "images", "--device", "cuda:99"), ["cuda"]),
    ],
)
def test_user_errors(arguments, expected, command, experiment, images, tmp_path) -> None:
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    (tmp_path / "bad.npy").write_bytes(b"not an array")
    answer = command("predict", *arguments)
    assert (answer.code, answer.out) == (2, "")
    faults = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(faults) == len(expected), answer.err
    for fault, words in zip(faults, expected, strict=True):
        assert words in fault


def test_damaged_images_are_left_out_on_request(command, experiment, images, tmp_path) -> None:
    (images / "cut.png").write_bytes((images / "a.png").read_bytes()[:40])
    refused = command("predict", "exp", "images")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1
    assert "cut.png" in refused.err
    assert "--skip-corrupt" in refused.err
    answer = command("predict", "exp", "images", "--skip-corrupt")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 2
    assert "skipped: cannot read image 'images/cut.png'" in answer.err
    said = json.loads(command("predict", "exp", "images", "--skip-corrupt", "--json").out)
    assert len(said["skipped"]) == 1
    nothing = command("predict", "exp", "images/cut.png", "--skip-corrupt")
    assert nothing.code == 2
    assert nothing.err.splitlines()[-1] == "error: none of 1 images can be read"


def test_linked_folders_are_entered_once(command, experiment, images, tmp_path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "linked").symlink_to(images)
    (images / "back").symlink_to(tmp_path / "all")
    assert len(command("predict", "exp", "all").out.splitlines()) == 2


def test_a_report_without_a_best_has_no_model(command, experiment, images, write_report) -> None:
    write_report(experiment, None)
    answer = command("predict", "exp", "images")
    assert answer.code == 2
    assert "no method finished" in answer.err
    (experiment / "report.json").unlink()
    record = ExperimentRecord(
        dataset="digits", profile="none", classes=CLASSES, counts=(9, 3), n_test=(3, 3),
        n_validation={}, splits=("seed-0",), seeds=(0,), folds=None, select="g_mean",
        methods=("baseline",), command="counterpoise compare digits",
        environment=environment("cpu", 1),
    )  # fmt: skip
    (experiment / "experiment.json").write_text(record.text())
    answer = command("predict", "exp", "images")
    assert "no report.json yet" in answer.err
    assert "`counterpoise compare digits` finishes them" in answer.err


@pytest.mark.parametrize("verb", [("predict", "exp", "images"), ("export", "exp")])
def test_a_comparison_that_was_interrupted_says_what_finishes_it(
    verb, command, images, tmp_path
) -> None:
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp" / "claim.json").write_text("{}")
    answer = command(*verb)
    assert answer.code == 2
    assert "exp: no model yet, as the comparison was interrupted" in answer.err
    assert "run its compare command again" in answer.err


def test_a_line_has_three_cells_whatever_the_names_are(command, experiment, images) -> None:
    names = [
        "tab\there.png",
        "line\nbreak.png",
        "back\\slash.png",
        "back\\tab.png",
        "end\u2028.png",
    ]
    for name in names:
        (images / "a.png").rename(images / name)
        (images / name).with_name("a.png").write_bytes((images / "b.png").read_bytes())
    lines = command("predict", "exp", *(f"images/{name}" for name in names)).out.split("\n")
    written = [
        r"tab\there.png", r"line\nbreak.png", r"back\\slash.png", r"back\\tab.png",
        r"end\u2028.png",
    ]  # fmt: skip
    cells = [line.split("\t") for line in lines[:-1]]
    assert cells == [[f"images/{name}", "dog", "0.7500"] for name in written]
    said = command("predict", "exp", *(f"images/{name}" for name in names), "--json").out
    assert [row["input"] for row in json.loads(said)["predictions"]] == [
        f"images/{n}" for n in names
    ]


def test_names_of_classes_are_cells_too() -> None:
    assert _cell("a\tb") == r"a\tb"
    assert _cell("caf\udce9\r") == r"caf\xe9\r"
    assert len({_cell(name) for name in ("a\tb", r"a\tb", r"a\\tb")}) == 3


@pytest.fixture
def of_a_table(tmp_path) -> Path:
    """A run folder: who is 40 or older leaves."""
    import torch

    from counterpoise.data import Preprocess
    from counterpoise.data.tables.columns import Column, Columns
    from counterpoise.data.tables.encoding import Encoding
    from counterpoise.models import create
    from counterpoise.predict import Predictor

    columns = Columns((Column("age", "number"), Column("plan", "category", ("a", "b"))), "left")
    encoding = Encoding.fit(columns, np.array([[30.0, 0.0], [50.0, 1.0]]))
    model = create("linear", (3,), 2)
    weight, bias = dict(model.named_parameters()).values()
    with torch.no_grad():
        weight.zero_()
        bias.zero_()
        weight[1, 0] = 9.0
    run = tmp_path / "run"
    predictor = Predictor(model, Preprocess.fit("none", np.zeros((2, 3), np.float32)),
                          ("no", "yes"), table=encoding)  # fmt: skip
    predictor.save(run / "predictor")
    return run


def test_a_row_is_called_by_its_line_and_an_empty_one_keeps_its_place(command, of_a_table) -> None:
    Path("new.csv").write_text('note,age,plan\n"two\nlines",60,a\n,,\n\nx,20,b\n?,70,zz\n\n')
    result = command("predict", "run", "new.csv")
    lines = [line.split("\t")[:2] for line in result.out.splitlines()]
    assert lines == [
        ["new.csv:2", "yes"], ["new.csv:4", ""], ["new.csv:5", ""], ["new.csv:6", "no"],
        ["new.csv:7", "yes"],
    ]  # fmt: skip
    assert "without a single value, so without a prediction: lines 4, 5" in result.err
    said = json.loads(command("predict", "run", "new.csv", "--json").out)["predictions"]
    assert said[1] == {"input": "new.csv:4", "class": None, "probabilities": None}
    assert [row["class"] for row in said] == ["yes", None, None, "no", "yes"]
