"""What is said of a retraining that came to its end."""

import json
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.labelling.held_out import LEAST, Judged
from counterpoise.service.labelling.outcome import measured


def test_it_says_of_how_many_frames_and_what_is_missing() -> None:
    record = SimpleNamespace(seconds=2.5, method="tlc")
    made, runs = SimpleNamespace(classes=("a", "b")), SimpleNamespace(classes=("a", "b", "c"))
    assert json.loads(measured(Judged(9, 2, 0.75), record, made, runs, 1)) == {
        "balanced_accuracy": 0.75, "judged": 9, "judged_classes": 2, "least": LEAST, "classes": 2,
        "seconds": 2.5, "method": "tlc", "among": 1, "missing": ["c"],
    }  # fmt: skip
