"""A comparison without validation: what it cannot do, because that is chosen on validation."""

from __future__ import annotations

from pydantic import ValidationInfo

from counterpoise import registry
from counterpoise.data.splits.validation import SHARE
from counterpoise.errors import ArgumentError
from counterpoise.experiments.option_words import Spell, in_python
from counterpoise.recipes.load import DECAY
from counterpoise.recipes.schema import Recipe


def none_chosen(value: str, info: ValidationInfo) -> str:
    """The kind of validation, if no other option chooses on what is not there."""
    spell: Spell = info.context or in_python
    asked = [
        f"{spell('tune')} chooses a learning rate" * (info.data.get("tune", 1) > 1),
        f"{spell('race')} lets methods leave" * (info.data.get("race") is True),
        f"{spell('ensemble')} weighs methods" * (info.data.get("ensemble") is True),
    ]
    if value == "none" and any(asked):
        raise ArgumentError(
            f"{_given(spell, 'validation', value)} leaves no samples to choose on; "
            f"{', '.join(filter(None, asked))} (leave that out, or take profiled, beside or "
            "balanced validation)"
        )
    return value


def share_of_some(value: float, info: ValidationInfo) -> float:
    """The share of validation, if there is any."""
    spell: Spell = info.context or in_python
    if value != SHARE and info.data.get("validation") == "none":
        raise ArgumentError(
            f"{_given(spell, 'validation_share', value)} is a share of nothing with "
            f"{_given(spell, 'validation', 'none')}; leave one of them out"
        )
    return value


def what_chooses(recipe: Recipe) -> str | None:
    """What a method does on validation samples, in words; None if it needs none."""
    rules = [rule.name for rule in recipe.posthoc if _learns(rule.name)]
    if rules:
        return (
            f"learns {rules[0]} on validation, and there is none (leave the method out, or take "
            "profiled, beside or balanced validation)"
        )
    if recipe.search is not None and recipe.search.select_on == "validation":
        tried = list(dict.fromkeys(key for grid in recipe.search.grids for key in grid.values))
        value = f"give a value, as in --set {DECAY}=0.01, " if tried == [DECAY] else ""
        return (
            f"searches {', '.join(tried)} on validation, and there is none ({value}leave the "
            "method out, or take profiled, beside or balanced validation)"
        )
    if recipe.train.checkpoint == "best":
        return (
            'keeps the round that is best on validation, and there is none (train.checkpoint = "'
            'last", or take profiled, beside or balanced validation)'
        )
    return None


def _learns(rule: str) -> bool:
    member = registry.find("posthoc", rule)
    return member is not None and member.learns_on_validation


def _given(spell: Spell, option: str, value: object) -> str:
    """An option with its value, as its caller writes it.

    >>> _given(in_python, "validation", "none")
    "validation='none'"
    """
    written = spell(option)
    return f"{written}{value!r}" if written.endswith("=") else f"{written} {value}"
