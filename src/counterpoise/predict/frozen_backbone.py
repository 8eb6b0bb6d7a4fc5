"""The pretrained backbone whose cached features a classifier was trained on, and its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from torch import Tensor

from counterpoise.atomic import replacing
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import CheckpointError
from counterpoise.models.classifier import Classifier
from counterpoise.models.weights_files import sha256
from counterpoise.predict import artifact, restore
from counterpoise.records import FrozenPart

_PREFIX = "frozen."  # of its tensors among those of a predictor


@dataclass(frozen=True)
class FrozenBackbone:
    """What comes before a classifier that was trained on cached features (``--frozen``).

    Args:
        classifier: of which only the features are used.
        preprocess: raw inputs to what this backbone reads.
        sha256: of the file of weights that it shares with other predictors; empty for its own.
    """

    classifier: Classifier
    preprocess: Preprocess
    sha256: str = ""

    def features(self, inputs: Tensor) -> Tensor:
        """Raw inputs (B, ...) on the device of the weights -> features (B, D), float32."""
        values = self.preprocess.apply(inputs)
        return self.classifier.features(restore.laid_out(values)).float()

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
            shelf: folder of files that are named after their content; one that is whole stays.

        Raises:
            OutputError: the file cannot be written.
        """
        content = artifact.packed(self.tensors())
        digest = artifact.digest(content)
        path = shelf / f"{digest[:16]}.safetensors"
        if not path.is_file() or sha256(path) != digest:
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
        path = where(part, folder)
        status = path.stat()
        model, expected = json.dumps(dict(part.model)), part.weights_sha256
        classifier = _shared(model, path, expected, status.st_mtime_ns, status.st_size)
    else:
        classifier = _filled(part.model, tensors)
    return FrozenBackbone(classifier, Preprocess.from_dict(part.preprocess), part.weights_sha256)


@lru_cache(maxsize=1)
def _shared(model: str, path: Path, expected: str, changed: int, size: int) -> Classifier:
    """Read once for predictors that are loaded in a row; each keeps a copy of its own."""
    return _filled(json.loads(model), artifact.tensors_of(path, expected))


def _filled(model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Classifier:
    own = {k.removeprefix(_PREFIX): v for k, v in tensors.items() if k.startswith(_PREFIX)}
    return restore.classifier_of(model, own, whole=False)


def where(part: FrozenPart, folder: Path) -> Path:
    """The file of shared weights, from the folder of a predictor or in it.

    Raises:
        CheckpointError: it is in neither place.
    """
    found = part.file(folder)
    if found is not None:
        return found
    path = folder / part.weights
    raise CheckpointError(
        f"{folder} takes features of {part.model.get('name')}, whose weights {path.name} are not "
        f"there: all runs of a comparison share them, in its folder {path.parent.name}/ (move the "
        "whole output folder, put that file beside predictor.json, or export the run before it is "
        "moved: counterpoise export)"
    )
