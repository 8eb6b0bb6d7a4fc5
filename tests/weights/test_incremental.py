"""IWCE: worked numbers and the invariants beside them."""

import pytest
import torch
import torch.nn.functional as F

from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy
from counterpoise.weights import Balanced, Incremental

COUNTS = ClassCounts((800, 400, 1000))
Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("epoch", "alpha", "expected"),
    [
        (0, 0.006737947, (0.9994385, 1.0056150, 0.9982032)),
        (100, 0.0820849986, (0.9931596, 1.0684042, 0.9781107)),
        (160, 0.3678794412, (0.9693434, 1.3065662, 0.9018988)),
        (199, 0.975309912, (0.9187242, 1.8127583, 0.7399174)),
        (200, 1.0, (0.9166667, 1.8333333, 0.7333333)),
    ],
)
def test_worked_rounds(epoch, alpha, expected) -> None:
    weights = Incremental(COUNTS, rounds=200)
    assert weights.alpha(epoch) == pytest.approx(alpha, rel=1e-9)
    weights.set_epoch(epoch)
    torch.testing.assert_close(weights.class_weights, torch.tensor(expected), rtol=2e-7, atol=0)


def test_worked_sum_to_classes() -> None:
    weights = Incremental(COUNTS, rounds=200, normalize="sum_to_classes")
    weights.set_epoch(160)
    expected = torch.tensor([0.9151056, 1.2334597, 0.8514347])
    torch.testing.assert_close(weights.class_weights, expected, rtol=2e-7, atol=0)


def test_worked_losses_at_alpha_0368() -> None:
    criterion = Weighted(CrossEntropy(), Incremental(COUNTS, rounds=200))
    by_weights = Weighted(CrossEntropy(), criterion.weights, normalize="weights")
    criterion.set_epoch(160)
    assert float(criterion(Z, TARGET)) == pytest.approx(0.70627465, abs=1e-7)
    assert float(by_weights(Z, TARGET)) == pytest.approx(0.62998720, abs=1e-7)


def test_from_cross_entropy_to_weighted_cross_entropy() -> None:
    weights = Incremental(COUNTS, rounds=50, temperature=0.1)
    criterion = Weighted(CrossEntropy(), weights)
    torch.testing.assert_close(criterion(Z, TARGET), F.cross_entropy(Z, TARGET))
    criterion.set_epoch(50)
    full = Weighted(CrossEntropy(), Balanced(COUNTS))
    torch.testing.assert_close(criterion(Z, TARGET), full(Z, TARGET))


def test_balanced_counts_are_cross_entropy_in_every_round() -> None:
    weights = Incremental(ClassCounts((9, 9, 9)), rounds=5)
    for epoch in range(7):
        weights.set_epoch(epoch)
        assert torch.equal(weights.class_weights, torch.ones(3))


def test_weights_go_one_way_and_keep_the_mean_over_the_training_set() -> None:
    weights = Incremental(COUNTS, rounds=20)
    rows = []
    for epoch in range(20):
        weights.set_epoch(epoch)
        rows.append(weights.class_weights.double())
    table = torch.stack(rows)
    steps = table.diff(dim=0)
    assert (steps[:, 1] > 0).all()
    assert (steps[:, [0, 2]] < 0).all()
    means = table @ torch.tensor([800.0, 400, 1000], dtype=torch.float64)
    torch.testing.assert_close(means, torch.full((20,), 2200.0, dtype=torch.float64))


def test_the_last_round_may_reach_the_final_weights() -> None:
    assert Incremental(COUNTS, rounds=10, reach_final=True).alpha(9) == 1.0
    assert Incremental(COUNTS, rounds=10).alpha(9) < 1.0
    assert Incremental(COUNTS, rounds=10).alpha(99) == 1.0


def test_the_round_is_in_the_state_dict() -> None:
    weights, fresh = Incremental(COUNTS, rounds=10), Incremental(COUNTS, rounds=10)
    weights.set_epoch(7)
    fresh.load_state_dict(weights.state_dict())
    assert torch.equal(fresh.class_weights, weights.class_weights)


@pytest.mark.parametrize(
    "wrong", [{"rounds": 0}, {"rounds": 5, "temperature": 0}, {"rounds": 5, "normalize": "sum"}]
)
def test_settings_outside_their_range(wrong) -> None:
    with pytest.raises(ArgumentError):
        Incremental(COUNTS, **wrong)


def test_rounds_are_counted_from_zero() -> None:
    with pytest.raises(ArgumentError, match="counted from 0"):
        Incremental(COUNTS, rounds=5).set_epoch(-1)
