"""DenseNet, in memory that grows with its depth and not with the square of it.

Files from the top down: `network` (the whole), `block` and `transition` (its parts, with the naive
way to run them), `function` and `plan` (the block as one differentiable operation), `norm_conv`
(one step: BatchNorm, ReLU, convolution), `statistics` and `workspace` (what the steps share).
"""

from counterpoise.models.densenet.network import LARGE, DenseNet, cifar_densenet, large_densenet

__all__ = ["LARGE", "DenseNet", "cifar_densenet", "large_densenet"]
