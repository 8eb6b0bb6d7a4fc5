"""Tables from the file to the saved predictor."""

import csv
import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import counterpoise
from counterpoise.data import load
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.encoding import Encoding
from counterpoise.errors import ArgumentError
from counterpoise.experiments import encoded
from counterpoise.experiments.encoded import with_table
from counterpoise.experiments.options import Options
from counterpoise.predict import Predictor, export_onnx
from counterpoise.recipes.shipped import CLASSIC, REFERENCES


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text columns and missing values; who is young and on the basic plan leaves."""
    file = tmp_path_factory.mktemp("table") / "churn.csv"
    rng = np.random.default_rng(0)
    with file.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow(["customer", "age", "plan", "left"])
        for n in range(120):
            age, plan = int(rng.integers(18, 80)), ("basic", "pro")[int(rng.integers(2))]
            left = plan == "basic" and age < 45
            row = [f"c{n // 2}", age, plan, "yes" if left else "no"]
            lines.writerow(["" if k in (1, 2) and rng.random() < 0.05 else v
                            for k, v in enumerate(row)])  # fmt: skip
    return file


@pytest.fixture(scope="module")
def compared(churn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "out"
    counterpoise.compare(
        churn, label="left", group="customer", methods="baseline,smote", seeds=2, rounds=10,
        jobs=1, out=out, progress="silent",
    )  # fmt: skip
    return out


def test_each_split_has_an_encoding_of_its_own_training_rows(churn: Path, compared: Path) -> None:
    dataset = load(str(churn), table=TableQuestion("left", "customer"))
    rows = np.asarray(dataset.inputs.read())
    seen = []
    for seed in (0, 1):
        train = np.load(compared / "splits" / f"seed-{seed}.npz")["train"]
        saved = Predictor.load(compared / "runs" / "smote" / f"seed-{seed}" / "predictor").table
        assert saved is not None
        assert saved.to_dict() == Encoding.fit(saved.columns, rows[train]).to_dict()
        seen.append(saved.mean.tolist())
    assert seen[0] != seen[1]


def test_numbers_are_scaled_once(compared: Path) -> None:
    told = json.loads(
        (compared / "runs" / "baseline" / "seed-0" / "predictor" / "predictor.json").read_text()
    )
    assert told["preprocess"]["name"] == "none"
    assert told["model"]["name"] == "mlp"


def test_new_rows_are_evaluated_by_the_column_of_the_label(churn: Path, compared: Path) -> None:
    model = Predictor.load(compared / "runs" / "baseline" / "seed-0" / "predictor")
    new = churn.with_name("new.csv")
    new.write_text("left,plan,extra,age\nno,pro,1,50\nyes,gold,2,\nno,,3,33\n")
    found = counterpoise.evaluate(model, new)
    assert found.labels.tolist() == [0, 1, 0]
    assert list(found.names) == ["new.csv:2", "new.csv:3", "new.csv:4"]


def test_predictions_and_errors_are_of_lines_of_the_file(churn: Path, compared: Path) -> None:
    lines = churn.read_text().splitlines()
    with (compared / "predictions.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) > 40
    for row in found:
        name, _, line = row["sample"].partition(":")
        assert name == "churn.csv"
        assert lines[int(line) - 1].endswith(row["true"])


@pytest.mark.parametrize("option", ["group", "drop", "categories"])
def test_options_of_a_table_need_its_label(option: str, churn: Path) -> None:
    with pytest.raises(ArgumentError, match=f"{option}= needs label=: name the column of the cl"):
        Options.of({"dataset": str(churn), option: "age"})


def test_settings_of_whoever_asks_win(churn: Path) -> None:
    dataset = load(str(churn), table=TableQuestion("left"))
    asked = Options.of({"dataset": str(churn), "label": "left"})
    assert with_table(asked, dataset).settings == {"train.preprocess": "none"}
    assert with_table(asked, dataset).methods == (*CLASSIC, *REFERENCES)
    asked = asked.model_copy(update={"settings": {"train.preprocess": "unit"}})
    assert with_table(asked, dataset).settings == {"train.preprocess": "unit"}


def test_references_stand_beside_the_ranking(compared: Path) -> None:
    told = json.loads((compared / "report.json").read_text())
    rows = {row["name"]: row for row in told["methods"]}
    assert set(rows) == {"baseline", "smote", *REFERENCES}
    for name in REFERENCES:
        assert (rows[name]["status"], rows[name]["reference"]) == ("ok", True)
        assert (rows[name]["rank"], rows[name]["updates"]) == (None, 0)
    assert told["best"] in ("baseline", "smote")
    assert told["reference_verdict"] == told["warnings"][0]
    (line,) = [line for line in told["warnings"] if line.startswith("references, outside")]
    assert "hist-gradient-boosting" in line
    assert not any("a model of its own" in line for line in told["warnings"])


def test_references_are_exported_with_their_encoding(compared: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="needs counterpoise[onnx]")
    pytest.importorskip("onnxruntime", reason="needs counterpoise[onnx]")
    folder = compared / "runs" / "logistic-regression-balanced" / "seed-0" / "predictor"
    assert export_onnx(Predictor.load(folder), tmp_path / "x").difference < 1e-5


def test_rows_are_stored_as_at_once_and_only_encoded(
    churn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load(str(churn), table=TableQuestion("left", "customer"))
    rows = np.asarray(dataset.inputs.read())
    assert dataset.table is not None
    encoding = Encoding.fit(dataset.table, rows[:50])
    monkeypatch.setattr(encoded, "BLOCK", 7)
    with (tmp_path / "x.npy").open("wb") as stream:
        encoded._write(stream, encoding, rows)
    whole = BytesIO()
    np.save(whole, encoding(rows))
    assert (tmp_path / "x.npy").read_bytes() == whole.getvalue()
