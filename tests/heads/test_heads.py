"""Cosine, SVM, tau-normalised and scaled heads: worked numbers, limit cases."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.heads import Cosine, LearnableScale, Linear, OneVsRestSVM, TauNormalised
from counterpoise.losses import UnevenMargin

X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [-1.0, 0.5]])


def with_weight(head, rows):
    with torch.no_grad():
        head.weight.copy_(torch.tensor(rows))
        if getattr(head, "bias", None) is not None:
            head.bias.zero_()
    return head


def test_worked_tau_normalisation() -> None:
    head = with_weight(TauNormalised(2, 3, tau=0.5), [[0.6, -0.2], [-0.3, 0.4], [1.0, 2.0]])
    expected = torch.tensor(
        [[0.75446006, -0.25148669], [-0.42426407, 0.56568542], [0.6687403, 1.33748061]]
    )
    torch.testing.assert_close(head.normalised_weight().detach(), expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(head(X).detach(), X @ expected.T)


def test_tau_zero_is_linear_and_tau_one_has_unit_rows() -> None:
    linear = Linear(4, 3, bias=False)
    plain, unit = TauNormalised(4, 3, tau=0.0), TauNormalised(4, 3, tau=1.0)
    for head in (plain, unit):
        head.load_state_dict(linear.state_dict())
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(plain(x), linear(x))
    torch.testing.assert_close(unit.normalised_weight().norm(dim=1), torch.ones(3))


def test_a_row_of_zeros_scores_zero() -> None:
    head = with_weight(TauNormalised(2, 2, tau=1.0), [[0.0, 0.0], [3.0, 4.0]])
    scores = head(X)
    scores.sum().backward()
    assert torch.equal(scores[:, 0].detach(), torch.zeros(3))
    assert head.weight.grad.isfinite().all()


def test_cosine_is_scale_times_cosine() -> None:
    head = Cosine(2, 3, scale=7.0)
    scores = head(X).detach()
    for i in range(3):
        for k in range(3):
            w = head.weight[k].detach()
            cosine = float(X[i] @ w) / (float(X[i].norm()) * float(w.norm()))
            assert float(scores[i, k]) == pytest.approx(7 * cosine, abs=1e-5)


def test_cosine_ignores_lengths() -> None:
    head = Cosine(2, 2)
    before = head(X).detach()
    with torch.no_grad():
        head.weight[0] *= 100
    torch.testing.assert_close(head(3 * X).detach(), before)


def test_cosine_scale_is_a_parameter_only_when_asked() -> None:
    assert [n for n, _ in Cosine(2, 2).named_parameters()] == ["weight"]
    learned = dict(Cosine(2, 2, learn_scale=True, scale=9).named_parameters())
    assert set(learned) == {"weight", "scale"}
    assert learned["scale"].detach() == 9


def test_cosine_of_dead_features_is_finite_in_half_precision() -> None:
    head = Cosine(2, 2).half()
    x = torch.zeros(1, 2, dtype=torch.float16, requires_grad=True)
    scores = head(x)
    assert torch.equal(scores.detach(), torch.zeros(1, 2, dtype=torch.float16))
    assert torch.equal(head((1e4 * X).half()).isfinite(), torch.ones(3, 2, dtype=torch.bool))


def test_worked_svm_loss_with_its_penalty() -> None:
    """15.4508333 of the hinge and reg / 2 of 0.65 make 15.5591667."""
    head = with_weight(OneVsRestSVM(2, 2, bias=False, reg=1 / 3), [[0.6, -0.2], [-0.3, 0.4]])
    hinge = UnevenMargin(tau=(0.4, 6))(head(X), torch.tensor([0, 1, 1]))
    assert float((hinge + head.penalty()).detach()) == pytest.approx(15.5591667, abs=1e-5)
    assert head(X).argmax(1).tolist() == [1, 0, 1]


def test_the_bias_is_not_regularised() -> None:
    head = OneVsRestSVM(2, 2, reg=1.0)
    head.penalty().backward()
    torch.testing.assert_close(head.weight.grad, head.weight.detach())
    assert head.bias.grad is None


def test_no_regulariser_is_the_printed_algorithm() -> None:
    assert OneVsRestSVM(2, 2).penalty().detach() == 0


def test_scales_start_as_the_linear_layer_and_multiply_scores() -> None:
    linear, head = Linear(2, 3), LearnableScale(2, 3)
    head.load_state_dict(linear.state_dict(), strict=False)
    torch.testing.assert_close(head(X), linear(X))
    with torch.no_grad():
        head.scale.copy_(torch.tensor([1.0, 2.0, -1.0]))
    torch.testing.assert_close(head(X), linear(X) * torch.tensor([1.0, 2.0, -1.0]))


def test_settings_outside_their_range() -> None:
    for make in (
        lambda: Cosine(2, 2, scale=0),
        lambda: OneVsRestSVM(2, 2, reg=-1),
        lambda: TauNormalised(2, 2, tau=-1),
    ):
        with pytest.raises(ArgumentError):
            make()
