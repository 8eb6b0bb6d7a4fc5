"""Which index comes next? Endless streams over training positions, labels in, indices out."""

from counterpoise.labels import labels_of as labels_of
from counterpoise.samplers.class_balanced import ClassBalanced
from counterpoise.samplers.class_balanced import balanced as balanced
from counterpoise.samplers.every_class import EveryClass
from counterpoise.samplers.f1_driven import F1Driven
from counterpoise.samplers.progressive import Progressive
from counterpoise.samplers.random_over import RandomOver
from counterpoise.samplers.random_under import RandomUnder
from counterpoise.samplers.shuffled import Shuffled
from counterpoise.samplers.square_root_sampling import SquareRootSampling

__all__ = [
    "ClassBalanced",
    "EveryClass",
    "F1Driven",
    "Progressive",
    "RandomOver",
    "RandomUnder",
    "Shuffled",
    "SquareRootSampling",
]
