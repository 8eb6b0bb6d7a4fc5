"""predictions.csv has a line for each test sample of each method, and the methods that matter."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise.errors import DataError
from counterpoise.npz import open_tables
from counterpoise.records import SamplesRecord
from counterpoise.report import collect, predictions
from counterpoise.report.predictions import FILE, write_predictions

Make = Callable[..., Path]


def read(out: Path) -> list[dict[str, str]]:
    with (out / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_test_sample_of_each_run_has_its_line(make: Make) -> None:
    out = make(per_class=4)
    collect(out).write(out)
    lines = read(out)
    assert len(lines) == 2 * 3 * 12
    assert {(line["method"], line["split"]) for line in lines} == {
        (m, f"seed-{n}") for m in ("baseline", "oversampling") for n in range(3)
    }
    scores = open_tables(out / "runs" / "baseline" / "seed-1" / "outputs.npz")["test_scores"]
    mine = [line for line in lines if (line["method"], line["split"]) == ("baseline", "seed-1")]
    for number, line in enumerate(mine):
        row = np.asarray(scores[number : number + 1])[0]
        order = np.argsort(-row)
        assert line["sample"] == str(number)
        assert line["true"] == f"class {number // 4}"
        assert line["predicted"] == line["class_1"] == f"class {order[0]}"
        assert [line[f"class_{n}"] for n in (1, 2, 3)] == [f"class {k}" for k in order]
        assert float(line["score_3"]) == pytest.approx(row[order[2]], rel=1e-3)


def test_samples_are_called_as_their_files_are(make: Make) -> None:
    out = make(per_class=2, splits=("fold-0", "fold-1"))
    record = SamplesRecord(names=tuple(f"a, b/{n}.png" for n in range(10_006)))
    (out / "splits" / "samples.json").write_text(record.text())
    collect(out).write(out)
    names = {line["split"]: line["sample"] for line in read(out)}
    assert names == {"fold-0": "a, b/5.png", "fold-1": "a, b/10005.png"}


@pytest.mark.parametrize("classes", [2, 5, 25])
def test_five_classes_at_most_and_ties_in_their_order(make: Make, classes: int) -> None:
    out = make(counts=(20,) * classes, per_class=1, methods=("baseline",))
    path = out / "runs" / "baseline" / "seed-0" / "outputs.npz"
    arrays: dict[str, Any] = dict(np.load(path))
    table = np.full((classes, classes), 1 / classes, dtype=np.float32)
    arrays |= {"test_scores": table, "test_probabilities": table}
    np.savez(path, **arrays)
    collect(out).write(out)
    line = read(out)[0]
    shown = min(5, classes)
    assert [line[f"class_{n + 1}"] for n in range(shown)] == [f"class {k}" for k in range(shown)]
    assert f"class_{shown + 1}" not in line


def test_the_method_to_use_and_the_baseline_are_kept_where_lines_are_too_many(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods = {"one": {}, "baseline": {}, "best": {"skill": 4.0}, "two": {}}
    out = make(methods=methods, per_class=4)
    monkeypatch.setattr(predictions, "MOST_LINES", 2 * 3 * 12 + 5)
    assert set(write_predictions(collect(out), out)) == {"best", "baseline"}
    assert {line["method"] for line in read(out)} == {"best", "baseline"}


def test_runs_of_a_ledger_have_no_lines_and_an_old_file_goes(make: Make) -> None:
    out = make(methods={"baseline": {"no_outputs": True}, "margins": {"margins": True}})
    assert write_predictions(collect(out), out) == ("margins",)
    other = make(methods={"baseline": {"no_outputs": True}})
    (other / FILE).write_text("of an earlier comparison")
    collect(other).write(other)
    assert not (other / FILE).exists()


def test_damaged_names_are_an_error_that_names_them(make: Make) -> None:
    out = make()
    (out / "splits" / "samples.json").write_text("[]")
    with pytest.raises(DataError, match=r"samples\.json is damaged"):
        write_predictions(collect(out), out)
