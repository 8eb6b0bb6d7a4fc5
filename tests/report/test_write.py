"""The files of a report are written whole, and the results before anything is drawn."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.errors import OutputError
from counterpoise.report import collect
from counterpoise.report import write as writing
from counterpoise.report.write import write

Make = Callable[..., Path]


def test_unwritable_folder(make: Make) -> None:
    out = make()
    target = out / "experiment.json" / "inside"
    with pytest.raises(OutputError, match=r"inside/report\.json: Not a directory"):
        write(collect(out), target)


def test_results_are_written_before_anything_is_drawn(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    out = make()
    monkeypatch.setattr(writing, "page", fail)
    with pytest.raises(KeyboardInterrupt):
        collect(out).write(out)
    assert json.loads((out / "report.json").read_text())["best"]
