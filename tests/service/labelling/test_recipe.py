"""The recipe of a retraining, as the library reads it."""

import tomllib
from pathlib import Path

import pytest

from counterpoise.recipes.load import load_file
from counterpoise.recipes.shipped import method_names
from counterpoise.records import ExportRecord
from counterpoise.service.labelling.held_out import SHARE
from counterpoise.service.labelling.recipe import (
    COMPARED,
    DEFAULT,
    METHODS,
    TLC,
    begins_anew,
    comparison,
    recipe,
)
from counterpoise.service.labelling.start import Start

DATA = Path('/x/"odd" \\ name\n/labels.csv')


def described(frozen=None, **model) -> ExportRecord:
    whole = {
        "format": "onnx", "classes": ["a", "b"], "outputs": {}, "preprocess": {},
        "input": {
            "name": "samples", "dtype": "uint8", "shape": ["batch", 3, 24, 32], "kind": "image",
            "decode": {"channels": "RGB", "height": 24, "width": 32, "resize": "stretch"},
        },
        "model": {"name": "small-cnn", "options": {"width": 8}, **model},
        "frozen": None if frozen is None else {"model": {"name": frozen}, "preprocess": {}},
        "scores": "logits", "posthoc": [], "prior": None, "prior_factor": None, "metadata": {},
        "files": {}, "versions": {},
    }  # fmt: skip
    return ExportRecord.model_validate(whole)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_goes_on_as_it_is(method: str, tmp_path) -> None:
    weights = tmp_path / "w.safetensors"
    file = tmp_path / "retrained.toml"
    start = Start(weights, True, {"preprocess": "standard"}, ({"name": "Affine", "degrees": 5.0},))
    file.write_text(recipe(described(), DATA, method, start, 7), "utf-8")
    found = tomllib.loads(file.read_text("utf-8"))
    assert found["data"] == {
        "dataset": str(DATA),
        "split": "seed-0",
        "size": "32x24",
        "validation": "none",
    }
    assert found["model"] == {
        "name": "small-cnn", "width": 8, "weights": str(weights), "keep_head": True,
    }  # fmt: skip
    loaded = load_file(file)
    assert (loaded.train.rounds, loaded.train.preprocess) == (7, "standard")
    assert loaded.model.parameters["weights"] == str(weights)
    augment = [(piece.name, dict(piece.parameters)) for piece in loaded.stages[-1].augment]
    own = [("Flip", {}), ("Affine", {})]
    assert augment == (own if method == TLC else [("Affine", {"degrees": 5.0})])
    assert begins_anew(described()) == ""


def test_the_default_changes_all_of_the_network_and_no_picture(tmp_path) -> None:
    """What it does by itself does no harm to a small network that is not pretrained."""
    file = tmp_path / "retrained.toml"
    start = Start(tmp_path / "w.safetensors", True)
    file.write_text(recipe(described(), DATA, DEFAULT, start, 0), "utf-8")
    (stage,) = load_file(file).stages
    assert stage.sampler.name == "F1Driven"
    assert (stage.train, stage.freeze, stage.augment, stage.head) == (("*",), (), (), None)


def test_another_head_begins_anew(tmp_path) -> None:
    file = tmp_path / "retrained.toml"
    file.write_text(recipe(described(), DATA, DEFAULT, Start(tmp_path / "w"), 0), "utf-8")
    assert "keep_head" not in load_file(file).model.parameters


@pytest.mark.parametrize("name", ["mobilenet_v2", "first-half:mobilenet_v2"])
def test_a_head_on_features_begins_anew(name: str, tmp_path) -> None:
    ours = described(frozen=name)
    file = tmp_path / "retrained.toml"
    file.write_text(recipe(ours, DATA, DEFAULT, Start(), 0), "utf-8")
    found = load_file(file)
    assert found.data["features"] == {"model": "mobilenet_v2", "weights": "IMAGENET1K_V1"}
    assert bool(found.data.get("fine_tune")) == name.startswith("first-half:")
    assert "its backbone is fixed" in begins_anew(ours)


def test_a_comparison_has_the_same_network_and_weights(tmp_path) -> None:
    weights = tmp_path / "w.safetensors"
    start = Start(weights, True, {"preprocess": "standard"})
    words = comparison(described(), DATA, start, 7, tmp_path / "out")
    assert words[:2] == ["compare", str(DATA)]
    given = {words[i] for i in range(len(words)) if words[i - 1] == "--set"}
    assert given == {
        "model.width=8", f'model.weights="{weights}"', "model.keep_head=true",
        'train.preprocess="standard"',
    }  # fmt: skip
    at = {word: words[i + 1] for i, word in enumerate(words[:-1]) if word.startswith("--")}
    assert at["--methods"] == ",".join((*COMPARED, "tlc"))
    assert (at["--model"], at["--size"], at["--rounds"]) == ("small-cnn", "32x24", "7")
    assert at["--validation-share"] == str(SHARE)
    assert "--scratch" in words


@pytest.mark.parametrize(
    ("name", "way"), [("mobilenet_v2", "--frozen"), ("first-half:mobilenet_v2", "--fine-tune")]
)
def test_a_comparison_of_heads_on_features(name: str, way: str, tmp_path) -> None:
    words = comparison(described(frozen=name), DATA, Start(), 0, tmp_path / "out")
    assert way in words
    assert words[words.index("--model") + 1] == "mobilenet_v2"
    assert words[words.index("--methods") + 1] == ",".join(COMPARED)
    assert not {"--scratch", "--set", "--rounds"} & set(words)


def test_every_method_of_a_comparison_is_one_of_the_library() -> None:
    assert set(COMPARED) <= set(method_names())


@pytest.mark.parametrize(
    ("rule", "train", "expected"),
    [
        ("stretch", {}, None),
        ("short-side", {}, "short-side"),
        ("whole", {"crop": 20}, "whole"),
        ("whole", {}, "short-side"),  # which reads the same middle, and needs no crops
    ],
)
def test_frames_are_read_as_the_running_model_reads_them(
    rule: str, train: dict[str, int], expected: str | None, tmp_path: Path
) -> None:
    ours = described()
    decode = ours.input.decode
    assert decode is not None
    part = ours.input.model_copy(update={"decode": decode.model_copy(update={"resize": rule})})
    ours = ours.model_copy(update={"input": part})
    file = tmp_path / "retrained.toml"
    file.write_text(recipe(ours, DATA, DEFAULT, Start(train=train), 0), "utf-8")
    assert load_file(file).data.get("resize") == expected
    words = comparison(ours, DATA, Start(train=train), 0, tmp_path / "out")
    assert (words[words.index("--resize") + 1] if "--resize" in words else None) == expected
