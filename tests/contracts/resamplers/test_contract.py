"""What every exported resampler owes its caller, scikit-learn and imbalanced-learn."""

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from counterpoise import resamplers
from counterpoise.errors import ArgumentError, CounterpoiseError, DataError

# Data are not scaled here, as the warning of CCR says; tests/resamplers has it.
pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")
# The checks of imbalanced-learn that do not apply; docs/resamplers.md has the reasons.
NOT_OURS = {"check_samplers_multiclass_ova": "one-hot targets are refused: single-label only"}


@pytest.mark.filterwarnings("ignore:.*sparse", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_checks_of_imbalanced_learn(member, check, make) -> None:
    if check.func.__name__ in NOT_OURS:
        with pytest.raises(CounterpoiseError):
            check(make(member))
    else:
        check(make(member))


def test_what_takes_images_alone_says_so_of_a_table(images_only, make, blobs) -> None:
    said = rf"{images_only} takes .*images.*got samples of shape \(4,\)"
    with pytest.raises(DataError, match=said):
        make(getattr(resamplers, images_only)).fit_resample(*blobs())
    with pytest.raises(DataError, match=said):
        make(getattr(resamplers, images_only)).check((4,))


def test_options_survive_a_clone(cls, make) -> None:
    one = make(cls)
    other = clone(one)
    assert other.get_params() == one.get_params()
    assert type(one).__name__ in repr(one)


def test_balances_by_default(cls, make, blobs, counted, grows, is_exact) -> None:
    X, y = blobs()
    points, labels = make(cls).fit_resample(X, y)
    assert len(points) == len(labels)
    assert points.dtype == X.dtype
    assert np.isfinite(points).all()
    if is_exact:
        assert counted(labels) == dict.fromkeys(range(3), 30 if grows else 6)
    elif grows:
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
def test_counts_are_exact_for_every_strategy(cls, case, make, blobs, counted, is_exact) -> None:
    cases = STRATEGIES[cls.kind]
    if case >= len(cases) or not is_exact:
        pytest.skip("no such strategy, or this method promises no numbers")
    strategy, expected = cases[case]
    X, y = blobs()
    sampler = make(cls, sampling_strategy=strategy)
    _, labels = sampler.fit_resample(X, y)
    assert counted(labels) == expected


def test_a_ratio_for_two_classes(cls, make, blobs, counted, grows, is_exact) -> None:
    if not is_exact:
        pytest.skip("this method promises no numbers")
    X, y = blobs((30, 6))
    _, labels = make(cls, sampling_strategy=0.5).fit_resample(X, y)
    assert counted(labels) == ({0: 30, 1: 15} if grows else {0: 12, 1: 6})


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
def test_a_strategy_that_cannot_be_met(cls, strategy, make, blobs) -> None:
    if cls is resamplers.ImbalancedLearn:
        pytest.skip("imbalanced-learn judges its own strategies")
    X, y = blobs((30, 6))
    with pytest.raises(ArgumentError):
        make(cls, sampling_strategy=strategy).fit_resample(X, y)


def test_a_class_of_another_type_is_suggested(cls, make, blobs) -> None:
    X, y = blobs((30, 6))
    with pytest.raises(ArgumentError, match=r"class '1' has no sample.*; did you mean 1\?"):
        make(cls, sampling_strategy={"1": 30}).fit_resample(X, y)
    with pytest.raises(ArgumentError, match=r"class 1 has no sample.*; did you mean '1'\?"):
        make(cls, sampling_strategy={1: 30}).fit_resample(X, y.astype(str))


def test_originals_stay_and_come_first(cls, make, blobs, grows) -> None:
    X, y = blobs()
    before = X.copy()
    points, labels = make(cls).fit_resample(X, y)
    assert np.array_equal(X, before), "the caller's data"
    if grows and not cls.moves:
        assert np.array_equal(points[: len(X)], X)
        assert np.array_equal(labels[: len(y)], y)


def test_what_was_kept_is_named(cls, make, blobs) -> None:
    X, y = blobs()
    sampler = make(cls)
    points, labels = sampler.fit_resample(X, y)
    assert hasattr(sampler, "sample_indices_") == cls.keeps
    if cls.keeps:
        index = sampler.sample_indices_
        assert (np.diff(index) > 0).all(), "ascending, none twice"
        assert np.array_equal(points, X[index])
        assert np.array_equal(labels, y[index])


def test_same_state_same_points(cls, make, blobs) -> None:
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


def test_inside_a_pipeline_of_imbalanced_learn(cls, make, blobs) -> None:
    X, y = blobs((40, 20, 10))
    model = make_pipeline(make(cls), LogisticRegression()).fit(X, y)
    assert model.score(X, y) > 0.6
