"""What a user names, to a recipe."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from counterpoise.errors import RecipeError
from counterpoise.models.catalog import about
from counterpoise.recipes.load import expand, load_file, load_methods
from counterpoise.recipes.schema import Recipe, Value

Method = str | os.PathLike[str] | Recipe


def read(method: Method) -> Recipe:
    """The recipe of a method name, of a TOML file's path, or itself.

    Raises:
        RecipeError: no such method or file, one with faults, one that needs more samples than
            an estimator is given, or one that searches its settings.
    """
    if isinstance(method, Recipe):
        recipe = method
    elif isinstance(method, os.PathLike) or method.endswith(".toml"):
        recipe = load_file(Path(method))
    else:
        recipe, *others = load_methods(expand([method]), {}, {})
        if others:
            raise RecipeError(f"method is one method; '{method}' names several")
    if recipe.subset != "profile":
        raise RecipeError(
            f"{recipe.name} draws its training set beyond the samples it is given, so it only "
            "works in `counterpoise compare`"
        )
    if recipe.search is not None:
        raise RecipeError(
            f"{recipe.name} searches its settings, which `counterpoise compare` and `run` do; "
            "here, search `method_parameters` with scikit-learn's GridSearchCV"
        )
    if recipe.reference:
        raise RecipeError(
            f"{recipe.name} is no network, and scikit-learn fits it itself, which `counterpoise "
            "compare` and `run` do; here, use scikit-learn's own class (LogisticRegression, "
            "HistGradientBoostingClassifier)"
        )
    if recipe.boosting is not None or about(recipe.model.name).fitted_by is not None:
        raise RecipeError(
            f"{recipe.name} boosts, which `counterpoise compare` and `run` do; here, give a "
            "CounterpoiseClassifier or a tree to scikit-learn's AdaBoostClassifier"
        )
    if recipe.ensemble is not None:
        raise RecipeError(
            f"{recipe.name} trains several networks, which `counterpoise compare` and `run` do; "
            "here, give CounterpoiseClassifiers to scikit-learn's VotingClassifier"
        )
    if recipe.data:
        warnings.warn(
            f"{recipe.name}: the [data] table is ignored; fit is given the data",
            UserWarning,
            stacklevel=4,
        )
    return recipe


def plain(value: object) -> Value:
    """A setting as TOML would give it: no numpy numbers or arrays, no tuples."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value  # type: ignore[return-value]  # the recipe's checks name what does not fit
