"""CNUSVM's hinge: worked numbers, a slow loop, and its invariants."""

import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses import UnevenMargin

FEATURES = torch.tensor([[1, 2], [0.5, -1], [-1, 0.5]], dtype=torch.float64)
WEIGHT = torch.tensor([[0.6, -0.2], [-0.3, 0.4]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 1])
TAU = (0.4, 6.0)


def slow(margins, target, tau, p, factor) -> list[float]:
    """Equation 10 or 12 without the penalty, as it is printed."""
    rows = []
    for row, true in zip(margins.tolist(), target.tolist(), strict=True):
        total = 0.0
        for k, f in enumerate(row):
            y = 1 if k == true else -1
            total += max((tau[k] + 1) / 2 - y * (f + (tau[k] - 1) / 2), 0.0) ** p
        rows.append(factor * total)
    return rows


def test_worked_batch() -> None:
    features, weight = FEATURES.clone().requires_grad_(), WEIGHT.clone().requires_grad_()
    margins = features @ weight.T
    loss = UnevenMargin(tau=TAU, reduction="none")
    each = loss(margins, TARGET)
    expected = torch.tensor([42.89, 3.2125, 0.25], dtype=torch.float64)
    torch.testing.assert_close(each, expected, rtol=1e-6, atol=0)
    mean = UnevenMargin(tau=TAU)(margins, TARGET)
    assert float(mean.detach()) == pytest.approx(15.4508333, abs=1e-6)
    mean.backward()
    d_weight = torch.tensor([[-0.2333333, -1.6666667], [4.15, 9.5333333]], dtype=torch.float64)
    d_features = torch.tensor(
        [[-1.62, 1.84], [0.67, -0.5333333], [0.1, -0.1333333]], dtype=torch.float64
    )
    torch.testing.assert_close(weight.grad, d_weight, rtol=0, atol=1e-6)
    torch.testing.assert_close(features.grad, d_features, rtol=0, atol=1e-6)
    hinge = UnevenMargin(tau=TAU, p=1)(margins, TARGET)
    assert float(hinge.detach()) == pytest.approx(3.4166667, abs=1e-6)


@pytest.mark.parametrize(
    ("tau", "positive", "square", "slope2", "slope1"),
    [(0.4, True, 2.25, -3.0, -1.0), (0.4, False, 0.0, 0.0, 0.0),
     (6.0, False, 30.25, 11.0, 1.0), (6.0, True, 2.25, -3.0, -1.0)],
)  # fmt: skip
def test_worked_table_of_one_svm(tau, positive, square, slope2, slope1) -> None:
    """f = -0.5, C = 1; the other class is given a margin that costs nothing either way."""
    other = 1.0 if not positive else -100.0
    for p, value, slope in ((2, square, slope2), (1, square**0.5, slope1)):
        margins = torch.tensor([[-0.5, other]], dtype=torch.float64, requires_grad=True)
        loss = UnevenMargin(tau=(tau, 1.0), p=p)(margins, torch.tensor([0 if positive else 1]))
        loss.backward()
        assert float(loss.detach()) == pytest.approx(value, abs=1e-6)
        assert float(margins.grad[0, 0]) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("num_classes", [2, 3, 7])
def test_slow_loop_and_gradient(p, num_classes) -> None:
    random = torch.Generator().manual_seed(p)
    margins = torch.randn(9, num_classes, generator=random, dtype=torch.float64) * 2
    target = torch.randint(num_classes, (9,), generator=random)
    tau = [0.5 + k for k in range(num_classes)]
    for class_sum, factor in ((False, 2 / num_classes), (True, 1.0)):
        loss = UnevenMargin(tau=tau, p=p, C=1.5, class_sum=class_sum, reduction="none")
        expected = slow(margins, target, tau, p, 1.5 * factor)
        assert loss(margins, target).tolist() == pytest.approx(expected, abs=1e-6)
        z = margins.clone().requires_grad_()
        assert torch.autograd.gradcheck(lambda z: loss.per_sample(z, target), z)  # noqa: B023


def test_tau_one_is_the_ordinary_svm() -> None:
    random = torch.Generator().manual_seed(0)
    margins = torch.randn(6, 2, generator=random, dtype=torch.float64)
    target = torch.tensor([0, 1, 1, 0, 1, 0])
    y = 2.0 * torch.nn.functional.one_hot(target, 2) - 1
    for p in (1, 2):
        expected = (1 - y * margins).clamp_min(0).pow(p).sum(1).mean()
        torch.testing.assert_close(UnevenMargin(tau=1, p=p)(margins, target), expected)


def test_a_negative_at_ratio_tau_is_a_unit_margin_scaled() -> None:
    for tau, f in ((0.4, -0.1), (6.0, 2.0), (3.0, -5.0)):
        at_ratio = max(tau + f, 0.0)
        assert at_ratio == pytest.approx(tau * max(1 + f / tau, 0.0))
        margins = torch.tensor([[f, 1.0]])
        loss = UnevenMargin(tau=(tau, 1.0), p=1)(margins, torch.tensor([1]))
        assert float(loss) == pytest.approx(at_ratio, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "gamma", "expected"),
    [
        ((1000, 100, 10), 0.5, (3.1622777, 1, 0.3162278)),
        ((1000, 100, 10), 1, (10, 1, 0.1)),
        ((210, 1860), 0.5, (0.579664, 1.725136)),
        ((210, 1860), 1, (0.336011, 2.976095)),
        ((210, 1860), 0.8, (0.417910, 2.392861)),
        ((5, 5, 5), 0.5, (1, 1, 1)),
        ((10**9, 1), 1, (100, 0.01)),
    ],
)
def test_tau_by_rule(counts, gamma, expected) -> None:
    tau = UnevenMargin(ClassCounts(counts), gamma=gamma).tau
    torch.testing.assert_close(tau, torch.tensor(expected, dtype=torch.float32), rtol=2e-6, atol=0)


@pytest.mark.parametrize(
    ("tau", "expected"),
    [((1, 1), (-0.7971014, 0.7971014)), ((0.4, 6), (-0.2579710, 0.2898551))],
)
def test_what_tau_does_to_a_bias_alone(tau, expected) -> None:
    """The gradient vanishes at the biases that solve its two equations."""
    margins = torch.tensor([expected] * 2, dtype=torch.float64).requires_grad_()
    each = UnevenMargin(tau=tau, reduction="none")(margins, torch.tensor([0, 1]))
    (each * torch.tensor([210.0, 1860.0])).sum().backward()
    torch.testing.assert_close(
        margins.grad.sum(0), torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-3
    )


@pytest.mark.parametrize(("num", "start"), [(10, 20), (100, 214), (1000, 2149)])
def test_the_loss_starts_alike_for_any_number_of_classes(num, start) -> None:
    """Ratio 100, default tau: the plain sum grows with K, and would swamp a gradient clip."""
    counts = ClassCounts(tuple(round(1e6 * 100 ** (-k / (num - 1))) for k in range(num)))
    zeros, target = torch.zeros(num, num), torch.arange(num)
    share = torch.from_numpy(counts.prior).float()  # a batch as training sees it
    plain = UnevenMargin(counts, class_sum=True, reduction="none")(zeros, target)
    assert float(plain @ share) == pytest.approx(start, abs=1)
    scaled = UnevenMargin(counts, reduction="none")(zeros, target)
    assert float(scaled @ share) == pytest.approx(2 * start / num, abs=0.1)


def test_an_absent_class_has_no_part() -> None:
    two = UnevenMargin(ClassCounts((30, 10)), reduction="none")
    three = UnevenMargin(ClassCounts((30, 0, 10)), zero_count="ignore", reduction="none")
    margins = torch.tensor([[0.3, 5.0, -0.2], [1.5, -9.0, 0.4]], requires_grad=True)
    each = three(margins, torch.tensor([0, 2]))
    torch.testing.assert_close(each, two(margins[:, [0, 2]], torch.tensor([0, 1])))
    each.sum().backward()
    assert torch.equal(margins.grad[:, 1], torch.zeros(2))
    with pytest.raises(ArgumentError, match="index 1"):
        UnevenMargin(ClassCounts((30, 0, 10)))


def test_float16_slopes_stay_finite_and_a_scaler_still_sees_overflow() -> None:
    margins = torch.tensor([[-65504.0, 0.0]], dtype=torch.float16, requires_grad=True)
    loss = UnevenMargin(tau=1)
    loss(margins, torch.tensor([0])).backward()
    assert margins.grad.isfinite().all()
    margins.grad = None
    (loss(margins, torch.tensor([0])) * 2.0**16).backward()
    assert not margins.grad.isfinite().all()


def test_there_is_no_second_derivative() -> None:
    margins = torch.zeros(1, 2, requires_grad=True)
    loss = UnevenMargin(tau=1)(margins, torch.tensor([0]))
    with pytest.raises(ArgumentError, match="create_graph=True"):
        torch.autograd.grad(loss, margins, create_graph=True)


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="neither"):
        UnevenMargin()
    with pytest.raises(ArgumentError, match="p is 1 or 2"):
        UnevenMargin(tau=1, p=3)
    with pytest.raises(ArgumentError, match="above 0"):
        UnevenMargin(tau=(0.0, 1.0))
    with pytest.raises(ArgumentError, match="2 classes"):
        UnevenMargin(tau=(0.4, 6))(torch.zeros(1, 3), torch.tensor([0]))
    with pytest.warns(UserWarning, match="gamma is ignored"):
        UnevenMargin(tau=1, gamma=1.0)


def test_tau_by_size_follows_the_rarer_class_whichever_comes_first() -> None:
    for counts, expected in (((1860, 210), [6.0, 0.4]), ((210, 1860), [0.4, 6.0])):
        loss = UnevenMargin(ClassCounts(counts), tau_minority=0.4, tau_majority=6.0)
        assert loss.tau.tolist() == pytest.approx(expected)
        margins = torch.tensor([[0.2, 0.5], [0.5, -0.55]])
        same = UnevenMargin(tau=expected)(margins, torch.tensor([0, 1]))
        assert float(loss(margins, torch.tensor([0, 1]))) == pytest.approx(float(same))


@pytest.mark.parametrize(
    ("counts", "given", "says"),
    [
        ((30, 20, 10), {}, r"two classes of different size; got counts \(30, 20, 10\)"),
        ((20, 20), {}, r"two classes of different size; got counts \(20, 20\)"),
        (None, {}, r"got counts \(\)"),
        ((20, 10), {"tau": 1.0}, "given together and without tau; got .* tau 1.0"),
        ((20, 10), {"tau_majority": None}, "given together .* tau_majority None"),
        ((20, 10), {"tau_minority": -1.0}, "tau is above 0"),
    ],
)
def test_tau_by_size_where_there_are_not_two_sizes(counts, given, says) -> None:
    settings = {"tau_minority": 0.4, "tau_majority": 6.0, **given}
    with pytest.raises(ArgumentError, match=says):
        UnevenMargin(ClassCounts(counts) if counts else None, **settings)
