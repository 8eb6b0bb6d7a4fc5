"""Means over classes of similar size, held to a slow loop."""

from types import SimpleNamespace

import numpy as np
import pytest

from counterpoise.metrics import Evaluation
from counterpoise.report import collect
from counterpoise.report.by_size import by_class, by_size
from counterpoise.report.runs import Run


def run(split: str, matrix: list[list[int]]) -> Run:
    return Run("baseline", split, "ok", "Baseline", test=Evaluation(np.array(matrix)))


FIRST = [[8, 1, 1], [2, 3, 0], [0, 0, 0]]  # methods.md 1.3
SECOND = [[5, 5, 0], [0, 5, 0], [1, 0, 4]]


def asked(first: tuple[int, ...], second: tuple[int, ...]) -> SimpleNamespace:
    return SimpleNamespace(
        classes=("a", "b", "c"), counts=first, counts_per_split={"s0": first, "s1": second}
    )


def test_the_worked_numbers_and_a_class_without_samples() -> None:
    runs = [run("s0", FIRST)]
    assert by_class(runs, "precision") == (0.8, 0.75, None)
    assert by_class(runs, "recall") == (0.8, 0.6, None)
    assert by_class(runs, "f1") == pytest.approx((0.8, 2 / 3, None))


def test_a_class_is_averaged_over_the_splits_that_test_it() -> None:
    found = by_class([run("s0", FIRST), run("s1", SECOND)], "precision")
    assert found == pytest.approx(((0.8 + 5 / 6) / 2, (0.75 + 0.5) / 2, 1.0))


def test_each_split_has_its_own_smallest_class() -> None:
    groups = by_size(asked((5, 50, 500), (500, 50, 5)), [run("s0", FIRST), run("s1", SECOND)])
    assert [group.name for group in groups] == ["S1", "S2", "few", "medium", "many"]
    first = groups[0]
    assert first.classes == ((0,), (2,))
    assert first.recall == pytest.approx((0.8 + 0.8) / 2)
    assert first.f1 == pytest.approx((0.8 + 2 * 4 / (5 + 4)) / 2)
    assert groups[1].classes == ((1,), (1,))
    many = groups[-1]
    assert many.classes == ((2,), (0,))
    assert many.recall == 0.5  # class c has no test sample in s0


def test_borders_and_ties() -> None:
    groups = {g.name: g for g in by_size(asked((20, 20, 100), (20, 20, 101)),
                                         [run("s0", SECOND), run("s1", SECOND)])}  # fmt: skip
    assert groups["S1"].classes == ((0,), (0,))
    assert groups["S2"].classes == ((1,), (1,))
    assert "few" not in groups
    assert groups["medium"].classes == ((0, 1, 2), (0, 1))
    assert groups["many"].classes == ((), (2,))


def test_a_run_without_scores_has_none() -> None:
    nothing = Run("baseline", "s0", "ok", "Baseline")
    assert by_class([nothing], "f1") is None
    assert by_size(asked((1, 2, 3), (1, 2, 3)), [nothing]) == ()


def test_report_json_has_them(make) -> None:
    table = collect(make()).as_json()["methods"][0]
    assert len(table["precision"]) == len(table["f1"]) == 3
    assert [group["name"] for group in table["by_size"]] == ["S1", "S2", "few", "medium", "many"]
    assert table["by_size"][0]["classes"] == [2, 2, 2]
    assert table["by_size"][0]["f1"] == pytest.approx(table["f1"][2])
    assert "classes" not in table["by_size"][2]
    assert table["by_size"][2]["num_classes"] == [1, 1, 1]
