"""A sweep of digits that was run once: two ratios, of which one cannot be made, two methods."""

from pathlib import Path
from typing import Any

import pytest

from counterpoise.sweep import door
from counterpoise.sweep.measured import Measured
from counterpoise.sweep.results import Sweep

OPTIONS: dict[str, Any] = {
    "dataset": "digits",
    "methods": "baseline,oversampling",
    "seeds": 2,
    "rounds": 2,
    "jobs": 1,
    "device": "cpu",
    "progress": "silent",
    "settings": {"model.name": "mlp"},
}


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return {**OPTIONS, "out": tmp_path / "out"}


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sweep, list[str], dict[str, Any]]:
    """The sweep, what it said, and its options; methods that a setting does not concern are one."""
    given = {**OPTIONS, "out": tmp_path_factory.mktemp("sweep") / "out"}
    given["methods"] = "baseline,cb"
    said: list[str] = []
    axes = {"rho": (10, 100000), "cb.beta": (0.9, 0.99)}
    return door.conduct(door.ask(axes, given), said.append), said, given


@pytest.fixture
def made(tmp_path: Path) -> Sweep:
    """Three cells by hand: one finished, one waiting, one that cannot be made."""
    metric = "balanced_accuracy"
    finished = Measured(
        {"rho": 10, "model": "mlp"},
        {("baseline", metric): (0.5, 0.7), ("<b>", metric): (0.8, 0.9)},
        ("seed-0", "seed-1"),
        ("a warning",),
        {("baseline", metric): (0.45, 0.75)},
        {("<b>", metric): (0.25, (0.1, 0.4))},
        "<b>",
        (100, 10),
    )
    return Sweep(
        dataset="digits",
        axes={"rho": (10, 100), "model": ("mlp",)},
        methods=("baseline", "<b>"),
        metrics=(metric, "accuracy"),
        select=metric,
        command="counterpoise compare digits --sweep rho=10,100",
        question="q",
        cells=(
            finished,
            Measured({"rho": 100, "model": "mlp"}),
            Measured({"rho": 999, "model": "mlp"}, reason="class 3 has too few"),
        ),
        folder=tmp_path / "sweep",
    )
