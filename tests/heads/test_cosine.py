"""Cosines against a slow loop, and what lengths do to them."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.heads import Cosine

X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [-1.0, 0.5]])


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


def test_a_setting_outside_its_range() -> None:
    with pytest.raises(ArgumentError, match="scale is"):
        Cosine(2, 2, scale=0)
