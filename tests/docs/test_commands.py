"""The commands of docs/results plan what their ledgers hold: recipes may change, and these stay.

A ledger accepts a run by a digest of everything that determines its numbers. Where a shipped recipe
changes, the command on the page says what it was; `committed.json` holds what each command planned
when its ledger was made. Data and versions of packages, which a digest has too, are left out here.
"""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from counterpoise.cli.settings import read_settings
from counterpoise.experiments import identity
from counterpoise.experiments.option_tables import overrides, recipe_settings
from counterpoise.experiments.plan import Grid, plan
from counterpoise.recipes.load import expand, load_methods

RESULTS = Path(__file__).parents[2] / "docs" / "results"
PLANNED = Path(__file__).with_name("committed.json")
COMMAND = re.compile(r"^counterpoise compare .*--ledger.*$", re.MULTILINE)


def commands() -> dict[str, str]:
    """Page and number -> command."""
    return {
        f"{page.stem} {number}": line
        for page in sorted(RESULTS.glob("*.md"))
        for number, line in enumerate(COMMAND.findall(page.read_text("utf-8")), 1)
    }


def planned(command: str) -> dict[str, str]:
    """Method -> digest of what its run on a split is made of."""
    words = shlex.split(command)[3:]
    lines = [value for key, value in pairwise(words) if key == "--set"]
    given: dict[str, Any] = dict(zip(words[::2], words[1::2], strict=True))
    settings, faults = read_settings(lines)
    assert not faults
    options = {
        "model": given.get("--model"),
        "rounds": int(given["--rounds"]),
        "settings": settings,
        "frozen": False,
        "fine_tune": False,
    }
    recipes = load_methods(
        expand(given.get("--methods")), overrides(options), recipe_settings(options)
    )
    split = SimpleNamespace(name="seed-0", train=range(1000), checksum="c")
    subsets = {recipe.subset: [split] for recipe in recipes}
    grid = Grid("image", (3, 32, 32), "d", cast("Any", subsets), {"seed-0": 0}, "cpu", 1)
    return {run.recipe.name: run.identity for run in plan(recipes, grid).runs}


@pytest.mark.parametrize("name", commands())
def test_a_committed_command_plans_what_its_ledger_holds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(RESULTS)
    monkeypatch.setattr(identity.importlib.metadata, "version", lambda package: "1")
    monkeypatch.setattr(identity, "_installed", lambda package: "1")
    assert planned(commands()[name]) == json.loads(PLANNED.read_text("utf-8"))[name]


def test_every_committed_plan_is_of_a_command() -> None:
    assert set(json.loads(PLANNED.read_text("utf-8"))) == set(commands())
