"""One recipe on one split: ``counterpoise run``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from counterpoise.data.size import Size
from counterpoise.errors import OutputError, RecipeError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Question
from counterpoise.experiments.progress import Style, display
from counterpoise.recipes.load import load_file
from counterpoise.recipes.schema import Recipe, Value

RUNS = "runs"


def run(
    path: Path,
    *,
    out: Path | None = None,
    device: str = "auto",
    data_root: str | None = None,
    progress: Style | None = None,
) -> Path:
    """Train one recipe, or finish an interrupted run.

    Args:
        path: a recipe with a ``[data]`` table that names its `dataset`, or the folder of a run,
            whose ``recipe.toml`` is read; a run inside an experiment is finished there.
        out: folder of results; ``counterpoise-out/<recipe>`` when left out.
        device: "auto", "cpu", "cuda" or "cuda:1".
        data_root: where named data sets and weights lie.
        progress: how progress is shown.

    Returns:
        The run's folder, with ``report.json`` and the predictor.

    Raises:
        RecipeError: the recipe has faults, or does not say on which data.
        OutputError: the folder holds no run.
    """
    if path.is_dir():
        file = path / "recipe.toml"
        if not file.exists():
            raise OutputError(f"{path} holds no recipe.toml; give a recipe or a run's folder")
        if out is None and path.resolve().parent.parent.name == RUNS:
            out = path.resolve().parents[2]
    else:
        file = path
    recipe = load_file(file)
    question = _question(recipe, out or Path("counterpoise-out", file.stem), device, data_root)
    split = str(recipe.data.get("split", "seed-0"))
    conduct(question, display(progress), recipes=[replace(recipe, data={})], only=split)
    return question.out / RUNS / recipe.name / split


def _question(recipe: Recipe, out: Path, device: str, data_root: str | None) -> Question:
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
    folds = table.get("folds")
    if kind == "fold" and not isinstance(folds, int):
        raise RecipeError(f"{recipe.name}: data.split {split!r} needs data.folds, their number")
    features = table.get("features", {})
    assert isinstance(features, dict), "checked when the recipe was loaded"
    return Question(
        data=dataset,
        methods=(recipe.name,),
        out=out,
        profile=str(table.get("profile", "none")),
        model=str(features["model"]) if features else None,
        seeds=None if kind == "fold" else int(number) + 1,
        folds=folds if isinstance(folds, int) else None,
        frozen=bool(features),
        device=device,
        data_root=data_root,
        settings={f"model.{key}": str(value) for key, value in features.items() if key != "model"},
        validation="balanced" if table.get("validation") == "balanced" else "profiled",
        skip_corrupt=bool(table.get("skip_corrupt", False)),
        size=_size(table.get("size")),
        command=f"counterpoise run {recipe.name}",
    )


def _size(value: Value | None) -> Size | None:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
