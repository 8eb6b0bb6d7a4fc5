"""Intervals of metrics where classes are predicted without an error."""

import math

import numpy as np
import pytest

from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.findings import Measured
from counterpoise.report.evaluation.unseen_errors import Found, widened, wilson


def judged(right: dict[int, int], wrong: dict[int, int], groups: object = None):
    """Classes -> numbers of samples; a wrong one is taken for the next class."""
    labels = [k for k, n in right.items() for _ in range(n)]
    predicted = list(labels)
    labels += [k for k, n in wrong.items() for _ in range(n)]
    number = max(labels) + 1
    predicted += [(k + 1) % number for k, n in wrong.items() for _ in range(n)]
    scores = np.full((len(labels), number), 0.1)
    scores[np.arange(len(labels)), predicted] = 0.8
    names = [str(n) for n in range(len(labels))]
    given = None if groups is None else np.asarray(groups)
    classes = tuple("abc"[:number])
    return judge("set", "m", classes, np.array(labels), names, scores, None, given).metrics


def test_no_error_at_all_is_no_certainty() -> None:
    found = judged({0: 75, 1: 10}, {})
    z2 = 1.959964**2
    rare, often, all_of_them = (n / (n + z2) for n in (10, 75, 85))  # Wilson's where all are right
    low, high = found["balanced_accuracy"].interval
    assert low == pytest.approx(1 - math.hypot((1 - rare) / 2, (1 - often) / 2), abs=1e-6)
    assert high == 1
    assert found["worst_recall"].interval == (pytest.approx(rare, abs=1e-6), 1)
    assert found["accuracy"].interval == (pytest.approx(all_of_them, abs=1e-6), 1)
    low = math.exp(-math.hypot(math.log(rare) / 2, math.log(often) / 2))
    assert found["g_mean"].interval == (pytest.approx(low, abs=1e-6), 1)
    for name in ("macro_f1", "auc", "average_precision", "mcc"):
        assert found[name].value == pytest.approx(1)
        assert found[name].interval is None, name


def test_groups_are_what_is_independent() -> None:
    apart = judged({0: 6, 1: 6}, {})["balanced_accuracy"].interval
    groups = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    together = judged({0: 6, 1: 6}, {}, groups)["balanced_accuracy"].interval
    assert together[0] == pytest.approx(1 - math.sqrt(2) * (1 - wilson(2, 2)[0]) / 2)
    assert together[0] < apart[0] < 1


def test_a_class_without_an_error_is_uncertain_beside_others() -> None:
    drawn = {
        "balanced_accuracy": Measured(0.8, (0.7, 0.85)),
        "worst_recall": Measured(0.6, (0.5, 0.7)),
    }
    found = widened(drawn | _rest(), [Found(1.0, 3), Found(0.6, 50)], 53)
    rare = 1 - wilson(3, 3)[0]
    low, high = found["balanced_accuracy"].interval
    assert (low, high) == (pytest.approx(0.8 - math.hypot(0.1, rare / 2)), pytest.approx(0.85))
    assert found["worst_recall"].interval == (pytest.approx(1 - rare), 0.7)
    unchanged = widened(drawn | _rest(), [Found(0.9, 30), Found(0.6, 50)], 80)
    assert unchanged == drawn | _rest()


def _rest() -> dict[str, Measured]:
    return {"accuracy": Measured(0.9, (0.8, 0.95)), "g_mean": Measured(None, None)}


def test_a_class_that_was_never_found_may_be_found_elsewhere() -> None:
    found = judged({0: 90, 1: 70}, {0: 10, 1: 30, 2: 4})
    level = 1 - 0.1 / 3  # 5 % / 3 on the one side that matters
    assert found["worst_recall"].interval == (0, pytest.approx(wilson(0, 4, level)[1]))
    assert found["balanced_accuracy"].interval[1] > 0.53 + wilson(0, 4)[1] / 3
    assert found["g_mean"].interval is None
