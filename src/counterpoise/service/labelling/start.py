"""What a retraining goes on from: weights, head, preprocessing and augmentation of what runs."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from counterpoise.data.label_codes import class_order
from counterpoise.recipes.schema import Value
from counterpoise.records import ExportRecord

RECIPE = "recipe.toml"  # of a run, beside its predictor

Table = dict[str, Value]


@dataclass(frozen=True)
class Start:
    """What a training begins with.

    Args:
        weights: of the network that runs; None where it begins anew.
        keeps_head: whether its head is gone on with, too: the data have its classes.
        train: keys of [train] by which the running network reads its samples.
        augment: by which it was trained, tables of a recipe's stage.
    """

    weights: Path | None = None
    keeps_head: bool = False
    train: Mapping[str, str | int] = field(default_factory=dict)
    augment: tuple[Table, ...] = ()


def start_of(described: ExportRecord, weights: Path | None, classes: Collection[str]) -> Start:
    """The beginning of a training again.

    Args:
        described: the model that runs.
        weights: of its network; None for none.
        classes: of the data, in any order.
    """
    if weights is None:
        return Start()
    same = tuple(described.classes) == class_order(tuple(classes))
    train: dict[str, str | int] = {}
    preprocess = described.preprocess
    if isinstance(name := preprocess.get("name"), str):
        train["preprocess"] = name
    if isinstance(crop := preprocess.get("crop"), int):
        train["crop"] = crop
    own_head = described.model.get("head") is None
    augment, mirrors = _changes(weights.parent.parent / RECIPE)
    if mirrors and "crop" in train:
        train["mirror"] = True
    return Start(weights, same and own_head, train, augment)


def _changes(file: Path) -> tuple[tuple[Table, ...], bool]:
    """What the last stage of a run changed its samples by, and whether its crops were mirrored.

    Nothing where that is not known.
    """
    try:
        said = tomllib.loads(file.read_text("utf-8"))
        augment = said["stages"][-1].get("augment", [])
        mirrors = said.get("train", {}).get("mirror") is True
        return tuple(dict(piece) for piece in augment), mirrors
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return (), False
