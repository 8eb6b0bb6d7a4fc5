"""LE: worked numbers and invariants."""

import subprocess
import sys

import pytest
import torch
import torch.distributed as dist

from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import ComplementCrossEntropy, CrossEntropy, UnevenMargin
from counterpoise.weights import BatchBalanced

TARGET = torch.tensor([0, 0, 0, 0, 1, 1, 2])
COST = torch.tensor([0.2, 0.4, 0.6, 0.8, 1, 3, 2], dtype=torch.float64)


def totals(target, values, num_classes=3):
    return torch.zeros(num_classes, dtype=values.dtype).scatter_add(0, target, values)


def test_worked_count_balance() -> None:
    factor = BatchBalanced(3).weights(TARGET, COST)
    expected = [0.5833333] * 4 + [1.1666667] * 2 + [2.3333333]
    assert factor.tolist() == pytest.approx(expected, abs=1e-7)
    assert totals(TARGET, factor * COST).tolist() == pytest.approx(
        [1.1666667, 4.6666667, 4.6666667]
    )
    assert float((factor * COST).mean()) == pytest.approx(1.5)
    assert float(COST.mean()) == pytest.approx(1.1428571)


def test_worked_magnitude_balance() -> None:
    factor = BatchBalanced(3, mode="magnitude").weights(TARGET, COST)
    expected = [1.3333333] * 4 + [0.6666667] * 2 + [1.3333333]
    assert factor.tolist() == pytest.approx(expected, abs=1e-7)
    assert totals(TARGET, factor * COST).tolist() == pytest.approx([2.6666667] * 3)
    assert float((factor * COST).mean()) == pytest.approx(1.1428571)


def test_the_mean_of_the_class_means() -> None:
    factor = BatchBalanced(3).weights(TARGET, COST)
    means = [COST[k == TARGET].mean() for k in range(3)]
    assert float((factor * COST).mean()) == pytest.approx(float(sum(means) / 3))
    assert float(factor.sum()) == pytest.approx(7)
    assert totals(TARGET, factor).tolist() == pytest.approx([7 / 3] * 3)


@pytest.mark.parametrize("target", [[0, 0, 1, 1, 2, 2], [1] * 6], ids=["equal", "one class"])
def test_equal_counts_and_a_single_class_are_the_plain_mean(target) -> None:
    factor = BatchBalanced(3).weights(torch.tensor(target), COST[:6])
    torch.testing.assert_close(factor, torch.ones(6, dtype=torch.float64))


def test_copies_of_a_class_and_order_change_nothing() -> None:
    balance = BatchBalanced(3)
    value = (balance.weights(TARGET, COST) * COST).mean()
    three = torch.cat((TARGET, TARGET[4:6], TARGET[4:6]))
    cost = torch.cat((COST, COST[4:6], COST[4:6]))
    torch.testing.assert_close((balance.weights(three, cost) * cost).mean(), value)
    order = torch.tensor([6, 2, 4, 0, 1, 5, 3])
    for mode in ("count", "magnitude"):
        balance = BatchBalanced(3, mode=mode)
        factor = balance.weights(TARGET, COST)
        torch.testing.assert_close(balance.weights(TARGET[order], COST[order]), factor[order])


@pytest.mark.parametrize("mode", ["count", "magnitude"])
def test_absent_classes_change_nothing(mode) -> None:
    few, many = BatchBalanced(3, mode=mode), BatchBalanced(50, mode=mode)
    assert torch.equal(few.weights(TARGET, COST), many.weights(TARGET, COST))


def test_magnitude_equals_the_plain_mean_with_equal_class_parts() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(7, 3, generator=random, dtype=torch.float64, requires_grad=True)
    criterion = Weighted(CrossEntropy(), BatchBalanced(3, mode="magnitude"))
    value = criterion(logits, TARGET)
    cost = CrossEntropy().per_sample(logits, TARGET)
    torch.testing.assert_close(value, cost.mean())
    (ours,) = torch.autograd.grad(value, logits, retain_graph=True)
    class_losses = totals(TARGET, cost)
    geometric = class_losses.sum().detach() / 7 * class_losses.log().mean()
    (expected,) = torch.autograd.grad(geometric, logits)
    torch.testing.assert_close(ours, expected)


def test_magnitude_with_nothing_to_balance() -> None:
    factor = BatchBalanced(3, mode="magnitude").weights(TARGET, torch.zeros(7))
    assert torch.equal(factor, torch.zeros(7))


def test_magnitude_is_capped_at_ten_unless_told_otherwise() -> None:
    cost = torch.tensor([1.0, 1e-6])
    target = torch.tensor([0, 1])
    assert float(BatchBalanced(2, mode="magnitude").weights(target, cost)[1]) == 10.0
    free = BatchBalanced(2, mode="magnitude", max_weight=float("inf"))
    assert float(free.weights(target, cost)[1]) == pytest.approx(5e5, rel=1e-4)
    counted = BatchBalanced(3, max_weight=1.0)
    assert counted.weights(TARGET, COST).max() == 1.0


def test_any_loss_that_is_never_negative() -> None:
    logits = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    for mode in ("count", "magnitude"):
        assert Weighted(UnevenMargin(tau=1), BatchBalanced(3, mode=mode))(logits, TARGET) > 0
    Weighted(ComplementCrossEntropy(), BatchBalanced(3))
    with pytest.raises(ArgumentError, match="may not be negative"):
        Weighted(ComplementCrossEntropy(), BatchBalanced(3, mode="magnitude"))


def test_milder_than_global_weights_by_a_known_amount() -> None:
    """Shares of total weight at B = 64 on counts of eight classes of Caltech-101."""
    counts = torch.tensor([7.0, 14, 28, 100, 139, 335, 698, 700])
    expected = torch.tensor([0.0292, 0.0539, 0.0917, 0.1593, 0.1649, 0.1670, 0.1670, 0.1670])
    random = torch.Generator().manual_seed(0)
    balance, share, batches = BatchBalanced(8), torch.zeros(8), 3000
    for _ in range(batches):
        target = torch.multinomial(counts, 64, replacement=True, generator=random)
        share += totals(target, balance.weights(target, torch.ones(64)), 8) / 64
    torch.testing.assert_close(share / batches, expected, rtol=0, atol=0.004)


def test_unknown_settings() -> None:
    for wrong in ({"mode": "counts"}, {"num_classes": 1}, {"max_weight": 0}):
        with pytest.raises(ArgumentError):
            BatchBalanced(**({"num_classes": 3} | wrong))


SYNCED = """
import sys
import torch
import torch.distributed as dist
from counterpoise.weights import BatchBalanced

rank, file = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
target, cost = torch.tensor([0, 0, 0, 0, 1, 2]), torch.tensor([0.2, 0.4, 0.6, 0.8, 1, 3])
for mode in ("count", "magnitude"):
    whole = BatchBalanced(3, mode=mode).weights(target, cost)
    mine = BatchBalanced(3, mode=mode, sync=True).weights(target[rank::2], cost[rank::2])
    torch.testing.assert_close(mine, whole[rank::2])
    alone = BatchBalanced(3, mode=mode).weights(target[rank::2], cost[rank::2])
    assert not torch.allclose(alone, whole[rank::2])
dist.destroy_process_group()
"""


@pytest.mark.system
@pytest.mark.skipif(not dist.is_gloo_available(), reason="this torch has no gloo")
def test_two_processes_balance_their_common_batch(tmp_path) -> None:
    file = str(tmp_path / "rendezvous")
    ranks = [subprocess.Popen([sys.executable, "-c", SYNCED, str(rank), file]) for rank in range(2)]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
