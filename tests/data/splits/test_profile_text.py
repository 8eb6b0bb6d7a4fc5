"""The text of a profile: what it is read as, and what is refused."""

import pytest

from counterpoise.data import parse
from counterpoise.errors import ArgumentError


def test_what_is_left_out_has_a_default() -> None:
    step = parse(" step:rho=5 ")
    assert (str(step), step.kind, step.ratio, step.mu) == ("step:rho=5", "step", 5.0, 0.5)
    assert (step.minority, step.order, step.n_max) == ("random", "as-is", None)
    assert parse("step:rho=5,minority=3+7").mu is None
    assert (step.draw, parse("step:rho=5,draw=2").draw) == (0, 2)
    assert parse("linear:rho=2,n_max=40,order=by-size").n_max == 40
    assert parse("counts:5, 2").counts == (5, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepp:rho=2", r"unknown profile 'stepp:rho=2'; did you mean 'step'"),
        ("", "unknown profile ''"),
        ("none:rho=2", "unknown profile"),
        ("step", "rho is missing"),
        ("step:roh=2,mu=.5", r"unknown key 'roh'; did you mean 'rho'"),
        ("exp:rho=10", r"unknown key 'rho'; known: n_max, order, ratio"),
        ("step:rho=0.5", "rho is a number at least 1; got 0.5"),
        ("step:rho=nan", "rho is a number at least 1; got nan"),
        ("step:rho=inf", "rho is a number at least 1; got inf"),
        ("step:rho=ten", "got ten"),
        ("step:rho=", "rho needs a value"),
        ("step:rho", "rho needs a value"),
        ("step:rho=2,rho=3", "rho is given twice"),
        ("step:rho=2,mu=1.5", "mu is a number from 0 to 1; got 1.5"),
        ("step:rho=2,n_max=1.5", "n_max is a whole number; got 1.5"),
        ("step:rho=2,draw=0.5", "draw is a whole number; got 0.5"),
        ("step:rho=2,draw=-1", "draw is a number at least 0; got -1"),
        ("step:rho=2,minority=lowest,draw=1", "draw is for minority=random; got minority=lowest"),
        ("counts:", "counts are whole numbers"),
        ("counts:3,0", "got '0'"),
        ("counts:3,-1", "got '-1'"),
        ("counts:3,2.5", "got '2.5'"),
    ],
)
def test_bad_text(text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(ArgumentError) as caught:
        parse("step:rho=0,mu=7,minorty=lowest")
    for piece in ("rho is a number", "mu is a number", "did you mean 'minority'"):
        assert piece in str(caught.value)
