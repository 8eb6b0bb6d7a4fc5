"""The SVM head: a worked loss with its penalty, and what is regularised."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.heads import OneVsRestSVM
from counterpoise.losses import UnevenMargin

X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [-1.0, 0.5]])


def with_weight(head, rows):
    with torch.no_grad():
        head.weight.copy_(torch.tensor(rows))
        if getattr(head, "bias", None) is not None:
            head.bias.zero_()
    return head


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


def test_a_setting_outside_its_range() -> None:
    with pytest.raises(ArgumentError, match="reg is"):
        OneVsRestSVM(2, 2, reg=-1)
