"""What rounds recorded, as lines over updates."""

from dataclasses import replace

from counterpoise.records import EvaluationPart, RoundRecord
from counterpoise.report.runs import Run
from counterpoise.reproduce.curves import curve, draw_curves


def run(*values: float | None) -> Run:
    rounds = [
        RoundRecord(
            round=k, updates=5 * k, train_loss=0.1, lr=0.1, seconds=0.0, evaluation_seconds=0.0,
            test=EvaluationPart(samples=3, loss=0.1, accuracy=value),
        )
        for k, value in enumerate(values, 1)
    ]  # fmt: skip
    return Run("a", "seed-0", "ok", "A", history=tuple(rounds))


def test_a_curve_is_the_mean_as_far_as_all_runs_go() -> None:
    assert curve([run(0.25, 0.5, 0.75), run(0.75, 1.0)], "test", "accuracy") == (
        [5, 10], [0.5, 0.75],
    )  # fmt: skip


def test_without_records_there_is_no_curve() -> None:
    assert curve([run(0.25, 0.5), run()], "test", "accuracy") is None
    assert curve([run(0.25, None)], "test", "accuracy") is None
    assert curve([run(0.25)], "training", "accuracy") is None


def test_nothing_is_drawn_of_what_records_nothing_or_is_not_run(known, asked, tmp_path) -> None:
    assert not draw_curves(known, asked, tmp_path / "curves.svg")
    settings = {"train.record": "rounds"}
    recorded = replace(known, entry=known.entry.model_copy(update={"settings": settings}))
    assert not draw_curves(recorded, asked, tmp_path / "curves.svg")
    assert not (tmp_path / "curves.svg").exists()
