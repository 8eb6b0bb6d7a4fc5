"""What every exported posthoc owes its caller."""

import json

import numpy as np
import pytest

from counterpoise import posthoc
from counterpoise.errors import ArgumentError
from counterpoise.posthoc.checks import log_probabilities, softmax
from counterpoise.protocols import Posthoc

POSTHOCS = [getattr(posthoc, name) for name in posthoc.__all__]


def scores(kind="logits", num=60):
    """Scores of three classes and labels that they half tell."""
    random = np.random.default_rng(0)
    target = np.repeat(np.arange(3), [num * 6 // 10, num * 3 // 10, num - num * 9 // 10])
    margins = random.normal(size=(num, 3))
    margins[np.arange(num), target] += 1.0
    margins += [1.0, 0.0, -1.0]
    if kind == "margins":
        return margins, target
    odds = np.exp(margins)
    return odds / odds.sum(1, keepdims=True), target


@pytest.fixture(params=POSTHOCS, ids=posthoc.__all__)
def fitted(request, build):
    made = build(request.param)
    kind = made.accepts[-1]
    assert made.fit(*scores(kind)) is made
    return made, scores(kind)[0]


def test_scores_in_scores_out(fitted) -> None:
    made, given = fitted
    before = given.copy()
    out = made(given)
    assert out.shape == given.shape
    assert out.dtype == np.float64
    assert np.isfinite(out).all()
    assert np.array_equal(given, before)
    assert np.array_equal(made(given), out)
    assert made(given[:1]).shape == (1, 3)
    assert made(given[:0]).shape == (0, 3)
    assert np.allclose(made(given[5:6]), out[5:6])


@pytest.mark.parametrize("cls", POSTHOCS, ids=posthoc.__all__)
def test_all_that_it_accepts(cls, build) -> None:
    made = build(cls)
    assert isinstance(made, Posthoc)
    assert set(made.accepts) <= {"logits", "margins"}
    for kind in made.accepts:
        given, target = scores(kind)
        assert np.isfinite(build(cls).fit(given, target)(given)).all()


@pytest.mark.parametrize("cls", POSTHOCS, ids=posthoc.__all__)
def test_certain_and_impossible_probabilities(cls, build) -> None:
    made = build(cls)
    if "logits" in made.accepts:
        made.fit(np.eye(3), np.arange(3))
        assert np.isfinite(made(np.eye(3))).all()
        assert np.array_equal(made(np.eye(3)).argmax(1), np.arange(3))


def test_operations_are_what_it_computes(fitted) -> None:
    made, given = fitted
    values = given
    for word, number in made.operations():
        if word == "multiply":
            values = values * number
        elif word == "add":
            values = values + number
        elif word == "log":
            values = log_probabilities(values)
        else:
            assert word == "softmax"
            values = softmax(values)
    assert np.allclose(values, made(given), rtol=1e-12)


def test_state_is_json_and_brings_it_back(fitted) -> None:
    made, given = fitted
    state = json.loads(json.dumps(made.state_dict()))
    again = type(made).from_state_dict(state)
    assert np.array_equal(again(given), made(given))
    assert again.describe() == made.describe()
    assert "\n" not in made.describe()


def test_bad_scores_are_refused(fitted) -> None:
    made, given = fitted
    with pytest.raises(ArgumentError, match="shape"):
        made(given[:, :2])
    with pytest.raises(ArgumentError, match="shape"):
        made(given[0])
    with pytest.raises(ArgumentError, match="finite"):
        made(np.where(given == given[0, 0], np.nan, given))


@pytest.mark.parametrize("cls", POSTHOCS, ids=posthoc.__all__)
def test_margins_are_refused_by_those_that_need_probabilities(cls, build) -> None:
    made = build(cls)
    if made.accepts == ("logits",):
        given, target = scores("margins")
        with pytest.raises(ArgumentError, match="probabilities"):
            made.fit(given, target)(given)
