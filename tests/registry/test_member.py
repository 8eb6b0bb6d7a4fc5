"""Facts that classes state are those that importing them gives."""

import importlib

import pytest

from counterpoise.registry import AXES, find, members

FACTS = {
    "revision": 1,
    "corrects_prior": False,
    "package": None,
    "prefix": None,
    "scores": None,
    "accepts": (),
    "contrast_share": None,
    "changes_by_round": False,
    "needs_images": False,
    "image_sides": None,
    "mixes": False,
    "key": None,
    "title": None,
    "lower_is_better": False,
}


@pytest.mark.parametrize("axis", AXES)
def test_facts_are_read_as_importing_says(axis: str) -> None:
    module = importlib.import_module(f"counterpoise.{axis}")
    for name, member in members(axis).items():
        stated = {fact: getattr(member, fact) for fact in FACTS}
        owner = getattr(module, name)
        assert stated == {fact: getattr(owner, fact, none) for fact, none in FACTS.items()}, name


def test_a_prefix_stands_for_a_whole_library() -> None:
    found = find("resamplers", "imblearn:TomekLinks")
    assert found is not None
    assert (found.name, found.package) == ("ImbalancedLearn", "imbalanced-learn")
    assert find("resamplers", "SMOTE") == members("resamplers")["SMOTE"]
    assert find("resamplers", "smote") is None
    assert find("losses", "imblearn:TomekLinks") is None
