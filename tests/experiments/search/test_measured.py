"""Which of several runs is the best on validation."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from counterpoise.experiments.search.measured import Measured, averaged, best_of, measure
from counterpoise.metrics.names import REVISIONS
from counterpoise.records import RunRecord


def test_ties_go_to_the_first_and_a_point_without_value_to_nobody() -> None:
    values = [None, 0.5, 0.75, 0.75]
    measured = [Measured("ok", values={"g_mean": value}) for value in values]
    assert best_of(measured, "g_mean") == 2
    assert best_of([Measured("diverged"), Measured("diverged")], "g_mean") == 0


def test_a_search_goes_by_no_value_of_an_earlier_definition(tmp_path: Path) -> None:
    """A ledger's AUC of two margins from before they were ranked by their difference."""

    def auc(**more: Any) -> float | None:
        record = RunRecord(
            method="cnsvm",
            title="CNSVM",
            split="seed-0",
            status="ok",
            scores="margins",
            validation_values={"auc": 0.75, "g_mean": 0.5},
            **more,
        )
        (tmp_path / "report.json").write_text(record.text())
        context = cast("Any", SimpleNamespace(out=tmp_path, classes=("a", "b")))
        found = measure(cast("Any", SimpleNamespace(folder="")), context).values
        assert found["g_mean"] == 0.5
        return found["auc"]

    assert auc() is None
    assert auc(revisions=REVISIONS) == 0.75


def test_a_mean_needs_every_split() -> None:
    good = Measured("ok", None, 1.0, {"auc": 0.5, "nll": None}, (0.5, None))
    other = Measured("ok", None, 2.0, {"auc": 1.0, "nll": 0.1}, (1.0, 1.0))
    mean = averaged([good, other])
    assert mean.values == {"auc": 0.75, "nll": None}
    assert mean.recall == (0.75, None)
    broken = averaged([good, Measured("diverged", "loss became inf", 4.0)])
    assert (broken.status, broken.error, broken.seconds) == ("diverged", "loss became inf", 5.0)
    assert not broken.values
    assert averaged([good]) is good
