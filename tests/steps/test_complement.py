"""COT: worked numbers, two updates with a new forward between, limit cases."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import ComplementCrossEntropy, CrossEntropy
from counterpoise.steps import Complement
from counterpoise.steps.complement import complement_entropy
from counterpoise.weights import Balanced

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])


class Fixed(nn.Module):
    """Logits that are the inputs plus a parameter."""

    def __init__(self, num_classes=3) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(num_classes, dtype=torch.float64))

    def forward(self, inputs):
        return inputs + self.shift


def losses_of(step, batch, criterion=None, rate=0.0):
    """Both losses of a step, with gradient descent at `rate` between them."""
    model, made = Fixed(batch.inputs.shape[1]), []

    def update(loss, number):
        made.append((number, loss.detach()))
        (gradient,) = torch.autograd.grad(loss, model.shift)
        with torch.no_grad():
            model.shift -= rate * gradient

    returned = step(model, batch, criterion or Weighted(CrossEntropy()), update)
    assert [number for number, _ in made] == [0, 1]
    assert returned == made[0][1]
    return made[0][1], made[1][1], model


def test_worked_numbers_of_both_normalizers() -> None:
    first, second, _ = losses_of(Complement(), Batch(Z, TARGET))
    assert float(first) == pytest.approx(0.60652325, abs=1e-8)
    assert float(second) == pytest.approx(-0.31821568, abs=1e-8)
    _, second, _ = losses_of(Complement(normalizer="K"), Batch(Z, TARGET))
    assert float(second) == pytest.approx(-0.21214379, abs=1e-8)


def test_the_loss_and_the_step_mean_the_same_entropy() -> None:
    cce = ComplementCrossEntropy(reduction="none")(Z, TARGET)
    entropy = 2 * (F.cross_entropy(Z, TARGET, reduction="none") - cce)
    torch.testing.assert_close(complement_entropy(Z, TARGET), entropy)


def test_the_second_update_sees_the_model_after_the_first() -> None:
    model = Fixed()
    F.cross_entropy(model(Z), TARGET).backward()
    moved = Z - 0.5 * model.shift.grad
    _, second, _ = losses_of(Complement(), Batch(Z, TARGET), rate=0.5)
    expected = -complement_entropy(moved, TARGET).mean() / 2
    torch.testing.assert_close(second, expected)


def test_the_second_update_flattens_the_wrong_classes() -> None:
    inputs = torch.tensor([[0.0, 2.0, -2.0]], dtype=torch.float64)
    silent = Weighted(CrossEntropy(), ignore_index=0)  # the first update then does nothing
    batch = Batch(inputs, torch.tensor([0]))
    _, _, model = losses_of(Complement(), batch, Weighted(CrossEntropy()), rate=1.0)
    gap = (inputs + model.shift.detach())[0]
    assert float(gap[1] - gap[2]) < 4.0
    _, second, model = losses_of(Complement(), batch, silent, rate=1.0)
    assert float(second) == 0.0
    assert torch.equal(model.shift.detach(), torch.zeros(3, dtype=torch.float64))


def test_class_weights_stay_out_of_the_second_update() -> None:
    weighted = Weighted(CrossEntropy(), Balanced(ClassCounts((800, 400, 1000))))
    first, second, _ = losses_of(Complement(), Batch(Z, TARGET), weighted)
    assert float(first) == pytest.approx(0.87767567, abs=1e-7)
    assert float(second) == pytest.approx(-0.31821568, abs=1e-8)


def test_sample_weights_and_shares_are_in_both() -> None:
    weight = torch.tensor([1.0, 0.0, 2.0, 1.0])
    each = complement_entropy(Z, TARGET)
    _, second, _ = losses_of(Complement(), Batch(Z, TARGET, weight=weight))
    torch.testing.assert_close(second, -(weight * each).sum() / 4 / 2)
    other, share = TARGET.roll(1), torch.tensor([0.2, 0.5, 1.0, 0.7])
    _, second, _ = losses_of(Complement(), Mixed(Z, TARGET, other, share))
    mixed = share * each + (1 - share) * complement_entropy(Z, other)
    torch.testing.assert_close(second, -mixed.mean() / 2)


def test_ignored_samples_are_in_neither() -> None:
    marked = torch.tensor([0, -100, 2, -100])
    criterion = Weighted(CrossEntropy(), ignore_index=-100)
    _, second, _ = losses_of(Complement(), Batch(Z, marked), criterion)
    expected = -complement_entropy(Z[[0, 2]], TARGET[[0, 2]]).mean() / 2
    torch.testing.assert_close(second, expected)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")], ids=str)
def test_ignored_samples_are_in_neither_whatever_their_logits(wrong) -> None:
    inputs, marked = Z.clone(), torch.tensor([0, -100, 2, -100])
    inputs[[1, 3]] = wrong
    criterion = Weighted(CrossEntropy(), ignore_index=-100)
    for batch in (
        Batch(inputs, marked),
        Mixed(inputs, marked, marked, torch.full((4,), 0.5, dtype=torch.float64)),
    ):
        first, second, model = losses_of(Complement(), batch, criterion, rate=1.0)
        expected = losses_of(Complement(), Batch(Z[[0, 2]], TARGET[[0, 2]]), criterion, rate=1.0)
        torch.testing.assert_close((first, second), expected[:2])
        torch.testing.assert_close(model.shift, expected[2].shift)


def test_a_wrong_class_without_a_chance_has_no_part_in_the_entropy() -> None:
    logits = torch.tensor([[0.0, 1.0, 0.5, -torch.inf]], requires_grad=True)
    entropy = complement_entropy(logits, torch.tensor([0]))
    three = logits.detach()[:, :3].clone().requires_grad_()
    expected = complement_entropy(three, torch.tensor([0]))
    torch.testing.assert_close(entropy, expected)
    (gradient,) = torch.autograd.grad(entropy.sum(), logits)
    assert gradient[0, 3] == 0
    torch.testing.assert_close(gradient[:, :3], torch.autograd.grad(expected.sum(), three)[0])


def test_flat_wrong_classes_have_the_largest_entropy() -> None:
    flat = torch.tensor([[9.0, -1.0, -1.0, -1.0]])
    assert float(complement_entropy(flat, torch.tensor([0]))) == pytest.approx(math.log(3))


def test_two_classes_warn_and_change_nothing() -> None:
    batch = Batch(Z[:, :2], torch.tensor([0, 1, 1, 0]))
    with pytest.warns(UserWarning, match="always 0"):
        _, second, _ = losses_of(Complement(), batch)
    assert float(second) == 0.0


def test_another_normalizer() -> None:
    with pytest.raises(ArgumentError, match="normalizer"):
        Complement(normalizer="N")
