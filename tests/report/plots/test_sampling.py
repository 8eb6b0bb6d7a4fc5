"""The figure of what a sampler drew and what F1 it went by."""

from types import SimpleNamespace

import numpy as np
import pytest

import counterpoise
from counterpoise.records import EvaluationPart, RoundRecord
from counterpoise.report.plots.sampling import sampling


def row(stage: int, shares: tuple[float, float], f1: tuple[float, float]) -> RoundRecord:
    contrast = EvaluationPart(samples=20, loss=None, f1=f1)
    return PLAIN.model_copy(update={"stage_index": stage, "shares": shares, "contrast": contrast})


PLAIN = RoundRecord(round=1, updates=9, train_loss=0.5, lr=0.1, seconds=0.0, evaluation_seconds=0.0)


HISTORY = (
    row(0, (0.9, 0.1), (0.0, 0.0)),  # of a warm-up, which is not drawn
    row(1, (0.5, 0.5), (0.8, 0.2)),
    row(1, (0.2, 0.8), (0.7, 0.6)),
)


def report(*histories: tuple[RoundRecord, ...]) -> SimpleNamespace:
    experiment = SimpleNamespace(classes=("rare", "many"), counts=(10, 90))
    runs = {"tlc": tuple(SimpleNamespace(history=history) for history in histories)}
    return SimpleNamespace(experiment=experiment, runs=runs)


def test_lines_are_the_means_of_the_last_stage_from_head_to_tail() -> None:
    other = (row(1, (0.5, 0.5), (0.6, 0.4)), row(1, (0.4, 0.6), (0.9, 0.6)))
    figure = sampling(report(HISTORY, other), "tlc")  # type: ignore[arg-type]
    assert figure is not None
    shares, f1, ends = figure.panels
    many, rare, even = shares.marks
    assert many.label == "many (90)"
    np.testing.assert_allclose(many.y, [50, 70])
    np.testing.assert_allclose(rare.y, [50, 30])
    assert (even.at, even.horizontal) == (50.0, True)
    np.testing.assert_allclose(f1.marks[1].y, [0.7, 0.8])
    first, last = ends.marks
    np.testing.assert_allclose([first.x, first.y], [[0, 1], [0.3, 0.7]])
    np.testing.assert_allclose([last.x, last.y], [[0, 1], [0.6, 0.8]])
    np.testing.assert_allclose([first.low, first.high], [first.y, last.y])


@pytest.mark.parametrize("history", [(), (PLAIN,)])
def test_other_methods_have_none(history: tuple[RoundRecord, ...]) -> None:
    assert sampling(report(history), "tlc") is None  # type: ignore[arg-type]


def test_a_split_without_a_history_has_none() -> None:
    assert sampling(report(HISTORY, ()), "tlc") is None  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_comparison_draws_it(tmp_path) -> None:
    counterpoise.compare(
        "digits",
        methods=["baseline", "f1-driven"],
        profile="step:rho=20,mu=0.5",
        seeds=1,
        rounds=2,
        out=tmp_path,
        progress="silent",
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Sampling by F1: f1-driven" in page
    assert '<section id="sampling-f1-driven">' in page
    assert '<section id="sampling-baseline">' not in page


def test_many_classes_are_averaged_over_tenths() -> None:
    size = 200
    counts = tuple(range(2 * size, size, -1))  # head first
    f1 = np.linspace(1.0, 0.0, size)
    history = tuple(row(1, [1 / size] * size, list(f1 * scale)) for scale in (0.5, 1.0))
    experiment = SimpleNamespace(classes=tuple(map(str, range(size))), counts=counts)
    runs = {"tlc": (SimpleNamespace(history=history),)}
    figure = sampling(SimpleNamespace(experiment=experiment, runs=runs), "tlc")  # type: ignore[arg-type]
    assert figure is not None
    shares, middle, ends = figure.panels
    *lines, even = shares.marks
    assert [line.label for line in lines][::9] == ["commonest tenth", "rarest tenth"]
    np.testing.assert_allclose([line.y[0] for line in lines], 100 / size)
    assert even.at == 100 / size
    np.testing.assert_allclose(middle.marks[0].y, f1[:20].mean() * np.array([0.5, 1.0]))
    assert len(ends.marks[0].x) == 10
