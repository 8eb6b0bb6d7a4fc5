"""Losses, weights and samplers in somebody else's loop: Lightning, skorch, Hugging Face Trainer.

Each bridge is imported by its own name, such as ``counterpoise.bridges.lightning``, and needs the
library of that name: ``pip install counterpoise[bridges]``.
"""

from counterpoise.bridges.rounds import Rounds

__all__ = ["Rounds"]
