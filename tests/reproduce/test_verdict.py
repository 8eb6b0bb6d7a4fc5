"""A claim holds when its interval leaves the opposite out; numbers by hand and by scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from counterpoise.reproduce.paper import Claim
from counterpoise.reproduce.verdict import differences, judge, undefined
from counterpoise.sweep.measured import Measured

CLAIM = Claim(says="a is better", higher="a", lower="b", metric="accuracy")


def cells(*pairs: tuple[list[float], list[float]], metric: str = "accuracy") -> list[Measured]:
    return [
        Measured({"rho": number}, {("a", metric): tuple(a), ("b", metric): tuple(b)})
        for number, (a, b) in enumerate(pairs)
    ]


def test_the_interval_is_that_of_a_paired_t_test() -> None:
    a, b = [0.5, 0.6, 0.7, 0.65, 0.8], [0.4, 0.55, 0.5, 0.6, 0.7]
    found = judge(CLAIM, cells((a[:2], b[:2]), (a[2:], b[2:])), faithful=True)
    low, high = stats.ttest_rel(a, b).confidence_interval()
    assert found.interval == pytest.approx((low, high))
    assert (found.said, found.pairs) == ("holds", 5)
    assert found.difference == pytest.approx(np.mean(np.subtract(a, b)))


@pytest.mark.parametrize(
    ("shift", "faithful", "said"),
    [(0.2, True, "holds"), (0.2, False, "same direction"), (-0.2, True, "does not hold"),
     (-0.2, False, "does not hold"), (0.0, True, "undecided")],
)  # fmt: skip
def test_each_verdict(shift, faithful, said) -> None:
    noise = [0.01, -0.012, 0.02, -0.005, 0.001, -0.01]
    pairs = ([0.5 + shift + e for e in noise], [0.5] * 6)
    assert judge(CLAIM, cells(pairs), faithful).said == said


def test_fewer_than_five_pairs_decide_nothing() -> None:
    found = judge(CLAIM, cells(([0.9] * 4, [0.1] * 4)), faithful=True)
    assert (found.said, found.why[:12]) == ("undecided", "1 more pair ")
    assert judge(CLAIM, [Measured({})], faithful=True).said == "not run"


def test_lower_is_better_turns_it_round() -> None:
    claim = CLAIM.model_copy(update={"metric": "nll"})
    assert differences(claim, cells(([0.1], [0.4]), metric="nll")) == pytest.approx([0.3])


def test_only_the_cells_that_a_claim_speaks_of() -> None:
    claim = CLAIM.model_copy(update={"at": {"rho": (1,)}})
    assert differences(claim, cells(([1.0], [0.0]), ([0.5], [0.25]))) == [0.25]


def test_undefined_values_are_no_pairs() -> None:
    some = cells(([1.0, math.nan, 0.5], [0.0, 0.5, 0.4]))
    assert differences(CLAIM, some) == pytest.approx([1.0, 0.1])
    assert undefined(CLAIM, some) == 1
    assert judge(CLAIM, some, True).why.endswith(
        "; 1 pair left out, in which accuracy is undefined"
    )


def test_it_says_how_many_pairs_may_decide() -> None:
    values = [0.1, -0.1, 0.12, -0.08, 0.1, -0.1]
    found = judge(CLAIM, cells(([0.5 + v for v in values], [0.5] * 6)), faithful=True)
    assert found.said == "undecided"
    half = (found.interval[1] - found.interval[0]) / 2
    needed = math.ceil(6 * (half / found.difference) ** 2) - 6
    assert found.why.startswith(f"{needed} more pairs")


def test_why_nothing_could_be_paired() -> None:
    alone = [Measured({"rho": 5}, {("a", "accuracy"): (0.5, 0.6)})]
    assert judge(CLAIM, alone, True).why == "b left out by --methods, or not finished"
    assert judge(CLAIM, [Measured({"rho": 5})], True).why == "no cell of it is finished"
    undefined = judge(CLAIM, cells(([0.5], [math.nan])), True)
    assert undefined.why == "in no repeat do both have a value of accuracy"


def test_equal_in_every_pair_is_not_higher() -> None:
    found = judge(CLAIM, cells(([0.5] * 5, [0.5] * 5)), True)
    assert (found.said, found.why) == ("does not hold", "equal in every pair")


@pytest.mark.parametrize(
    ("shift", "said"), [(0.0, "holds"), (0.011, "undecided"), (0.2, "does not hold")]
)
def test_about_equal_is_within_a_margin(shift, said) -> None:
    claim = CLAIM.model_copy(update={"within": 0.02})
    noise = [0.01, -0.012, 0.02, -0.005, 0.001, -0.01]
    found = judge(claim, cells(([0.5 + shift + e for e in noise], [0.5] * 6)), True)
    assert found.said == said
    assert "equal up to 0.02" in found.why


def test_a_claim_may_compare_cells() -> None:
    claim = CLAIM.model_copy(
        update={"lower": "a", "at": {"rho": (0,)}, "lower_at": {"rho": (1, 2)}}
    )
    found = cells(([0.9, 0.8], []), ([0.5, 0.6], []), ([0.1, 0.1], []))
    assert differences(claim, found) == pytest.approx([0.6, 0.45])


def test_what_cannot_be_judged_says_what_is_missing() -> None:
    claim = CLAIM.model_copy(update={"missing": "a second data set"})
    found = judge(claim, cells(([0.9] * 5, [0.1] * 5)), True)
    assert (found.said, found.why) == ("not run", "a second data set")


def test_what_is_calculated_is_decided_by_one_sign() -> None:
    found = cells(([100.0, 3.0], [1.0, 2.0]))
    assert judge(CLAIM, found, True).said == "undecided"
    assert judge(CLAIM, found, True, exact=True).said == "holds"
    assert judge(CLAIM, cells(([1.0, 0.0], [2.0, 3.0])), True, exact=True).said == "does not hold"
    assert judge(CLAIM, cells(([1.0, 4.0], [2.0, 3.0])), True, exact=True).said == "undecided"
    one = judge(CLAIM, cells(([2.0], [1.0])), False, exact=True)
    assert (one.said, one.pairs) == ("same direction", 1), "there is no second one to wait for"


def test_losses_are_compared_where_a_claim_takes_something_off() -> None:
    """One task falls from .99 to .97, the other from .90 to .80."""
    found = [
        Measured({"task": task, "rho": rho}, {("a", "auc"): values})
        for task, rho, values in (
            (1, 2, (0.99, 0.99)), (1, 50, (0.97, 0.96)), (2, 2, (0.9, 0.9)), (2, 50, (0.8, 0.7)),
        )
    ]  # fmt: skip
    claim = Claim(
        says="the harder task loses more", higher="a", lower="a", metric="auc",
        at={"task": (1,), "rho": (50,)}, lower_at={"task": (2,)}, less_at={"rho": (2,)},
    )  # fmt: skip
    assert differences(claim, found) == pytest.approx([0.08, 0.17])
    assert differences(claim, found[1:]) == []
