"""The pretrained backbone whose cached features a classifier was trained on."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.data.preprocess import Preprocess
from counterpoise.models.classifier import Classifier
from counterpoise.predict import restore
from counterpoise.records import FrozenPart


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
