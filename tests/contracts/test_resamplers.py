"""What every exported resampler owes its caller, scikit-learn and imbalanced-learn."""

import warnings

import numpy as np
import pytest
import torch
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import estimator_checks_generator
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from counterpoise import resamplers
from counterpoise.errors import ArgumentError, CounterpoiseError, DataError

IMAGES_ONLY = {"DeepSMOTE"}  # refuses these tables; its own test asks the same of it on images
NAMES = [name for name in resamplers.__all__ if name not in IMAGES_ONLY]
MEMBERS = [getattr(resamplers, name) for name in NAMES]
INEXACT = {"SMOTERSB"}  # whose numbers are upper bounds
# Data are not scaled here, as the warning of CCR says; tests/resamplers has it.
pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")
# ADASYN, the default, promises neither numbers nor to run on every class.
GIVEN = {
    "ImbalancedLearn": {"name": "SMOTE", "options": {"k_neighbors": 1}},
    "RBO": {"gamma": 300.0},  # features are not scaled here; the default would warn of it
    "MCRBO": {"gamma": 300.0},
}
# The checks of imbalanced-learn that do not apply; docs/resamplers.md has the reasons.
NOT_OURS = {"check_samplers_multiclass_ova": "one-hot targets are refused: single-label only"}


def make(cls, **given):
    return cls(**{"random_state": 0, **GIVEN.get(cls.__name__, {}), **given})


def blobs(num=(30, 12, 6), width=4, seed=0, dtype=np.float64):
    """Clouds that overlap a little; classes come mixed."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(len(num)), num))
    return (random.normal(size=(len(y), width)) + 2 * y[:, None]).astype(dtype), y


def counted(y):
    values, counts = np.unique(np.asarray(y), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def grows(cls):
    return cls.kind == "over-sampling"


def is_exact(cls):
    return cls.__name__ not in INEXACT


@pytest.fixture(params=MEMBERS, ids=NAMES)
def cls(request):
    return request.param


CHECKS = [
    pytest.param(name, check, id=f"{name}-{check.func.__name__}")
    for name, member in zip(NAMES, MEMBERS, strict=True)
    for _, check in estimator_checks_generator(make(member))
]


@pytest.mark.parametrize(("name", "check"), CHECKS)
@pytest.mark.filterwarnings("ignore:.*sparse", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_checks_of_imbalanced_learn(name, check) -> None:
    member = make(getattr(resamplers, name))
    if check.func.__name__ in NOT_OURS:
        with pytest.raises(CounterpoiseError):
            check(member)
    else:
        check(member)


@pytest.mark.parametrize("name", sorted(IMAGES_ONLY))
def test_what_takes_images_alone_says_so_of_a_table(name) -> None:
    with pytest.raises(DataError, match=rf"{name} takes .*images.*got samples of shape \(4,\)"):
        make(getattr(resamplers, name)).fit_resample(*blobs())


def test_options_survive_a_clone(cls) -> None:
    one = make(cls)
    other = clone(one)
    assert other.get_params() == one.get_params()
    assert type(one).__name__ in repr(one)


def test_balances_by_default(cls) -> None:
    X, y = blobs()
    points, labels = make(cls).fit_resample(X, y)
    assert len(points) == len(labels)
    assert points.dtype == X.dtype
    assert np.isfinite(points).all()
    if is_exact(cls):
        assert counted(labels) == dict.fromkeys(range(3), 30 if grows(cls) else 6)
    elif grows(cls):
        assert max(counted(labels).values()) == 30


STRATEGIES = {
    "over-sampling": [
        ("minority", {0: 30, 1: 12, 2: 30}),
        ("not minority", {0: 30, 1: 30, 2: 6}),
        ("all", {0: 30, 1: 30, 2: 30}),
        ({1: 13, 2: 6}, {0: 30, 1: 13, 2: 6}),
        ({0: 31}, {0: 31, 1: 12, 2: 6}),
        ({}, {0: 30, 1: 12, 2: 6}),
        (lambda y: {2: int((y == 0).sum()) - 5}, {0: 30, 1: 12, 2: 25}),
    ],
    "under-sampling": [
        ("majority", {0: 6, 1: 12, 2: 6}),
        ("not majority", {0: 30, 1: 6, 2: 6}),
        ("all", {0: 6, 1: 6, 2: 6}),
        ({0: 29, 1: 1}, {0: 29, 1: 1, 2: 6}),
        ({}, {0: 30, 1: 12, 2: 6}),
        (lambda y: {0: int((y == 1).sum())}, {0: 12, 1: 12, 2: 6}),
    ],
}


@pytest.mark.parametrize("case", range(7))
def test_counts_are_exact_for_every_strategy(cls, case) -> None:
    cases = STRATEGIES[cls.kind]
    if case >= len(cases) or not is_exact(cls):
        pytest.skip("no such strategy, or this method promises no numbers")
    strategy, expected = cases[case]
    X, y = blobs()
    sampler = make(cls, sampling_strategy=strategy)
    _, labels = sampler.fit_resample(X, y)
    assert counted(labels) == expected


def test_a_ratio_for_two_classes(cls) -> None:
    if not is_exact(cls):
        pytest.skip("this method promises no numbers")
    X, y = blobs((30, 6))
    _, labels = make(cls, sampling_strategy=0.5).fit_resample(X, y)
    assert counted(labels) == ({0: 30, 1: 15} if grows(cls) else {0: 12, 1: 6})


@pytest.mark.parametrize(
    "strategy",
    [
        "novelty",
        0.0,
        1.5,
        {7: 9},
        {0: -1},
        {0: 2.5},
        {1: None},
        {1: float("nan")},
        True,
        None,
        lambda y: 3,
    ],
)
def test_a_strategy_that_cannot_be_met(cls, strategy) -> None:
    if cls is resamplers.ImbalancedLearn:
        pytest.skip("imbalanced-learn judges its own strategies")
    X, y = blobs((30, 6))
    with pytest.raises(ArgumentError):
        make(cls, sampling_strategy=strategy).fit_resample(X, y)


def test_originals_stay_and_come_first(cls) -> None:
    X, y = blobs()
    before = X.copy()
    points, labels = make(cls).fit_resample(X, y)
    assert np.array_equal(X, before), "the caller's data"
    if grows(cls) and not cls.moves:
        assert np.array_equal(points[: len(X)], X)
        assert np.array_equal(labels[: len(y)], y)


def test_what_was_kept_is_named(cls) -> None:
    X, y = blobs()
    sampler = make(cls)
    points, labels = sampler.fit_resample(X, y)
    assert hasattr(sampler, "sample_indices_") == cls.keeps
    if cls.keeps:
        index = sampler.sample_indices_
        assert (np.diff(index) > 0).all(), "ascending, none twice"
        assert np.array_equal(points, X[index])
        assert np.array_equal(labels, y[index])


def test_same_state_same_points(cls) -> None:
    X, y = blobs()
    one, two = (make(cls).fit_resample(X, y)[0] for _ in range(2))
    assert np.array_equal(one, two)
    drawn = [
        make(cls).set_params(random_state=state(3)).fit_resample(X, y)[0]
        for state in (np.random.RandomState, np.random.default_rng)
        for _ in range(2)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[2], drawn[3])
    make(cls).set_params(random_state=None).fit_resample(X, y)
    for wrong in (-1, True, 0.5):
        with pytest.raises(ValueError, match=r"random_state|seed"):
            make(cls).set_params(random_state=wrong).fit_resample(X, y)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.uint8])
def test_images_as_tensors_come_back_as_they_were(cls, dtype) -> None:
    X, y = blobs(width=12)
    images = torch.from_numpy(np.clip(X * 20 + 100, 0, 255)).to(dtype).reshape(-1, 3, 2, 2)
    points, labels = make(cls).fit_resample(images, torch.from_numpy(y).to(torch.int32))
    assert points.dtype == dtype
    assert labels.dtype == torch.int32
    assert points.shape == (len(labels), 3, 2, 2)
    if dtype.is_floating_point and dtype != torch.float16:
        flat, _ = make(cls).fit_resample(images.flatten(1).numpy(), y)
        assert np.array_equal(points.flatten(1).numpy(), flat), "the shape changes nothing"


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, bool])
def test_integers_stay_integers_within_their_type(cls, dtype) -> None:
    X, y = blobs()
    whole = np.clip(np.round(X * 30), 0, 127).astype(dtype)
    points, _ = make(cls).fit_resample(whole, y)
    assert points.dtype == dtype


def test_integers_are_the_rounded_points_of_the_same_numbers(cls) -> None:
    X, y = blobs()
    whole = np.clip(np.round(X * 30), 0, 127).astype(np.int64)
    points, labels = make(cls).fit_resample(whole, y)
    exact, _ = make(cls).fit_resample(whole.astype(np.float64), y)
    assert np.array_equal(points, exact.round())
    if is_exact(cls) and grows(cls):
        assert counted(labels) == dict.fromkeys(range(3), 30)


# How far a synthetic sample may lie from a class whose samples are all in one place.
REACH = {"CCR": 0.25, "MCCCR": 0.25, "RBO": 0.5, "MCRBO": 0.5}  # energy; 500 steps of .001


def test_duplicates_and_constant_features(cls) -> None:
    X, y = blobs()
    X[:, 1] = 3.25
    X[y == 2] = X[y == 2][0]
    points, labels = make(cls).fit_resample(X, y)
    assert np.isfinite(points).all()
    here = points[labels == 2]
    assert np.abs(here - X[y == 2][0]).sum(1).max() <= REACH.get(cls.__name__, 0) + 1e-9
    if is_exact(cls):
        assert len(here) == (30 if grows(cls) else 6)


def test_fewer_samples_than_neighbours(cls) -> None:
    X, y = blobs((12, 3))
    points, labels = make(cls).fit_resample(X, y)
    assert np.isfinite(points).all()
    if is_exact(cls):
        assert counted(labels) == dict.fromkeys(range(2), 12 if grows(cls) else 3)


REPEATS = {"SMOTE", "SMOTERSB"}  # a class of one, with a warning; the others need no neighbour


def test_a_class_of_one_sample(cls) -> None:
    X, y = blobs((12, 1))
    if cls is resamplers.ImbalancedLearn:
        with pytest.raises(DataError, match="n_samples"):
            make(cls).fit_resample(X, y)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        points, labels = make(cls).fit_resample(X, y)
    said = [str(w.message) for w in caught if "one sample" in str(w.message)]
    assert bool(said) == (cls.__name__ in REPEATS)
    if is_exact(cls):
        assert counted(labels) == dict.fromkeys(range(2), 12 if grows(cls) else 1)
    if cls.__name__ in REPEATS:
        assert (points[labels == 1] == X[y == 1]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(cls, bad) -> None:
    X, y = blobs()
    X[5, 1] = bad
    with pytest.raises(DataError, match=r"finite.*row 5"):
        make(cls).fit_resample(X, y)


def test_data_without_samples_classes_or_sense(cls) -> None:
    X, y = blobs()
    for wrong, labels in (
        (X[:0], y[:0]),
        (X, y[:-1]),
        (X[:, 0], y),
        (X[:, :0], y),
        (X, y + 0.5),
        (X.astype(complex), y),
        (X.astype(str), y),
        (X, np.eye(3)[y]),
    ):
        with pytest.raises(DataError):
            make(cls).fit_resample(wrong, labels)
    with pytest.raises(ArgumentError, match="two classes"):
        make(cls).fit_resample(X, np.zeros_like(y))


def test_class_names_are_free(cls) -> None:
    X, y = blobs()
    names = np.array(["bird", "cat", "axolotl"])
    points, labels = make(cls).fit_resample(X, names[y])
    assert set(labels) == set(names)
    gap, _ = make(cls).fit_resample(X, y * 7 - 3)
    assert len(gap) == len(points)


def test_inside_a_pipeline_of_imbalanced_learn(cls) -> None:
    X, y = blobs((40, 20, 10))
    model = make_pipeline(make(cls), LogisticRegression()).fit(X, y)
    assert model.score(X, y) > 0.6


def test_read_only_and_strided_arrays(cls) -> None:
    X, y = blobs()
    expected, _ = make(cls).fit_resample(X, y)
    frozen = X.copy()
    frozen.setflags(write=False)
    y.setflags(write=False)
    assert np.array_equal(make(cls).fit_resample(frozen, y)[0], expected)
    assert np.array_equal(make(cls).fit_resample(np.asfortranarray(X), y)[0], expected)
    turned, _ = make(cls).fit_resample(X[:, ::-1], y)
    assert turned.shape == expected.shape


@pytest.mark.gpu
def test_a_gpu_gives_the_same_points(cls) -> None:
    X, y = blobs()
    on_cpu, labels = make(cls).fit_resample(torch.from_numpy(X), torch.from_numpy(y))
    points, there = make(cls).fit_resample(
        torch.from_numpy(X).to("cuda"), torch.from_numpy(y).to("cuda")
    )
    assert points.is_cuda
    assert torch.equal(there.cpu(), labels)
    torch.testing.assert_close(points.cpu(), on_cpu)
