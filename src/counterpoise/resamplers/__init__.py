"""Which points should exist? ``fit_resample(X, y)``: more of them, or fewer."""

from counterpoise.resamplers.ccr import CCR
from counterpoise.resamplers.cluster_undersampler import ClusterUndersampler
from counterpoise.resamplers.deep_smote import DeepSMOTE
from counterpoise.resamplers.imbalanced_learn import ImbalancedLearn
from counterpoise.resamplers.mcccr import MCCCR
from counterpoise.resamplers.mcrbo import MCRBO
from counterpoise.resamplers.rbo import RBO
from counterpoise.resamplers.rbu import RBU
from counterpoise.resamplers.smote import SMOTE
from counterpoise.resamplers.smote_rsb import SMOTERSB

__all__ = [
    "CCR",
    "MCCCR",
    "MCRBO",
    "RBO",
    "RBU",
    "SMOTE",
    "SMOTERSB",
    "ClusterUndersampler",
    "DeepSMOTE",
    "ImbalancedLearn",
]
