"""The list of entries."""

import os
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from counterpoise.records import ReportRecord
from counterpoise.reproduce.listing import listing, seconds_a_run


def test_runs_time_and_what_is_missing(known, tmp_path) -> None:
    text = "\n".join(listing([known], tmp_path, None))
    assert "40 runs in the paper (2 rho x 2 methods x 10 repeats), time not measured" in text
    assert "\n    data: digits\n" in text
    assert text.endswith("Run one: counterpoise reproduce ab2020/table1 --seeds 3 --scale 0.1")


def test_the_entry_to_begin_with_is_the_one_with_the_fewest_runs(known, tmp_path) -> None:
    few = replace(known, name="ab2020/table2", entry=known.entry.model_copy(update={"seeds": 1}))
    away = {"files": ("nowhere-*.pth",), "seeds": 1}
    gone = replace(known, name="ab2020/table3", entry=known.entry.model_copy(update=away))
    *_, last = listing([known, gone, few], tmp_path, str(tmp_path))
    assert last == "Run one: counterpoise reproduce ab2020/table2 --seeds 3 --scale 0.1"


def test_time_is_of_the_last_run_of_the_same_entry(known, tmp_path, monkeypatch) -> None:
    seconds = {"table1": 4.0, "table1-scale-0.01": 3.0, "table10": 9.0, "table1-scale-x": 9.0}
    monkeypatch.setattr(
        ReportRecord,
        "read",
        lambda path: SimpleNamespace(
            methods=[SimpleNamespace(seconds=seconds[path.parent.parent.name])]
        ),
    )
    for age, folder in enumerate(seconds):
        path = tmp_path / "ab2020" / folder / "rho=5" / "report.json"
        path.parent.mkdir(parents=True)
        path.write_text("", "utf-8")
        os.utime(path, (age, age))
    assert seconds_a_run(known, tmp_path) == pytest.approx(6.0)  # one round of the paper's two
    shutil.rmtree(tmp_path / "ab2020" / "table1-scale-0.01")
    assert seconds_a_run(known, tmp_path) == pytest.approx(4.0)
