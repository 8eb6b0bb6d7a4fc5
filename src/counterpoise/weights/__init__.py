"""How much does that sample count? ``weights(target, per_sample, index, share) -> (B,)``."""

from counterpoise.weights.balanced import Balanced
from counterpoise.weights.batch_balanced import BatchBalanced
from counterpoise.weights.cost import Cost
from counterpoise.weights.deferred import Deferred
from counterpoise.weights.effective_number import EffectiveNumber
from counterpoise.weights.incremental import Incremental
from counterpoise.weights.square_root import SquareRoot

__all__ = [
    "Balanced",
    "BatchBalanced",
    "Cost",
    "Deferred",
    "EffectiveNumber",
    "Incremental",
    "SquareRoot",
]
