"""The pretrained backbone whose cached features a classifier was trained on, and its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from counterpoise.atomic import replacing
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import CheckpointError
from counterpoise.models.classifier import Classifier
from counterpoise.predict import artifact, restore
from counterpoise.records import FrozenPart

_PREFIX = "frozen."  # of its tensors among those of a predictor


@dataclass(frozen=True)
class FrozenBackbone:
    """What comes before a classifier that was trained on cached features (``--frozen``).

    Args:
        classifier: of which only the features are used.
        preprocess: raw inputs to what this backbone reads.
    """

    classifier: Classifier
    preprocess: Preprocess

    def described(self) -> FrozenPart:
        """How it is made again, without its weights."""
        model = restore.spec_of(self.classifier).to_dict()
        return FrozenPart(model=model, preprocess=self.preprocess.to_dict())

    def tensors(self) -> dict[str, Tensor]:
        """Its weights, by the names that they have among those of a predictor."""
        own = self.classifier.backbone.state_dict()
        return {f"{_PREFIX}backbone.{key}": value for key, value in own.items()}

    def shared(self, folder: Path, shelf: Path) -> FrozenPart:
        """The description of one whose weights lie in `shelf`, once for all of its predictors.

        Args:
            folder: of the predictor that is saved.
            shelf: folder of files that are named after their content; one that is there stays.

        Raises:
            OutputError: the file cannot be written.
        """
        content = artifact.packed(self.tensors())
        digest = artifact.digest(content)
        path = shelf / f"{digest[:16]}.safetensors"
        if not path.is_file() or path.stat().st_size != len(content):
            with replacing(path) as stream:
                stream.write(content)
        place = os.path.relpath(path, folder)
        return self.described().model_copy(update={"weights": place, "weights_sha256": digest})


def restored(part: FrozenPart, folder: Path, tensors: Mapping[str, Tensor]) -> FrozenBackbone:
    """The backbone of the predictor in `folder`, whose own tensors are given.

    Raises:
        CheckpointError: the file that it shares is not there, or damaged.
    """
    if part.weights:
        tensors = artifact.tensors_of(where(part, folder), part.weights_sha256)
    own = {k.removeprefix(_PREFIX): v for k, v in tensors.items() if k.startswith(_PREFIX)}
    classifier = restore.classifier_of(part.model, own, whole=False)
    return FrozenBackbone(classifier, Preprocess.from_dict(part.preprocess))


def where(part: FrozenPart, folder: Path) -> Path:
    """The file of shared weights, from the folder of a predictor or in it.

    Raises:
        CheckpointError: it is in neither place.
    """
    path = folder / part.weights
    beside = folder / path.name
    for found in (path, beside):
        if found.is_file():
            return found
    raise CheckpointError(
        f"{folder} takes features of {part.model.get('name')}, whose weights {path.name} are not "
        f"there: all runs of a comparison share them, in its folder {path.parent.name}/ (move the "
        "whole output folder, put that file beside predictor.json, or export the run before it is "
        "moved: counterpoise export)"
    )
