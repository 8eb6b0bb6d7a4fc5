"""Axes as they are typed, and the comparison at each point."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.sweep.grid import (
    checked,
    folder_name,
    merged,
    options_at,
    parse_axes,
    point_name,
    points,
)


def test_values_of_an_axis_add_up_and_none_is_there_twice() -> None:
    found = parse_axes(["rho=10,100", "mu=.2,.8 rho=1000,10", "profile.x=1"])
    assert found == {"rho": (10, 100, 1000), "mu": (0.2, 0.8), "profile.x": (1,)}


def test_a_whole_profile_keeps_its_commas() -> None:
    found = parse_axes(["profile=step:rho=5,mu=0.2", "profile=linear:rho=5"])
    assert found == {"profile": ("step:rho=5,mu=0.2", "linear:rho=5")}


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_axes(["rho", "mu=1,,2"])
    assert str(caught.value).splitlines() == [
        "--sweep names an axis and its values, as rho=10,100; got 'rho'",
        "--sweep names an axis and its values, as rho=10,100; got 'mu=1,,2'",
    ]
    with pytest.raises(ArgumentError, match="did you mean 'rho'") as caught:
        checked({"roh": (1,), "mu": (), "rho": "10", "profile": ("none",)})
    assert len(str(caught.value).splitlines()) == 4
    with pytest.raises(ArgumentError, match="at least one axis"):
        checked({})


@pytest.mark.parametrize(
    ("profile", "point", "expected"),
    [
        ("none", {"rho": 10}, "step:rho=10"),
        ("none", {"mu": 0.2, "rho": 10}, "step:rho=10,mu=0.2"),
        ("none", {"ratio": 100}, "exp:ratio=100"),
        ("linear:rho=5,n_max=50", {"rho": 10}, "linear:rho=10,n_max=50"),
        ("step:rho=5,mu=0.5", {"n_max": 1234567}, "step:rho=5,mu=0.5,n_max=1234567"),
    ],
)
def test_a_part_goes_into_the_profile(profile: str, point: dict, expected: str) -> None:
    assert options_at({"profile": profile}, point)["profile"] == expected


def test_counts_have_no_parts() -> None:
    with pytest.raises(ArgumentError, match=r"counts:9,4 has no such part .*whole profiles"):
        options_at({"profile": "counts:9,4"}, {"rho": 10})


def test_the_options_of_all_are_not_changed() -> None:
    given = {"settings": {"optimizer.lr": 1.0}}
    found = options_at(given, {"optimizer.lr": 0.1, "model": "mlp", "rounds": 3})
    assert found == {"settings": {"optimizer.lr": 0.1}, "model": "mlp", "rounds": 3}
    assert given == {"settings": {"optimizer.lr": 1.0}}


def test_the_last_axis_is_the_fastest() -> None:
    names = [point_name(point) for point in points({"rho": (1, 2), "model": ("a", "b")})]
    assert names == ["rho=1,model=a", "rho=1,model=b", "rho=2,model=a", "rho=2,model=b"]
    assert points({}) == [{}]


def test_a_folder_holds_any_value() -> None:
    assert folder_name({"model.weights": "../a b/c.pt"}) == "model.weights=..-a-b-c.pt"
    with pytest.raises(ArgumentError, match="has a name of"):
        folder_name({"profile": f"counts:{'9,' * 200}9"})


def test_axes_of_two_sweeps_are_together_in_order() -> None:
    before = {"rho": (100, 10), "model": ("mlp",)}
    assert merged(before, {"rho": (50,), "model": ("auto",)}) == {
        "rho": (10, 50, 100), "model": ("auto", "mlp"),
    }  # fmt: skip
    assert merged(before, {"rho": (50,)}) == {"rho": (50,)}
    assert merged(None, {"rho": (2, 1)}) == {"rho": (2, 1)}
