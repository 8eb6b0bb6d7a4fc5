"""Pieces that change from round to round say so, and no others."""

import importlib

import pytest

from counterpoise.registry import members

AXES = ("losses", "weights", "samplers")


@pytest.mark.parametrize("axis", AXES)
def test_who_takes_part_in_rounds_says_that_it_changes(axis: str) -> None:
    """A round, or a report on one, is told to `set_epoch` and `observe`; most ignore both."""
    module = importlib.import_module(f"counterpoise.{axis}")
    for name, member in members(axis).items():
        owner = getattr(module, name)
        heard = {
            base.__name__
            for base in owner.__mro__
            if {"set_epoch", "observe"} & set(vars(base)) and base.__name__ not in SILENT
        }
        assert member.changes_by_round == bool(heard), name


SILENT = {"BaseLoss", "BaseWeights", "StreamSampler", "Protocol"}  # whose own do nothing
