"""Which methods an estimator takes, in which forms, and what it says of the others."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import RecipeError
from counterpoise.recipes.images import for_images
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.shipped import method_names

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]

# learn from what is held out
HELD_OUT = {"minimum-cost", "temperature", "threshold-search", "vector-scaling"}
SEARCHES = {"cnusvm-search"}  # refused: tests/recipes/check/test_search.py
RECIPES = load_methods(method_names(), {}, {})
NEEDS_IMAGES = {r.name for r in RECIPES if for_images(r)}
BOOSTS = {r.name for r in RECIPES if r.boosting is not None or r.model.name == "trees"}
REFERENCES = {r.name for r in RECIPES if r.reference}  # of scikit-learn
SEVERAL = {r.name for r in RECIPES if r.ensemble is not None}
ELSEWHERE = NEEDS_IMAGES | SEARCHES | BOOSTS | SEVERAL | REFERENCES


@pytest.mark.parametrize("method", [n for n in method_names() if n not in ELSEWHERE])
def test_every_method_fits(skewed: Arrays, method: str) -> None:
    X, y = skewed
    held = 0.3 if method in HELD_OUT else 0.0
    model = CounterpoiseClassifier(method, rounds=2, random_state=0, validation_fraction=held)
    if method == "balanced-same-size":
        with pytest.raises(RecipeError, match="beyond the samples it is given"):
            model.fit(X, y)
        return
    model.fit(X, y)
    scores = model.decision_function(X)
    assert (model.predict(X) == scores.argmax(1)).all()
    margins = method in ("cnusvm", "cnsvm")
    assert hasattr(model, "predict_proba") is not margins
    if not margins:
        np.testing.assert_allclose(model.predict_proba(X).sum(1), 1)


@pytest.mark.parametrize("method", sorted(BOOSTS))
def test_boosting_is_refused(skewed: Arrays, method: str) -> None:
    with pytest.raises(RecipeError, match=f"{method} boosts"):
        CounterpoiseClassifier(method, rounds=1).fit(*skewed)


@pytest.mark.parametrize("method", sorted(REFERENCES))
def test_references_are_refused(skewed: Arrays, method: str) -> None:
    with pytest.raises(RecipeError, match=rf"{method} is no network, .*\(LogisticRegression"):
        CounterpoiseClassifier(method, rounds=1).fit(*skewed)


def test_several_networks_are_refused(skewed: Arrays) -> None:
    with pytest.raises(RecipeError, match=r"deep-ensemble trains several .* VotingClassifier"):
        CounterpoiseClassifier("deep-ensemble", rounds=1).fit(*skewed)


def test_recipes_as_objects_and_files(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    (recipe,) = load_methods(["oversampling"], {}, {})
    (tmp_path / "mine.toml").write_text('base = "oversampling"\n[train]\nbatch_size = 16\n')
    by_name = CounterpoiseClassifier("oversampling", batch_size=16, rounds=2, random_state=0)
    by_path = CounterpoiseClassifier(str(tmp_path / "mine.toml"), rounds=2, random_state=0)
    by_object = CounterpoiseClassifier(recipe, batch_size=16, rounds=2, random_state=0)
    expected = by_name.fit(X, y).predict_proba(X)
    assert (by_path.fit(X, y).predict_proba(X) == expected).all()
    assert (by_object.fit(X, y).predict_proba(X) == expected).all()


def test_a_recipe_that_names_its_data_warns(skewed: Arrays, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "baseline"\n[data]\ndataset = "digits"\n')
    with pytest.warns(UserWarning, match=r"the \[data\] table is ignored"):
        CounterpoiseClassifier(tmp_path / "mine.toml", rounds=1).fit(*skewed)


def test_all_faults_are_named_at_once(skewed: Arrays) -> None:
    parameters = {"ratoi": 3, "optimizer.momentun": 0.5}
    model = CounterpoiseClassifier(rounds=2.5, method_parameters=parameters)  # type: ignore[arg-type]
    with pytest.raises(RecipeError) as caught:
        model.fit(*skewed)
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("method", ["cmo", "hog-nn", "deep-smote", "resnet18-ce"])
def test_a_method_for_images_is_refused_elsewhere(skewed: Arrays, method: str) -> None:
    with pytest.raises(RecipeError, match=rf"{method} is for images .* got X of shape \(90, 4\)"):
        CounterpoiseClassifier(method, rounds=1).fit(*skewed)
