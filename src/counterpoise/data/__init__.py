"""Data sets, imbalance profiles and frozen splits. Imports no torch."""

from counterpoise.data.doors import inspect, load, make_splits
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import ArrayInputs, Inputs
from counterpoise.data.inspection import Inspection
from counterpoise.data.labelled import LabelledSet, labelled_set, verify
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.sources.about import NAMED
from counterpoise.data.splits.profile import Profile
from counterpoise.data.splits.profile_text import parse
from counterpoise.data.splits.split import Split
from counterpoise.data.whitening import Whitening, contrast_normalised

__all__ = [
    "NAMED",
    "ArrayInputs",
    "FileInputs",
    "Inputs",
    "Inspection",
    "LabelledSet",
    "Preprocess",
    "Profile",
    "Split",
    "Whitening",
    "contrast_normalised",
    "inspect",
    "labelled_set",
    "load",
    "make_splits",
    "parse",
    "verify",
]
