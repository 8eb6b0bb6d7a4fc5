"""The twelve tables: choices by validation, intervals, ledgers, and the page made of them."""

import math
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    import twelve_tables

    return twelve_tables


@pytest.fixture
def ledger(script: ModuleType) -> ModuleType:
    import tables_ledger

    return tables_ledger


@pytest.fixture
def page(script: ModuleType) -> ModuleType:
    import tables_page

    return tables_page


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    import shipped_tables

    return shipped_tables


def row(script: ModuleType, method: str, kind: str, validation: float, test: list[float]) -> Any:
    """A row with five folds of one value on validation."""
    folds = tuple(test)
    return script.Row(method, kind, (validation,) * 5, folds, folds, folds, folds, 0.5)


def measured(script: ModuleType, table: str, *rows: Any) -> Any:
    about = script.About(
        table=table, package="p", version="1", origin="o", target="t", left_out="", rows=100,
        numbers=2, categories=1, classes={"a": 90, "b": 10}, train=68.0, test=20.0, rounds=10,
        brief=(), date="2026-11-28", environment={"python": "3.11"},
    )  # fmt: skip
    return script.Measured(about, {one.method: one for one in rows})


def test_a_choice_is_made_on_validation_alone(script: ModuleType) -> None:
    seen = row(script, "baseline", "network", 0.8, [0.5] * 5)
    better = row(script, "weighted", "network", 0.7, [0.9] * 5)
    other = row(script, "trees", "reference", 0.9, [0.6] * 5)
    one = measured(script, "digits-8", seen, better, other)
    assert one.chosen("network") is seen
    assert one.chosen("network", "reference") is other


def test_the_interval_of_folds_is_students_widened_by_what_training_parts_share(
    page: ModuleType,
) -> None:
    values = np.array([0.01, 0.03, -0.01, 0.02, 0.05])
    plain = stats.ttest_1samp(values, 0).confidence_interval()
    assert page.of_folds(values, 0.0) == pytest.approx((plain.low, plain.high))
    low, high = page.of_folds(values, 0.25)
    wider = (high - low) / (plain.high - plain.low)
    assert wider == pytest.approx(math.sqrt((1 / 5 + 1 / 4) / (1 / 5)))


def test_the_interval_of_tables_draws_tables_and_their_folds(page: ModuleType) -> None:
    assert page.of_tables(np.full((4, 5), 0.02)) == pytest.approx((0.02, 0.02))
    between = np.repeat(np.arange(8.0)[:, None], 5, axis=1)
    low, high = page.of_tables(between)
    expected = between[:, 0].std() / math.sqrt(8) * 1.96
    assert (high - low) / 2 == pytest.approx(expected, rel=0.08)
    within = np.tile(np.arange(5.0), (8, 1))
    low, high = page.of_tables(within)
    assert (high - low) / 2 == pytest.approx(np.arange(5.0).std() / math.sqrt(40) * 1.96, rel=0.08)


def test_probabilities_are_divided_by_the_share_of_training_rows(script: ModuleType) -> None:
    part = {
        "counts": np.array([90, 10]),
        "validation_labels": np.array([0, 1]),
        "test_labels": np.array([0, 1, 1]),
    }
    outputs = {
        "validation_probabilities": np.array([[0.95, 0.05], [0.8, 0.2]]),
        "test_probabilities": np.array([[0.95, 0.05], [0.8, 0.2], [0.93, 0.07]]),
    }
    validation, test = script.divided(outputs, part)
    assert validation.values()["balanced_accuracy"] == 1.0
    assert test.cells.as_json() == [[1, 0], [1, 1]]


class Recorder:
    """Remembers what it was fitted on, and says class 1 where the number is large."""

    classes_ = np.arange(2)

    def fit(self, rows: np.ndarray, labels: np.ndarray) -> None:
        self.rows, self.labels = rows, labels

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        large = (rows[:, 0] > 0).astype(float)
        return np.stack([1 - large, large], axis=1)


def test_ensembles_are_fitted_on_encoded_training_rows_alone(script: ModuleType) -> None:
    from counterpoise.data.tables.columns import Column, Columns

    columns = Columns((Column("x", "number"),), "y")
    values = np.array([[0.0], [2.0], [4.0], [400.0], [-400.0]])
    labels = np.array([0, 1, 1, 1, 0])
    part = {
        "train": np.array([0, 1, 2]), "validation": np.array([3]), "test": np.array([4]),
        "counts": np.array([1, 2]), "validation_labels": labels[3:4], "test_labels": labels[4:],
    }  # fmt: skip
    model = Recorder()
    validation, test = script.fitted(model, columns, values, labels, part)
    assert model.rows[:, 0] == pytest.approx([-(1.5**0.5), 0, 1.5**0.5]), "scaled by these three"
    assert model.labels.tolist() == [0, 1, 1]
    assert validation.values()["accuracy"] == test.values()["accuracy"] == 1.0


def test_a_ledger_is_read_as_it_was_written_and_not_measured_again(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = measured(script, "digits-8", row(script, "baseline", "network", 0.8, [0.5] * 5))
    script.write(tmp_path, one)
    assert script.read(tmp_path) == {"digits-8": one}

    def never(*given: object) -> None:
        raise AssertionError("it is measured again")

    monkeypatch.setattr(script, "measure", never)
    said = script.Output(script.Arguments(quick=True, device="cpu", json=True))
    script.train("digits-8", tmp_path, tmp_path, script.Asked(), said)


def test_the_page_is_made_of_the_ledgers(script: ModuleType) -> None:
    found, longer = script.read(script.LEDGERS), script.read(script.LONGER)
    text = script.PAGE.read_text("utf-8")
    assert list(found) == list(script.TABLES)
    assert set(re.findall(r"<!-- ledger: ([\w-]+) -->", text)) == {
        *script.BLOCKS,
        *(["longer"] if longer else []),
    }
    assert script.paged(text, found, longer) == text, (
        "python benchmarks/twelve_tables.py --replay --page"
    )


def test_a_changed_ledger_changes_the_page(script: ModuleType) -> None:
    names = ("hist-gradient-boosting", "easy-ensemble")
    kinds = ("reference", "ensemble")
    rivals = [row(script, n, k, 0.8, [0.6] * 5) for n, k in zip(names, kinds, strict=True)]
    pages = []
    for value in (0.5, 0.7):
        base = row(script, "baseline", "network", 0.8, [value, value + 0.1, value, value, value])
        found = {"digits-8": measured(script, "digits-8", base, *rivals)}
        text = "".join(f"<!-- ledger: {name} -->\nold\n<!-- end -->\n" for name in script.BLOCKS)
        pages.append(script.paged(text, found, {}))
    assert "\nold\n" not in pages[0]
    assert "| `baseline` | network | 0.520 |" in pages[0]
    assert "| `baseline` | network | 0.720 |" in pages[1]
    assert "less `easy-ensemble` | -8.0 [-8.0" not in pages[0], "an interval has a width"


def test_a_table_is_small_and_its_rarest_class_rare(script: ModuleType, ledger: ModuleType) -> None:
    for name, one in script.read(script.LEDGERS).items():
        assert one.about.rows == sum(one.about.classes.values()) < 20_000, name
        assert min(one.about.classes.values()) < 0.2 * one.about.rows, name
        assert {r.kind for r in one.rows.values()} == set(ledger.KINDS), name


def test_tables_of_absent_packages_are_skipped(
    script: ModuleType, sources: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = sources.TABLES["digits-8"]
    assert table.there
    absent = sources.Shipped("no-such-package", "", table.make, "digit", "")
    assert not absent.there
    script.TABLES["absent"] = absent
    try:
        script.train(
            "absent",
            tmp_path,
            tmp_path,
            script.Asked(),
            script.Output(script.Arguments(True, "cpu", False)),
        )
    finally:
        del script.TABLES["absent"]
    assert "skipped absent: no-such-package is not installed" in capsys.readouterr().out


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
def test_a_table_is_measured(
    script: ModuleType, ledger: ModuleType, sources: ModuleType, tmp_path: Path
) -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    labels = np.repeat(["common", "rare"], [100, 20])
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=120) + 2 * (labels == "rare"),
            "text": rng.choice(["a", "b"], 120),
            "label": labels,
        }
    )
    shipped = sources.Shipped("scikit-learn", "made here", lambda: frame, "label", "rare rows")
    one = script.measure("small", shipped, tmp_path, script.Asked("baseline", 10))
    assert one.about.classes == {"common": 100, "rare": 20}
    assert (one.about.numbers, one.about.categories) == (1, 1)
    assert {r.kind for r in one.rows.values()} == set(ledger.KINDS)
    assert {"baseline", "balanced-random-forest", "easy-ensemble", ledger.DIVIDED} <= set(one.rows)
    for found in one.rows.values():
        assert len(found.validation) == len(found.test) == 5
        assert 0.3 < np.mean(found.test) <= 1.0
