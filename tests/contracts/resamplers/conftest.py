"""Every exported resampler with options that suit small unscaled data, and such data."""

import numpy as np
import pytest
from imblearn.utils.estimator_checks import estimator_checks_generator

from counterpoise import resamplers

IMAGES_ONLY = {"DeepSMOTE"}  # refuses these tables; its own test asks the same of it on images
NAMES = [name for name in resamplers.__all__ if name not in IMAGES_ONLY]
MEMBERS = [getattr(resamplers, name) for name in NAMES]
INEXACT = {"SMOTERSB"}  # whose numbers are upper bounds
# ADASYN, the default, promises neither numbers nor to run on every class.
GIVEN = {
    "ImbalancedLearn": {"name": "SMOTE", "options": {"k_neighbors": 1}},
    "RBO": {"gamma": 300.0},  # features are not scaled here; the default would warn of it
    "MCRBO": {"gamma": 300.0},
}


def make_one(cls, **given):
    return cls(**{"random_state": 0, **GIVEN.get(cls.__name__, {}), **given})


def make_blobs(num=(30, 12, 6), width=4, seed=0, dtype=np.float64):
    """Clouds that overlap a little; classes come mixed."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(len(num)), num))
    return (random.normal(size=(len(y), width)) + 2 * y[:, None]).astype(dtype), y


def count(y):
    values, counts = np.unique(np.asarray(y), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def pytest_generate_tests(metafunc):
    """Every member, each check of imbalanced-learn for every member, and who takes images alone."""
    if "cls" in metafunc.fixturenames:
        metafunc.parametrize("cls", MEMBERS, ids=NAMES)
    if "check" in metafunc.fixturenames:
        checks = [
            pytest.param(member, check, id=f"{name}-{check.func.__name__}")
            for name, member in zip(NAMES, MEMBERS, strict=True)
            for _, check in estimator_checks_generator(make_one(member))
        ]
        metafunc.parametrize(("member", "check"), checks)
    if "images_only" in metafunc.fixturenames:
        metafunc.parametrize("images_only", sorted(IMAGES_ONLY))


@pytest.fixture
def make():
    return make_one


@pytest.fixture
def blobs():
    return make_blobs


@pytest.fixture
def counted():
    return count


@pytest.fixture
def grows(cls):
    """Whether the class adds samples."""
    return cls.kind == "over-sampling"


@pytest.fixture
def is_exact(cls):
    """Whether the class promises numbers of samples."""
    return cls.__name__ not in INEXACT
