"""A saved model on labelled data: the right samples, by the names of their classes, and said so."""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

import counterpoise
from counterpoise.data import Preprocess, load
from counterpoise.data.size import Resize
from counterpoise.data.tables.cells import read_cells
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.encoding import Encoding
from counterpoise.errors import ArgumentError, DataError
from counterpoise.models import create
from counterpoise.predict import Ensemble, FrozenBackbone, Predictor
from counterpoise.records import EvaluatedRecord

CLASSES = ("dark", "grey", "light")


def by_brightness(
    classes: Sequence[str] = CLASSES, resize: Resize = "stretch", trained_on: str = ""
) -> Predictor:
    """A linear model of 8 x 8 pixels: mean below 1/3, between, above 2/3."""
    model = create("linear", (1, 8, 8), len(classes))
    weight, bias = dict(model.named_parameters()).values()
    with torch.no_grad():
        for k, (slope, start) in enumerate(((-1.0, 1 / 3), (0.0, 0.0), (1.0, -2 / 3))):
            weight[k] = 30 * slope / 64
            bias[k] = 30 * start
    images = np.zeros((4, 1, 8, 8), dtype=np.uint8)
    preprocess = replace(Preprocess.fit("unit", images), resize=resize)
    return Predictor(model, preprocess, tuple(classes), metadata={"data": trained_on})


def folder_of(where: Path, values: dict[str, Sequence[int]]) -> Path:
    """Class folders of even images."""
    for name, shades in values.items():
        (where / name).mkdir(parents=True)
        for number, shade in enumerate(shades):
            pixels = np.full((8, 8), shade, dtype=np.uint8)
            pixels[0, number % 8] += 1  # no two alike
            Image.fromarray(pixels).save(where / name / f"{number}.png")
    return where


def test_every_sample_is_predicted_and_reported(tmp_path: Path) -> None:
    data = folder_of(
        tmp_path / "new", {"light": [250, 240, 2], "dark": [5, 6, 7, 8], "grey": [128] * 3}
    )
    found = counterpoise.evaluate(by_brightness(), data, out=tmp_path / "out", words="a model")
    assert [(one.name, one.samples, one.recall) for one in found.by_class] == [
        ("dark", 4, 1.0),
        ("grey", 3, 1.0),
        ("light", 3, pytest.approx(2 / 3)),
    ]
    assert found.by_class[2].taken_for == "dark"
    assert found.metrics["accuracy"].value == pytest.approx(0.9)
    low, high = found.metrics["accuracy"].interval or (0, 0)
    assert low < 0.9 <= high
    stored = EvaluatedRecord.read(tmp_path / "out" / "evaluation.json")
    assert stored.metrics["accuracy"].value == found.metrics["accuracy"].value
    assert (stored.samples, stored.part, stored.model) == (10, "all", "a model")
    with (tmp_path / "out" / "predictions.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 10
    assert (lines[0]["sample"], lines[0]["true"], lines[0]["predicted"]) == (
        "light/2.png",
        "light",
        "dark",
    )
    page = (tmp_path / "out" / "evaluation.html").read_text()
    assert page.count("data:image/png") == 2  # as an error, and as a label that is likely wrong
    assert "light/2.png" in page
    with (tmp_path / "out" / "label-errors.csv").open(newline="") as file:
        [line] = csv.DictReader(file)
    assert (line["sample"], line["label"], line["suggested"]) == ("light/2.png", "light", "dark")
    assert "'light/2.png', labelled 'light', perhaps 'dark'" in " ".join(stored.advice)


def test_images_come_to_size_as_those_of_training_did(tmp_path: Path) -> None:
    """An array's as a file's, and the data of training are known again."""
    model = by_brightness(resize="short-side")
    images = np.repeat(np.array([250, 5], dtype=np.uint8), 8 * 24).reshape(2, 8, 24)
    images[:, :, 8:16] = 255 - images[:, :, 8:16]
    labels = np.array(["dark", "light"])  # as their middles are
    np.savez(tmp_path / "wide.npz", x_train=images, y_train=labels)
    for label, pixels in zip(labels, images, strict=True):
        (tmp_path / "wide" / label).mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / "wide" / label / "0.png")
    for data in ("wide", "wide.npz"):
        found = counterpoise.evaluate(model, tmp_path / data, out=tmp_path / "out")
        assert found.metrics["accuracy"].value == 1.0, data
    trained_on = load(str(tmp_path / "wide"), size=8, resize="short-side").checksum
    model = by_brightness(resize="short-side", trained_on=trained_on)
    found = counterpoise.evaluate(model, tmp_path / "wide", out=tmp_path / "out")
    assert any("the very data" in line for line in found.warnings)


def test_copies_under_two_labels_are_shown(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 240], "dark": [5, 6]})
    (data / "dark" / "copy.png").write_bytes((data / "light" / "0.png").read_bytes())
    counterpoise.evaluate(by_brightness(), data, out=tmp_path / "out")
    page = (tmp_path / "out" / "evaluation.html").read_text()
    copies = page.split("The same content under two labels")[1]
    assert copies.index("dark/copy.png") < copies.index("light/0.png")
    assert copies.index("<strong>dark<") < copies.index("<strong>light<")
    assert "grey" not in copies.split("</ul>")[0]


def test_classes_go_by_their_names(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 251], "dark": [5, 6]})
    found = counterpoise.evaluate(by_brightness(), data)
    assert found.metrics["accuracy"].value == 1.0
    assert found.by_class[1].recall is None
    assert "1 of 3 classes of the model have no sample here" in found.warnings[0]
    assert "'grey'" in found.warnings[0]


def test_a_class_that_the_model_does_not_know_is_refused(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 251], "Dark": [5, 6]})
    with pytest.raises(DataError, match=r"are among those of the model \('dark'.*got 'Dark'"):
        counterpoise.evaluate(by_brightness(), data, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_only_the_test_part_is_predicted_where_there_is_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(200, 255, (9, 8, 8), dtype=np.uint8)
    labels = np.array(CLASSES)[[0, 1, 2] * 3]
    np.savez(
        tmp_path / "set.npz",
        x_train=images[:6],
        y_train=labels[:6],
        x_test=images[6:],
        y_test=labels[6:],
    )
    found = counterpoise.evaluate(by_brightness(), tmp_path / "set.npz")
    assert found.is_test_part
    assert len(found.labels) == 3
    assert found.metrics["accuracy"].value == pytest.approx(1 / 3)


def test_the_data_that_it_was_trained_on_are_no_test(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 251], "dark": [5, 6], "grey": [128, 129]})
    same = counterpoise.data.load(str(data), size=8, channels=1).checksum
    found = counterpoise.evaluate(by_brightness(), data, trained_on=same)
    assert "the very data that the model was trained on" in found.warnings[0]
    assert not counterpoise.evaluate(by_brightness(), data, trained_on="another").warnings
    model = by_brightness()
    model.metadata["data"] = same
    for one in (model, Ensemble([model, by_brightness()])):
        assert "the very data" in counterpoise.evaluate(one, data).warnings[0]
    assert not counterpoise.evaluate(model, data, trained_on="another").warnings


def test_data_of_training_are_known_where_a_frozen_backbone_reads_another_form(
    tmp_path: Path,
) -> None:
    """`compare` reads grey images of 8 x 8, or of --size; the backbone takes RGB of 16 x 16."""
    data = folder_of(tmp_path / "new", {"light": [250, 251], "dark": [5, 6], "grey": [128, 129]})
    network = create("small-cnn", (3, 16, 16), 2).eval()
    first = Preprocess.fit("unit", np.zeros((4, 3, 16, 16), dtype=np.uint8))
    backbone = FrozenBackbone(network, first)
    features = backbone.features(torch.zeros(2, 3, 16, 16, dtype=torch.uint8)).detach().numpy()
    head, second = create("linear", features.shape[1:], 3), Preprocess.fit("none", features)
    for size in (None, 16):
        trained_on = counterpoise.data.load(str(data), size=size).checksum
        model = Predictor(head, second, CLASSES, frozen=backbone, metadata={"data": trained_on})
        for one in (model, Ensemble([model])):
            assert "the very data" in counterpoise.evaluate(one, data).warnings[0]
        assert "the very data" in counterpoise.evaluate(model, data, trained_on=trained_on).text()
        assert not counterpoise.evaluate(model, data, trained_on="another").warnings


def test_json_is_strict(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250], "dark": [5]})
    counterpoise.evaluate(by_brightness(), data, out=tmp_path / "out")

    def refuse(text: str) -> None:
        raise AssertionError(text)

    text = (tmp_path / "out" / "evaluation.json").read_text()
    json.loads(text, parse_constant=refuse)


SHADES = np.array([250, 240, 2, 5, 6, 7, 128, 129], dtype=np.uint8)
NAMES = np.array(["light"] * 3 + ["dark"] * 3 + ["grey"] * 2)


def images() -> npt.NDArray[np.uint8]:
    """(8, 8, 8), no two alike."""
    made = np.repeat(SHADES, 64).reshape(-1, 8, 8)
    made[:, 0, 0] += 1
    return made


class Shades:
    """A data set of pairs, as torch has them."""

    classes = ("light", "dark", "grey")

    def __len__(self) -> int:
        return len(SHADES)

    def __getitem__(self, place: int) -> tuple[Image.Image, int]:
        return Image.fromarray(images()[place]), self.classes.index(str(NAMES[place]))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("given", [(images(), NAMES), Shades()], ids=["pair", "data set"])
def test_what_lies_in_memory_is_evaluated(given: object) -> None:
    found = counterpoise.evaluate(by_brightness(), given, words="a model")
    assert found.samples == 8
    assert [(row["class"], row["samples"], row["recall"]) for row in found.table()] == [
        ("dark", 3, 1.0), ("grey", 2, 1.0), ("light", 3, pytest.approx(2 / 3)),
    ]  # fmt: skip
    [wrong] = found.label_errors()
    assert (wrong["label"], wrong["suggested"]) == ("light", "dark")
    assert "predicted by a model" in repr(found)
    assert repr(found).endswith(found.advice[-1].split()[-1])
    assert found.advice[0] in found._repr_html_()


def by_age() -> Predictor:
    """A linear model of one column: "old" above 50."""
    file = Path("train.csv")
    file.write_text("age,who,home\n10,young,a\n90,old,b\n20,young,a\n80,old,b\n")
    cells = read_cells(file)
    columns = Columns.of(cells, "who", "home", (), ())
    encoding = Encoding.fit(columns, columns.rows(cells))
    model = create("linear", (1,), 2)
    weight, bias = dict(model.named_parameters()).values()
    with torch.no_grad():
        weight[:, 0] = torch.tensor([4.0, -4.0])
        bias.zero_()
    inputs = np.zeros((2, 1), dtype=np.float32)
    return Predictor(model, Preprocess.fit("none", inputs), ("old", "young"), table=encoding)


@pytest.mark.usefixtures("here")
def test_a_frame_has_the_columns_of_the_training() -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    frame = pandas.DataFrame(
        {"who": ["young", "old", "old"], "age": [5, 95, 12], "home": ["a", "b", "b"]}
    )
    model = by_age()
    found = counterpoise.evaluate(model, frame)
    assert found.metrics["accuracy"].value == pytest.approx(2 / 3)
    assert list(found.to_frame()["class"]) == ["old", "young"]
    other = frame.rename(columns={"who": "kind"})
    assert counterpoise.evaluate(model, other, label="kind").samples == 3
    assert counterpoise.evaluate(model, (frame[["age"]], list(frame["who"]))).samples == 3
    missing = r"no column 'who' \(the classes, as the model's training named it; label= where"
    with pytest.raises(ArgumentError, match=missing):
        counterpoise.evaluate(model, other)
    other.to_csv("other.csv", index=False)
    with pytest.raises(DataError, match=missing):
        counterpoise.evaluate(model, "other.csv")
    with pytest.raises(DataError, match=r"no column 'who' \(the classes.*; rename that of the"):
        counterpoise.evaluate(model, "other.csv", command="counterpoise evaluate m other.csv")
    with pytest.raises(ArgumentError, match=r"label= names the column .* got 'whom'"):
        counterpoise.evaluate(model, other, label="whom")
    with pytest.raises(ArgumentError, match="there is no 'town'"):
        counterpoise.evaluate(model, frame, group="town")
    with pytest.raises(ArgumentError, match=r"a table with the columns age; got tuple \(give a"):
        counterpoise.evaluate(model, (np.zeros((2, 1)), ["old", "young"]))
    with pytest.raises(ArgumentError, match="no tables; got a DataFrame"):
        counterpoise.evaluate(by_brightness(), frame)


@pytest.mark.usefixtures("here")
def test_a_table_for_a_model_of_images_is_refused_without_advice_on_its_columns() -> None:
    Path("new.csv").write_text("age,who\n5,young\n95,old\n")
    Path("new.parquet").write_bytes(b"PAR1")  # which is not looked into
    for file in ("new.csv", "new.parquet"):
        with pytest.raises(ArgumentError) as caught:
            counterpoise.evaluate(by_brightness(), file)
        assert str(caught.value) == (
            f"this model reads images of shape (1, 8, 8), no tables; '{file}' is a table (a list "
            "of images has the columns path and label)"
        )
    Path("list.csv").write_text("path,kind\na.png,dark\n")
    with pytest.raises(DataError, match="no column 'label'"):
        counterpoise.evaluate(by_brightness(), "list.csv")


def test_what_compare_refuses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"got ndarray of shape \(9, 4\)"):
        counterpoise.evaluate(by_brightness(), np.zeros((9, 4)))
    data = folder_of(tmp_path / "new", {"light": [250], "dark": [5]})
    with pytest.raises(ArgumentError, match="there is no column for label="):
        counterpoise.evaluate(by_brightness(), data, label="kind")


def test_what_is_said_is_in_words_of_python(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 2], "dark": [5, 6], "grey": [128, 127]})
    found = counterpoise.evaluate(by_brightness(), data)
    assert 'Next: `predictions.csv`, which `out="DIR"` writes, lists' in found.advice[-1]
    assert found.text().rstrip().endswith(found.advice[-1].split()[-1])
    out = tmp_path / "out"
    counterpoise.evaluate(by_brightness(), data, out=out)
    made = EvaluatedRecord.read(out / "evaluation.json")
    assert made.command == f'counterpoise.evaluate(model, "{data}", out="{out}")'
    assert "`predictions.csv`, beside the report, lists" in made.advice[-1]
    (data / "light" / "9.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"or pass skip_corrupt=True$"):
        counterpoise.evaluate(by_brightness(), data)
    with pytest.raises(DataError, match=r"or pass --skip-corrupt$"):
        counterpoise.evaluate(by_brightness(), data, command="counterpoise evaluate m new")


def test_no_link_of_the_page_is_dead(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "new", {"light": [250, 2], "dark": [5, 6], "grey": [128, 127]})
    counterpoise.evaluate(by_brightness(), data, out=tmp_path)
    page = (tmp_path / "evaluation.html").read_text()
    links = set(re.findall(r'href="([^"]*)"', page))
    assert "predictions.csv" in links
    for link in links:
        inside = f'id="{link[1:]}"' in page if link.startswith("#") else link.startswith("data:")
        assert inside or (tmp_path / link).is_file(), link
