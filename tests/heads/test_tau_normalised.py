"""Tau-normalisation: worked numbers, and tau 0 and 1."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.heads import Linear, TauNormalised

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


def test_a_setting_outside_its_range() -> None:
    with pytest.raises(ArgumentError, match="tau is"):
        TauNormalised(2, 2, tau=-1)
