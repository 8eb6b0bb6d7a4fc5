"""Features -> scores. A head may have ``penalty() -> ()``, which the step adds to the loss."""

from counterpoise.heads.cosine import Cosine
from counterpoise.heads.learnable_scale import LearnableScale
from counterpoise.heads.linear import Linear
from counterpoise.heads.one_vs_rest_svm import OneVsRestSVM
from counterpoise.heads.tau_normalised import TauNormalised

__all__ = ["Cosine", "LearnableScale", "Linear", "OneVsRestSVM", "TauNormalised"]
