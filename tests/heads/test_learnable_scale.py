"""Learnable scales: they start as the linear layer."""

import torch

from counterpoise.heads import LearnableScale, Linear

X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [-1.0, 0.5]])


def test_scales_start_as_the_linear_layer_and_multiply_scores() -> None:
    linear, head = Linear(2, 3), LearnableScale(2, 3)
    head.load_state_dict(linear.state_dict(), strict=False)
    torch.testing.assert_close(head(X), linear(X))
    with torch.no_grad():
        head.scale.copy_(torch.tensor([1.0, 2.0, -1.0]))
    torch.testing.assert_close(head(X), linear(X) * torch.tensor([1.0, 2.0, -1.0]))
