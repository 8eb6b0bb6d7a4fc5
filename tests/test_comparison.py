"""`counterpoise.compare` shows what it takes, and refuses the rest."""

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import counterpoise
from counterpoise import comparison
from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.experiments.options import Options
from counterpoise.predict import Predictor
from counterpoise.predict.decision_graph import DecisionGraph


def test_compare_is_documented_by_its_options() -> None:
    shown = inspect.signature(counterpoise.compare).parameters
    for name in CompareOptions.__annotations__:
        assert f"\n        {name}: " in str(counterpoise.compare.__doc__), name
        assert shown[name].default == Options.model_fields[name].default
    assert shown["seeds"].annotation == "int | None"
    with pytest.raises(ArgumentError, match=r"got ndarray of shape \(9, 4\)"):
        counterpoise.compare(np.zeros((9, 4)))  # type: ignore[arg-type]


def test_a_target_beside_the_data_is_refused_with_the_call_to_write() -> None:
    with pytest.raises(ArgumentError, match=r'compare\(\(X, y\)\), compare\(df, label="churned"\)'):
        counterpoise.compare(np.zeros((9, 4)), np.zeros(9), folds=3)
    assert list(inspect.signature(counterpoise.compare).parameters)[:2] == ["dataset", "label"]


def test_costs_from_the_question_to_the_decision(tmp_path: Path) -> None:
    """Two kinds of digits: what is ranked, decided, saved and exported by costs."""
    X, y = load_digits(return_X_y=True)
    some = np.isin(y, (3, 8))
    names = np.where(y[some] == 3, "three", "eight")
    images = (X[some].reshape(-1, 8, 8) * 15).astype(np.uint8)
    np.savez(tmp_path / "two.npz", x_train=images, y_train=names)
    costs = {"three": {"eight": 1.0}, "eight": {"three": 20.0}}
    out = tmp_path / "out"
    given: dict[str, Any] = {
        "profile": "counts:20,100", "methods": "baseline", "seeds": 2, "rounds": 20, "out": out,
        "settings": {"model.name": "mlp"}, "progress": "silent",
    }  # fmt: skip
    report = counterpoise.compare(tmp_path / "two.npz", cost=costs, **given)
    assert {m.name for m in report.methods} == {"baseline", "minimum-cost"}
    assert report.experiment.select == "expected_cost"
    assert report.experiment.classes == ("eight", "three")
    assert report.experiment.cost is not None
    assert report.experiment.cost.matrix == ((0.0, 20.0), (1.0, 0.0))
    found = {m.name: m.metrics["expected_cost"].mean for m in report.methods}
    assert found["minimum-cost"] < found["baseline"]  # type: ignore[operator]
    saved = Predictor.load(out / "runs" / "minimum-cost" / "seed-0" / "predictor")
    assert [type(rule).__name__ for rule in saved.posthoc] == ["Temperature", "MinimumCost"]
    samples = images[:, None]
    *_, label = DecisionGraph(saved)(torch.from_numpy(samples))  # what is exported
    assert label.tolist() == saved.predict(samples).labels.tolist()
    again = counterpoise.evaluate(report.predictor(), tmp_path / "two.npz")
    assert again.warnings[0].startswith("these are the very data that the model was trained on")
    with pytest.raises(ArgumentError, match="costs name a class 'nine', which the data do not"):
        counterpoise.compare(
            tmp_path / "two.npz", cost={"nine": {"three": 1}, "three": {"nine": 1}}, **given
        )
    plain = counterpoise.compare(tmp_path / "two.npz", **given)
    assert [m.name for m in plain.methods] == ["baseline"]
    assert "cost" not in plain.as_json()


def test_errors_name_arguments_as_python_has_them(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "day,x,y\n" + "".join(f"2021-03-{n:02},{n},{'ab'[n % 2]}\n" for n in range(1, 29))
    )
    with pytest.raises(DataError, match='drop="day" leaves out, categories="NAME" takes') as caught:
        counterpoise.compare(table, label="y", out=tmp_path / "out", progress="silent")
    assert "--" not in str(caught.value)
    with pytest.raises(DataError, match="asked for by label="):
        counterpoise.compare(table, label="z", out=tmp_path / "out", progress="silent")
    assert not (tmp_path / "out").exists()


def test_a_report_is_in_words_of_python_and_says_the_call_that_repeats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y = np.repeat(["no", "yes"], [40, 20])
    df = pandas.DataFrame({"id": range(60), "x": rng.normal(size=60) + (y == "yes"), "churned": y})
    report = counterpoise.compare(
        df, label="churned", seeds=1, rounds=1, methods=["baseline"], out="out", progress="plain"
    )
    assert report.experiment.command == (
        'counterpoise.compare(df, label="churned", seeds=1, rounds=1, methods=["baseline"], '
        'out="out")  # df: DataFrame (60, 3)'
    )
    said = {"text": " ".join(report.text().split()), "screen": capsys.readouterr().err}
    said["page"] = (tmp_path / "out" / "report.html").read_text()
    assert 'drop="id"' in said["text"]
    assert "folds=5 tests on every sample once" in said["text"]
    assert 'drop="id"' in said["screen"]
    assert "drop=&#34;id&#34;" in said["page"]
    options = re.compile(r"(?<![\w-])--[a-z]+(?!:)")  # colours of the page are --name: value
    for where in ("text", "screen"):
        assert not options.search(said[where]), where
    body = re.sub(r"(?s)<(style|script).*?</\1>", "", said["page"])
    assert not options.search(re.sub(r"var\(--[^)]*\)", "", body))


def test_a_pair_is_called_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []
    monkeypatch.setattr(comparison, "report_of", lambda options: seen.append(options.command))
    X, y = np.zeros((4, 3)), [0, 1, 0, 1]
    counterpoise.compare((X, y), folds=5, settings={"optimizer.lr": 0.1})
    counterpoise.compare("digits", methods="baseline")
    counterpoise.compare("digits", command="counterpoise mine")
    assert seen == [
        'counterpoise.compare((X, y), folds=5, settings={"optimizer.lr": 0.1})'
        "  # X: ndarray (4, 3), y: list of 4",
        'counterpoise.compare("digits", methods="baseline")',
        "counterpoise mine",
    ]
