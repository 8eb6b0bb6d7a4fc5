"""Every shipped method trains, predicts and is saved, on real digits."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import counterpoise
from counterpoise.recipes.load import expand, load_methods
from counterpoise.recipes.shipped import method_names

CONTROLS = [r.name for r in load_methods(method_names(), {}, {}) if r.control]
METHODS = [*expand("all"), *CONTROLS, "minimum-cost"]
SEARCHES = [r.name for r in load_methods(method_names(), {}, {}) if r.search is not None]
COSTLY = sorted(set(method_names()) - set(METHODS) - set(SEARCHES))
LARGE = ("densenet121-", "resnet18-")  # networks for large images
SMALLER = {
    "deep-smote.width": 4,
    "deep-smote.epochs": 1,
    **{
        f"{name}.train.{key}": value
        for name in COSTLY
        for key, value in (("batch_size", 16), ("updates_per_round", 1))
        if name.startswith(LARGE)
    },
}


@pytest.mark.slow
def test_every_method_ends_well(tmp_path: Path) -> None:
    report = counterpoise.compare(
        "digits",
        methods=METHODS,
        profile="step:rho=10,mu=0.5,n_max=80",
        seeds=1,
        rounds=2,
        settings={"minimum-cost.minority": 10},
        out=tmp_path,
        progress="silent",
    )
    statuses = {m["name"]: (m["status"], m["error"]) for m in report.as_json()["methods"]}
    assert statuses == dict.fromkeys(METHODS, ("ok", None))
    folders = {p.parents[2].name for p in tmp_path.glob("runs/*/*/predictor/predictor.json")}
    assert folders == set(METHODS)


@pytest.mark.parametrize(
    "large",
    [
        pytest.param(False, marks=pytest.mark.slow, id="28 pixels"),
        pytest.param(True, marks=pytest.mark.system, id="64 pixels"),
    ],
)
def test_every_costly_method_ends_well_on_little(tmp_path: Path, large: bool) -> None:
    methods = [name for name in COSTLY if name.startswith(LARGE) is large]
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [60, 30])
    side = 64 if large else 28
    pixels = random.integers(0, 200, (90, side, side)) + 50 * labels[:, None, None]
    data = tmp_path / "noise.npz"
    np.savez(data, x_train=pixels.astype(np.uint8), y_train=labels)
    report = counterpoise.compare(
        data,
        methods=["baseline", *methods],
        seeds=1,
        rounds=2,
        settings={k: v for k, v in SMALLER.items() if k.partition(".")[0] in methods},
        out=tmp_path / "out",
        progress="silent",
    )
    assert {m.name: (m.status, m.error) for m in report.methods} == dict.fromkeys(
        ["baseline", *methods], ("ok", None)
    )


@pytest.mark.slow
@pytest.mark.parametrize("method", SEARCHES)
def test_every_search_ends_well_on_two_classes(tmp_path: Path, method: str) -> None:
    images, labels = load_digits(return_X_y=True)
    some = np.isin(labels, [3, 8])
    pixels = images[some].reshape(-1, 8, 8).astype(np.uint8)
    data = tmp_path / "three-or-eight.npz"
    np.savez(data, x_train=pixels, y_train=(labels[some] == 8).astype(np.int64))
    report = counterpoise.compare(
        data,
        methods=["baseline", method],
        profile="counts:120,20",
        seeds=2,
        rounds=4,
        out=tmp_path / "out",
        progress="silent",
    )
    assert {m.name: (m.status, m.error) for m in report.methods} == {
        "baseline": ("ok", None),
        method: ("ok", None),
    }
    (search,) = report.experiment.searches.values()
    points = [point for grid in search.grids for point in grid.points]
    assert {point.status for point in points} == {"ok"}
    assert search.value == max(point.values[search.select] for point in points)  # type: ignore[type-var]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert f'<section id="search-{method}">' in page
    assert "could not be drawn" not in page
