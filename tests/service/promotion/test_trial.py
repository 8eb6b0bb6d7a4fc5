"""What a trial refuses."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

from counterpoise.errors import CheckpointError
from counterpoise.predict import ExportedModel, Prediction
from counterpoise.service.promotion.trial import require_answers, times


class Model(SimpleNamespace):
    """Gives what it is told."""

    shape, dtype, classes = (1, 8, 8), np.dtype("uint8"), ("a", "b")

    def predict(self, samples) -> Prediction:
        if self.gives is None:
            raise RuntimeError("a bad node")
        table = np.full((len(samples), self.wide), self.gives)
        return Prediction(table.argmax(1), self.classes, table, table)


@pytest.mark.parametrize(
    ("gives", "wide", "said"),
    [(None, 2, "a bad node"), (np.nan, 2, "not finite"), (0.5, 3, r"\(2, 2\).*gave \(2, 3\)")],
)
def test_what_is_refused(gives, wide: int, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        require_answers(Model(gives=gives, wide=wide))


def test_times_are_of_each_model(exported) -> None:
    models = [ExportedModel.load(exported("x")), ExportedModel.load(exported("y", 0.1))]
    require_answers(models[0])
    assert all(0 < taken < 1000 for taken in times(models))


def test_a_fault_is_one_line(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "counterpoise.service.promotion.trial", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "export.json" in done.stderr
