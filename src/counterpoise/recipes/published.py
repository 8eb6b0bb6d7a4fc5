"""Methods exactly as a paper has them, and in what the shipped ones differ from their papers.

A shipped method is usable at a comparison's usual number of updates. What its paper did stands
beside the paper's tables, ``papers/PAPER/methods/NAME-as-published.toml``, and is named like any
method.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from counterpoise.recipes.schema import Recipe, Value

NOT_ITS_OWN = ("name", "contrast")  # of a stage; a contrast set goes with its sampler
PUBLISHED = "-as-published"  # how the name of such a method ends


@cache
def published() -> dict[str, Path]:
    """Name -> file of every method that is exactly as its paper has it, paper by paper."""
    papers = Path(str(resources.files("counterpoise.recipes") / "papers"))
    return {path.stem: path for path in sorted(papers.glob(f"*/methods/*{PUBLISHED}.toml"))}


def settings_apart(shipped: Recipe, exact: Recipe) -> tuple[str, ...]:
    """Settings in which two recipes differ, such as "optimizer.lr" or "stages.warm-up.sampler"."""
    ours, theirs = _flat(shipped), _flat(exact)
    keys = dict.fromkeys([*ours, *theirs])
    return tuple(key for key in keys if ours.get(key) != theirs.get(key))


def _flat(recipe: Recipe) -> dict[str, Value]:
    """A recipe's settings by name; a piece of a stage is one setting, with its arguments."""
    flat: dict[str, Value] = {}
    for key, value in recipe.as_dict().items():
        if key == "stages":
            for stage in recipe.stages:
                own = {
                    name: one for name, one in stage.as_dict().items() if name not in NOT_ITS_OWN
                }
                flat |= {f"stages.{stage.name}.{name}": one for name, one in own.items()}
        elif isinstance(value, dict):
            flat |= {f"{key}.{name}": one for name, one in value.items()}
        elif key not in ("name", "title"):
            flat[key] = value
    return flat
