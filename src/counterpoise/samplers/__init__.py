"""Which index comes next? Endless streams over training positions, labels in, indices out."""

from counterpoise.samplers.class_balanced import ClassBalanced
from counterpoise.samplers.class_balanced import balanced as balanced
from counterpoise.samplers.random_over import RandomOver
from counterpoise.samplers.random_under import RandomUnder
from counterpoise.samplers.shuffled import Shuffled

__all__ = ["ClassBalanced", "RandomOver", "RandomUnder", "Shuffled"]
