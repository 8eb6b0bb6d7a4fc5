"""Initial values of weights, where a paper's differ from torch's."""

import math

from torch import nn

_LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)


def caffe_xavier(module: nn.Module) -> None:
    """Fill convolutions and linear layers with Caffe's Xavier: U(-a, a), a = sqrt(3 / fan_in).

    It leaves out fan_out, which torch's ``xavier_uniform_`` has. Biases become 0.
    (Buda et al. 2018, 3.3; Caffe's ``XavierFiller`` with its default variance norm)
    """
    for layer in module.modules():
        if isinstance(layer, _LAYERS):
            bound = math.sqrt(3 / layer.weight[0].numel())
            nn.init.uniform_(layer.weight, -bound, bound)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def msra(module: nn.Module) -> None:
    """Fill convolutions and linear layers with normal values of variance 2 / fan_in; biases 0.

    (He et al. 2015, eq. 10; Caffe's ``MSRAFiller``, of Simon et al. 2016)
    """
    for layer in module.modules():
        if isinstance(layer, _LAYERS):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
