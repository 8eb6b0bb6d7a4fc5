"""The linear head is torch's layer under our argument names."""

import torch
from torch import nn

from counterpoise.heads import Linear


def test_it_is_the_layer_of_torch() -> None:
    torch.manual_seed(0)
    ours = Linear(num_features=4, num_classes=3)
    torch.manual_seed(0)
    theirs = nn.Linear(4, 3)
    x = torch.randn(5, 4)
    assert torch.equal(ours(x), theirs(x))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert Linear(num_features=4, num_classes=3, bias=False).bias is None
