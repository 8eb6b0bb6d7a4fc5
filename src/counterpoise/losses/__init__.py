"""What does one sample cost? ``per_sample(logits, target) -> (B,)``; `forward` reduces."""

from counterpoise.losses.cross_entropy import CrossEntropy

__all__ = ["CrossEntropy"]
