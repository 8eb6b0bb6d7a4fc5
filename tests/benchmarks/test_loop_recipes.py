"""What a retraining is trained by: the table of the page is that of the ledger."""

from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import loop_recipes

    return loop_recipes


def test_the_page_has_the_table_of_the_ledger(script: ModuleType) -> None:
    rows = script.read(script.LEDGERS, "digits")
    assert {row.seed for row in rows} == set(range(script.SEEDS["digits"]))
    made = "\n".join((*script.HEADING, *script.table("digits", rows)))
    assert made in (ROOT / "docs" / "results" / "loop.md").read_text("utf-8")


def test_what_a_way_changed(script: ModuleType) -> None:
    rows = [
        script.Row("digits", seed, way, recall, balanced, 0.0)
        for seed in (0, 1)
        for way, recall, balanced in (("first", 0.5, 0.75), ("tlc", 0.75, 0.5 + seed / 4))
    ]
    assert script.column(rows, "tlc", "balanced").tolist() == [0.5, 0.75]
    _, line = script.table("digits", rows)
    assert line.startswith("| digits | tlc | 0.625 | -12.5 [")
    assert "| 0.750 | +25.0 [+25.0, +25.0] |" in line
