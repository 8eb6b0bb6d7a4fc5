"""What is faster and what is stronger: only what applies, each with its time."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from counterpoise.experiments import alternatives as module
from counterpoise.experiments.alternatives import alternatives
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.options import Options


def setup(
    folder: Path,
    *,
    side: int = 8,
    splits: int = 3,
    image_seconds: float | None = None,
    **asked: Any,
) -> Any:
    """As much of a comparison as is read."""
    np.save(folder / "labels.npy", np.repeat([0, 1], [900, 9]))
    given = {"dataset": "digits", "out": folder / "out", "command": "counterpoise compare digits"}
    options = Options.of({**given, **asked})
    return SimpleNamespace(
        options=options,
        clock=Clock(options.budget),
        grid=SimpleNamespace(
            seeds=dict.fromkeys(range(splits)),
            input_shape=(3, side, side),
            splits={"profile": [SimpleNamespace(train=range(600))] * splits},
        ),
        context=SimpleNamespace(
            kind="image", labels=folder / "labels.npy", image_seconds=image_seconds
        ),
        jobs=2,
    )


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = SimpleNamespace(speed=30, at_hand=lambda root: Path("there"))
    monkeypatch.setattr(module, "BACKBONES", dict.fromkeys(module.USUAL, usual))


def test_a_short_comparison_has_none_nor_one_that_a_budget_ends(tmp_path: Path) -> None:
    assert alternatives(setup(tmp_path), 119) is None
    assert alternatives(setup(tmp_path, budget="5m"), 1000) is None


def test_a_long_one_has_a_line(tmp_path: Path) -> None:
    assert alternatives(setup(tmp_path), 26 * 60) == (
        "faster: `--budget 10m` ranks what is finished by then, `--race` takes 17 to 26 min; "
        "stronger: `--seeds 6`, about 52 min"
    )


@pytest.mark.usefixtures("weights")
def test_images_of_natural_size_have_features_where_weights_are_at_hand(tmp_path: Path) -> None:
    line = alternatives(setup(tmp_path, side=224), 3 * 3600)
    assert line is not None
    assert "`--budget 1h` ranks" in line
    assert "`--frozen` takes about 1 min;" in line  # 909 images at 30 a second, and heads
    assert "--frozen" not in (alternatives(setup(tmp_path, side=32), 3 * 3600) or "")


def test_a_race_is_not_offered_twice_nor_where_it_changes_nothing(tmp_path: Path) -> None:
    assert "--race" not in (alternatives(setup(tmp_path, race=True), 600) or "")
    assert "--race" not in (alternatives(setup(tmp_path, splits=2), 600) or "")


def test_python_writes_options_its_own_way_and_folds_need_samples(tmp_path: Path) -> None:
    line = alternatives(setup(tmp_path, command="compare(x)", folds=3), 600)
    assert line == (
        'faster: `budget="5m"` ranks what is finished by then, `race=True` takes 7 to 10 min; '
        "stronger: `folds=6`, about 20 min"
    )
    assert "stronger" not in (alternatives(setup(tmp_path, folds=5, splits=5), 600) or "")


def test_of_heads_on_features_half_of_the_backbone_may_be_stronger(tmp_path: Path) -> None:
    asked = setup(tmp_path, frozen=True, methods="baseline,weighted")
    line = alternatives(asked, 600)  # .165 s x 600 images x 2 methods x 3 seeds / 2 jobs
    assert line is not None
    assert line.endswith("stronger: `--fine-tune` may be, about 5 min, `--seeds 6`, about 20 min")
    slow = setup(tmp_path, frozen=True, methods="baseline,weighted", image_seconds=0.1)
    assert "`--fine-tune` may be, about 19 min" in (alternatives(slow, 600) or "")
