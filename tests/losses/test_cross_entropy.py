"""Cross-entropy: worked numbers, torch, and its limit cases."""

import pytest
import torch
import torch.nn.functional as F

from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])


def test_worked_numbers() -> None:
    each = CrossEntropy(reduction="none")(Z, TARGET)
    expected = torch.tensor([0.40760596, 0.40760596, 0.51226877, 1.09861229], dtype=torch.float64)
    torch.testing.assert_close(each, expected, rtol=0, atol=1e-8)
    assert float(CrossEntropy()(Z, TARGET)) == pytest.approx(0.60652325, abs=1e-8)


def test_slow_loop_with_label_smoothing() -> None:
    smoothing = 0.3
    loss = CrossEntropy(label_smoothing=smoothing, reduction="none")(Z, TARGET)
    for i in range(4):
        p = [float(torch.exp(z)) for z in Z[i]]
        total = sum(p)
        expected = 0.0
        for k in range(3):
            wanted = smoothing / 3 + (1 - smoothing) * (k == int(TARGET[i]))
            expected -= wanted * float(torch.log(torch.tensor(p[k] / total)))
        assert float(loss[i]) == pytest.approx(expected, abs=1e-6)


def test_dense_targets_are_an_expectation_over_hard_ones() -> None:
    dense = torch.tensor([[0.2, 0.5, 0.3]] * 4)
    loss = CrossEntropy(reduction="none")
    hard = [loss(Z, torch.full((4,), k)) for k in range(3)]
    expected = 0.2 * hard[0] + 0.5 * hard[1] + 0.3 * hard[2]
    torch.testing.assert_close(loss(Z, dense), expected, rtol=1e-6, atol=1e-6)


def test_a_dense_target_of_0_asks_nothing_of_a_class_without_a_chance() -> None:
    logits = torch.tensor([[1.0, 0.5, -torch.inf]], requires_grad=True)
    dense = torch.tensor([[0.25, 0.75, 0.0]])
    value = CrossEntropy()(logits, dense)
    torch.testing.assert_close(value, CrossEntropy()(logits[:, :2], dense[:, :2]))
    (gradient,) = torch.autograd.grad(value, logits)
    assert gradient.isfinite().all()
    assert gradient[0, 2] == 0
    asked = torch.tensor([[0.25, 0.5, 0.25]])
    assert CrossEntropy()(logits, asked).detach() == torch.inf
    assert CrossEntropy(label_smoothing=0.1)(logits, dense).detach() == torch.inf


def test_two_samples_and_two_classes_are_not_taken_for_dense_targets() -> None:
    with pytest.raises(ArgumentError, match="class indices"):
        CrossEntropy()(torch.zeros(2, 2), torch.zeros(2, 2, dtype=torch.int64))


def test_half_precision_is_computed_in_float32() -> None:
    half = Z.half()
    assert torch.equal(CrossEntropy()(half, TARGET), CrossEntropy()(half.float(), TARGET))


def test_no_smoothing_is_plain_torch() -> None:
    torch.testing.assert_close(CrossEntropy()(Z, TARGET), F.cross_entropy(Z, TARGET))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan")])
def test_smoothing_outside_its_range(smoothing) -> None:
    with pytest.raises(ArgumentError, match="label_smoothing"):
        CrossEntropy(label_smoothing=smoothing)
