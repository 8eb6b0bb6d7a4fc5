"""What a plan refuses of settings and data: all that the run refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import CounterpoiseError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.progress import display
from counterpoise.sweep import door


@pytest.fixture
def photos(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 256, (80, 100, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / label / f"{i}.png")
    return str(tmp_path / "photos")


def refused(dataset: str, out: Path, **options: Any) -> list[str]:
    """What the plan and the run say."""
    given = {"dataset": dataset, "out": out, "jobs": 1, "device": "cpu", "rounds": 1, **options}
    asked = door.ask({}, given)
    said = []
    with pytest.raises(CounterpoiseError) as planned:
        door.planned(asked)
    said.append(str(planned.value))
    assert not out.exists()
    with pytest.raises(CounterpoiseError) as run:
        conduct(asked.options[0], display("silent"))
    return [*said, str(run.value)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"resize": "whole"}, "got no train.crop, which cuts random parts"),
        ({"resize": "whole", "frozen": True, "model": "mobilenet_v2"}, "for random parts of"),
        ({"methods": "baseline,cmo", "frozen": True, "model": "mobilenet_v2"}, "cmo is for images"),
        ({"scratch": True, "settings": {"train.crop": 500}}, "train.crop cuts 500 x 500"),
    ],
)
def test_a_plan_refuses_what_the_run_refuses(
    photos: str, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    planned, run = refused(photos, tmp_path / "out", **options)
    assert words in run
    assert planned == run


def test_features_of_what_is_no_image_are_refused_by_the_plan(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x_train=np.zeros((40, 3), dtype="f4"), y_train=np.arange(40) % 2)
    planned, run = refused(str(tmp_path / "t.npz"), tmp_path / "out", frozen=True)
    assert planned == run
    assert "takes features of images; t holds samples of kind vector" in run


def test_costs_of_other_classes_are_refused_by_the_plan(photos: str, tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("true,a,c\na,0,1\nc,5,0\n")
    planned, run = refused(photos, tmp_path / "out", cost=str(tmp_path / "costs.csv"))
    assert planned == run
