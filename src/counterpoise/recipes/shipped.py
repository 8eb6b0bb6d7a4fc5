"""The methods that ship: their names, their groups, and their files as text and tables."""

from __future__ import annotations

import copy
import tomllib
from functools import cache
from importlib import resources

from counterpoise.recipes.check.pieces import Table
from counterpoise.recipes.published import published

CLASSIC = (
    "baseline", "weighted", "oversampling", "undersampling", "two-phase-over", "two-phase-under",
    "thresholding", "oversampling+thresholding", "undersampling+thresholding",
)  # fmt: skip
SEEDS = (
    *CLASSIC, "cnusvm", "cnsvm", "cscnn", "iwce", "wce", "le", "cot", "cce", "focal",
)  # fmt: skip  # of the five papers that this library began with, and losses they compare with
REFERENCES = (
    "hist-gradient-boosting", "hist-gradient-boosting-balanced", "logistic-regression",
    "logistic-regression-balanced",
)  # fmt: skip  # that are no networks, beside every comparison of a table
BY_COST = "minimum-cost"  # which decides by the costs of a comparison, and is there with them


@cache
def method_names() -> tuple[str, ...]:
    """Names of the shipped methods, the classic ones first, controls last."""
    folder = resources.files("counterpoise.recipes") / "methods"
    found = {p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")}
    controls = {name for name in found if method_table(name).get("control")}
    rest = sorted(found - set(CLASSIC) - controls)
    return (*(n for n in CLASSIC if n in found), *rest, *sorted(controls))


@cache
def method_text(name: str) -> str:
    """The TOML file of a shipped method or a published one, header comment included."""
    if name in published():
        return published()[name].read_text("utf-8")
    return (resources.files("counterpoise.recipes") / "methods" / f"{name}.toml").read_text("utf-8")


def differences(name: str) -> dict[str, str]:
    """Setting -> how a shipped method differs in it from its paper.

    ``like`` in the table names a method whose differences are its own as well.

    >>> differences("cnsvm")["train.batch_size"]
    'batch 64, paper 1'
    """
    table = _parsed(name).get("differs", {})
    assert isinstance(table, dict)
    found = {key: str(words) for key, words in table.items()}
    like = found.pop("like", None)
    return found if like is None else differences(like) | found


def method_table(name: str) -> Table:
    """Its TOML, for the caller to change."""
    return copy.deepcopy(_parsed(name))


@cache
def _parsed(name: str) -> Table:
    return tomllib.loads(method_text(name))
