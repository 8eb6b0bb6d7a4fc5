"""How much does that sample count? ``weights(target, per_sample, index) -> (B,)``."""

from counterpoise.weights.balanced import Balanced

__all__ = ["Balanced"]
