"""One recipe on one split: ``counterpoise run``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from counterpoise.errors import OutputError, RecipeError
from counterpoise.experiments.compare_options import Style
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.run_folder import RECIPE
from counterpoise.experiments.tasks import RUNS
from counterpoise.python_words import parse_value
from counterpoise.recipes.load import load_file
from counterpoise.recipes.schema import Recipe

# In the table as in the options.
SAME = ("profile", "validation", "validation_share", "skip_corrupt", "size", "resize", "devices")


def run(
    path: Path,
    *,
    out: Path | None = None,
    device: str = "auto",
    devices: int | None = None,
    data_root: str | None = None,
    progress: Style | None = None,
) -> Path:
    """Train one recipe, or finish an interrupted run.

    Args:
        path: a recipe with a ``[data]`` table that names its `dataset`, or the folder of a run,
            whose ``recipe.toml`` is read; a run inside an experiment is finished there.
        out: folder of results; ``counterpoise-out/<recipe>`` when left out.
        device: "auto", "cpu", "cuda" or "cuda:1".
        devices: that share the training; those of the recipe's ``[data]`` table, or one.
        data_root: where named data sets and weights lie.
        progress: how progress is shown.

    Returns:
        The run's folder, with ``report.json`` and the predictor.

    Raises:
        RecipeError: the recipe has faults, or does not say on which data.
        OutputError: the folder holds no run.
    """
    if path.is_dir():
        file = path / RECIPE
        if not file.exists():
            raise OutputError(f"{path} holds no {RECIPE}; give a recipe or a run's folder")
        if out is None and path.resolve().parent.parent.name == RUNS:
            out = path.resolve().parents[2]
    else:
        file = path
    recipe = load_file(file)
    given = asked(recipe)
    given |= {"out": out or Path("counterpoise-out", file.stem), "device": device}
    if devices is not None:
        given["devices"] = devices
    options = Options.of({**given, "data_root": data_root, "progress": progress}, written)
    conduct(options, display(progress))
    return options.out / RUNS / recipe.name / str(options.only)


def asked(recipe: Recipe) -> dict[str, object]:
    """The options that a recipe's ``[data]`` table stands for."""
    table = dict(recipe.data)
    dataset = table.get("dataset")
    if not isinstance(dataset, str):
        raise RecipeError(
            f'{recipe.name}: a recipe that is run has a [data] table with dataset = "..."; '
            f"got {dataset!r}"
        )
    split = str(table.get("split", "seed-0"))
    kind, _, number = split.partition("-")
    if kind not in ("seed", "fold") or not number.isdigit():
        raise RecipeError(f"{recipe.name}: data.split is such as 'seed-0'; got {split!r}")
    if kind == "fold" and not isinstance(table.get("folds"), int):
        raise RecipeError(f"{recipe.name}: data.split {split!r} needs data.folds, their number")
    features = table.get("features", {})
    assert isinstance(features, dict), "checked when the recipe was loaded"
    same = {key: table[key] for key in SAME if key in table}
    return same | {
        "dataset": dataset,
        "recipes": (replace(recipe, data={}),),
        "model": features.get("model"),
        "seeds": None if kind == "fold" else int(number) + 1,
        "folds": table.get("folds"),
        "frozen": bool(features) and not table.get("fine_tune"),
        "fine_tune": bool(table.get("fine_tune")),
        "scratch": not features,  # what was trained is repeated, whatever is the default now
        "settings": {
            f"model.{key}": parse_value(value) if isinstance(value, str) else value
            for key, value in features.items()
            if key != "model"
        },
        "only": split,
        "command": f"counterpoise run {recipe.name}",
    }


def written(option: str) -> str:
    """An option as its user wrote it: of the command, or a key of the recipe's table."""
    own = ("out", "device", "devices", "data_root")
    return on_command_line(option) if option in own else f"data.{option}"
