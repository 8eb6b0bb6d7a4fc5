"""What a retraining goes on from."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from counterpoise.service.labelling.start import Start, start_of


def described(*classes: str, head: object = None, **preprocess: object) -> SimpleNamespace:
    return SimpleNamespace(classes=classes, model={"head": head}, preprocess=preprocess)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Of a run that was trained with turned pictures."""
    (tmp_path / "predictor").mkdir()
    (tmp_path / "recipe.toml").write_text(
        '[[stages]]\nname = "head"\naugment = [{ name = "Flip" }]\n'
        '[[stages]]\nname = "rest"\naugment = [{ name = "Affine", degrees = 5.0 }]\n'
    )
    return tmp_path / "predictor" / "weights.safetensors"


def test_nothing_without_weights() -> None:
    assert start_of(described("a", "b", name="unit"), None, {"a", "b"}) == Start()


@pytest.mark.parametrize(
    ("classes", "there", "keeps"),
    [
        (("a", "b"), {"b", "a"}, True),
        (("2", "10"), {"10", "2"}, True),
        (("b", "a"), {"a", "b"}, False),  # the data would have them in another order
        (("a", "b", "c"), {"a", "b"}, False),
    ],
)
def test_the_head_is_kept_where_the_classes_are_the_same(classes, there, keeps, weights) -> None:
    assert start_of(described(*classes), weights, there).keeps_head == keeps


def test_a_head_of_another_kind_is_not_kept(weights) -> None:
    ours = described("a", "b", head={"name": "Cosine", "options": {}})
    assert not start_of(ours, weights, {"a", "b"}).keeps_head


def test_it_reads_and_changes_pictures_as_the_running_one_did(weights) -> None:
    found = start_of(described("a", "b", name="unit", crop=24), weights, {"a", "b"})
    assert found.train == {"preprocess": "unit", "crop": 24}
    assert found.augment == ({"name": "Affine", "degrees": 5.0},)
    recipe = weights.parent.parent / "recipe.toml"
    recipe.write_text(f"[train]\nmirror = true\n{recipe.read_text()}")
    mirrored = start_of(described("a", "b", name="unit", crop=24), weights, {"a", "b"})
    assert mirrored.train == {**found.train, "mirror": True}
    assert start_of(described("a", "b", name="unit"), weights, {"a", "b"}).train == {
        "preprocess": "unit"
    }
    recipe.write_text("[[stages")
    assert start_of(described("a", "b"), weights, {"a", "b"}) == Start(weights, True)
