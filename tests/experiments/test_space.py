"""How much room on the disk a comparison asks for."""

from pathlib import Path

from counterpoise import data
from counterpoise.experiments import space
from counterpoise.experiments.options import Options
from counterpoise.recipes.load import load_methods


def test_space_is_asked_for_what_will_be_written(tmp_path: Path) -> None:
    """Decoded inputs once, scores for each method; what is there already is not asked again."""
    dataset = data.load("digits")
    splits = {"profile": data.make_splits(dataset, data.parse("none"), seeds=range(2))}
    recipes = load_methods(["baseline", "oversampling"], {}, {})
    asked = Options.of({"dataset": "digits", "out": tmp_path})
    scored = sum(len(s.test) + len(s.validation) for s in splits["profile"])
    whole = space.needed_space(asked, dataset, recipes, splits)
    assert whole == 1797 * 64 + scored * 8 * 10 * 2 + space.LEAST
    cache = tmp_path / "cache" / dataset.checksum / "inputs.npy"
    cache.parent.mkdir(parents=True)
    cache.touch()
    assert space.needed_space(asked, dataset, recipes, splits) == whole - 1797 * 64
