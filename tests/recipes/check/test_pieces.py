"""One piece of a recipe: its name, its arguments, and what is said of wrong ones."""

import pytest

from counterpoise.recipes.check.pieces import GIVEN, listed, member, named
from counterpoise.recipes.schema import Component


def test_a_name_alone_is_a_piece_without_arguments() -> None:
    faults: list[str] = []
    assert member("losses", "loss", "CrossEntropy", faults.append) == Component("CrossEntropy")
    table = {"name": "Focal", "gamma": 1.0}
    assert member("losses", "loss", table, faults.append) == Component("Focal", {"gamma": 1.0})
    assert faults == []


@pytest.mark.parametrize(
    ("axis", "value", "said"),
    [
        ("losses", "Focl", "piece: unknown name 'Focl' in losses; did you mean 'Focal'?"),
        ("losses", {"gamma": 1.0}, "piece is a table with a name, such as"),
        ("losses", {"name": "Focal", "gama": 1}, "piece: Focal has no parameter 'gama'; did you"),
        ("losses", {"name": "Focal", "gamma": "x"}, "piece: Focal takes a number"),
        ("resamplers", "imblearn", "piece: unknown name 'imblearn' in resamplers"),
        ("samplers", {"name": "Shuffled", "seed": 3}, "piece: Shuffled has no parameter 'seed'"),
    ],
)
def test_faults(axis: str, value: object, said: str) -> None:
    faults: list[str] = []
    member(axis, "piece", value, faults.append)
    (fault,) = faults
    assert fault.startswith(said)


def test_those_of_another_library_are_left_to_it() -> None:
    faults: list[str] = []
    table = {"name": "imblearn:ADASYN", "n_neighbors": 3}
    found = member("resamplers", "resampler", table, faults.append)
    assert found == Component("imblearn:ADASYN", {"n_neighbors": 3})
    assert faults == []


def test_what_is_no_list_and_no_piece() -> None:
    faults: list[str] = []
    assert listed("x") == []
    assert named("head", None, faults.append) == Component("?")
    assert len(faults) == 1
    assert {"counts", "seed"} <= GIVEN
