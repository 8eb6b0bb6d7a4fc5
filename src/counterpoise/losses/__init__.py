"""What does one sample cost? ``per_sample(logits, target) -> (B,)``; `forward` reduces."""

from counterpoise.losses.balanced_softmax import BalancedSoftmax
from counterpoise.losses.complement_cross_entropy import ComplementCrossEntropy
from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.focal import Focal
from counterpoise.losses.ldam import LDAM
from counterpoise.losses.logit_adjusted import LogitAdjusted
from counterpoise.losses.uneven_margin import UnevenMargin
from counterpoise.losses.vs import VS

__all__ = [
    "LDAM",
    "VS",
    "BalancedSoftmax",
    "ComplementCrossEntropy",
    "CrossEntropy",
    "Focal",
    "LogitAdjusted",
    "UnevenMargin",
]
