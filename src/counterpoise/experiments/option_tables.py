"""What options say to recipes: tables that replace keys of base.toml, and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterpoise.models.backbones import WEIGHTS
from counterpoise.models.catalog import LAST_HALF
from counterpoise.recipes.schema import Value

FROZEN_MODEL = "mobilenet_v2"  # whose features are taken when no other is named


def overrides(asked: Mapping[str, Any]) -> dict[str, Value]:
    """Tables that replace keys of base.toml, by the options `asked`."""
    tables: dict[str, Value] = {}
    if asked.get("frozen"):
        tables["model"] = {"name": "linear"}
    elif asked.get("fine_tune"):
        given = {k: v for k, v in asked.get("settings", {}).items() if k.startswith("model.")}
        tables["model"] = {
            "name": f"{LAST_HALF}{asked.get('model') or FROZEN_MODEL}",
            "weights": WEIGHTS,
            **{key.removeprefix("model."): value for key, value in given.items()},
        }
    elif asked.get("model") is not None:
        tables["model"] = {"name": asked["model"]}
    if asked.get("rounds") is not None:
        tables["train"] = {"rounds": asked["rounds"]}
    return tables


def recipe_settings(asked: Mapping[str, Any]) -> dict[str, Value]:
    """The settings that concern recipes; with a pretrained backbone, model.* is that one's."""
    return {
        key: value
        for key, value in asked["settings"].items()
        if not ((asked.get("frozen") or asked.get("fine_tune")) and key.startswith("model."))
    }
