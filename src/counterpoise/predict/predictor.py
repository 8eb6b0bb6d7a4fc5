"""One trained model, ready to use: raw inputs in, predictions out, saved as one folder."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError
from torch import Tensor

from counterpoise.data.preprocess import Preprocess
from counterpoise.data.size import Resize
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.encoding import Encoding
from counterpoise.data.whitening import PREFIX
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.models.classifier import Classifier
from counterpoise.predict import artifact, batches, decision, restore
from counterpoise.predict.described import described
from counterpoise.predict.frozen_backbone import FrozenBackbone, restored
from counterpoise.predict.prediction import Prediction, Prior, check_prior
from counterpoise.predict.samples import Samples, raw_samples
from counterpoise.protocols import Posthoc, Scores
from counterpoise.python_words import errors_as_asked
from counterpoise.records import PredictorRecord
from counterpoise.version import __version__

if TYPE_CHECKING:
    from pandas import DataFrame


class Predictor:
    """A classifier with its preprocessing, decision rule and class names.

    It keeps copies of the modules, in eval mode, so training on changes nothing here.

    Args:
        classifier: trained; made by ``models.create`` if it is to be saved.
        preprocess: raw inputs, or features of `frozen`, to what the classifier reads.
        classes: names of the K classes; index = column.
        posthoc: fitted decision rules, applied in order to the probabilities or margins.
        scores: "logits" when the classifier's outputs become probabilities by softmax, or
            "margins".
        prior: (K,) class shares that the classifier saw in training, after samplers and class
            weights; only `with_prior` needs it.
        frozen: the backbone whose features the classifier takes.
        table: how rows of a table are encoded, which the classifier takes.
        metadata: anything JSON can hold: method, data set, split.
        device: where to compute.
        dtype: float32, in which a score moves by about 1e-6 with the batch that it is in, or
            float64, in which it does not and which is slow for images. `save` writes float32.

    Raises:
        ArgumentError: names or prior of another length than K, or an unfit posthoc.
        DeviceError: the device is not there.
    """

    def __init__(
        self,
        classifier: Classifier,
        preprocess: Preprocess,
        classes: Sequence[str],
        *,
        posthoc: Sequence[Posthoc] = (),
        scores: Scores = "logits",
        prior: Prior | None = None,
        frozen: FrozenBackbone | None = None,
        table: Encoding | None = None,
        metadata: Mapping[str, Any] | None = None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.classes = tuple(classes)
        if classifier.spec is not None and classifier.spec.num_classes != len(self.classes):
            raise ArgumentError(
                f"the classifier has {classifier.spec.num_classes} classes; got names of "
                f"{len(self.classes)}"
            )
        for rule in posthoc:
            if scores not in rule.accepts:
                raise ArgumentError(
                    f"{type(rule).__name__} takes {' or '.join(rule.accepts)}; this model makes "
                    f"{scores}"
                )
        self.device = restore.require_device(device)
        self.dtype = dtype
        self.classifier = restore.settled(classifier, self.device, dtype)
        self.preprocess = preprocess
        self.posthoc = tuple(posthoc)
        self.scores: Scores = scores
        self.prior = None if prior is None else check_prior(prior, len(self.classes), "prior")
        self.frozen = (
            None
            if frozen is None
            else replace(frozen, classifier=restore.settled(frozen.classifier, self.device))
        )
        self.table = table
        self.metadata = dict(metadata or {})
        self.target: npt.NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        return described(self)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one raw sample."""
        if self.table is not None:
            return (len(self.table.columns),)
        return (self.frozen or self).preprocess.shape

    @property
    def columns(self) -> Columns | None:
        """What the numbers of a raw sample stand for; None for data that are no table."""
        return None if self.table is None else self.table.columns

    @property
    def input_dtype(self) -> str:
        """Type of the training samples: "uint8" for images, as a rule."""
        if self.table is not None:
            return "float64"
        return (self.frozen or self).preprocess.dtype

    @property
    def input_resize(self) -> Resize:
        """How image files are brought to size."""
        return (self.frozen or self).preprocess.resize

    def predict(self, inputs: Samples | DataFrame) -> Prediction:
        """Predict the class of raw samples (N, ...): images as in training, series or vectors.

        A model of a table takes a DataFrame, too. Its columns go by their names; others in it are
        ignored. A row without a single value keeps its place, predicted from what is imputed.

        Raises:
            ArgumentError: samples of another shape than `input_shape`, or images of another scale
                than those of training, such as 0 to 1 where those were bytes.
            DataError: a sample holds NaN or infinity, or a DataFrame lacks a column.
        """
        return self.predict_encoded(self.encoded(inputs))

    def encoded(self, inputs: Samples | DataFrame) -> Iterator[Tensor]:
        """Raw samples (N, ...) in batches, or their features where a frozen backbone makes them.

        Of a table raw samples are rows as its `columns` make them; they come out encoded.
        """
        samples = raw_samples(inputs, self.columns, self.input_shape)
        if self.table is not None:
            samples = self.table(np.asarray(samples))
        batches.require_scale(samples, (self.frozen or self).preprocess)
        for batch in batches.slices(samples, tuple(samples.shape[1:])):
            batches.require_finite(batch, batches.NOT_FINITE)
            values = batch.to(self.device)
            if self.frozen is not None:
                with torch.inference_mode():  # not around yield, which would leave it on meanwhile
                    values = self.frozen.features(values)
            yield values

    def predict_encoded(self, encoded: Iterable[Tensor]) -> Prediction:
        """Predict the class of samples as `encoded` gives them."""
        outputs = [self._outputs(batch) for batch in encoded]
        return self._prediction(self._decide(np.concatenate([self._none, *outputs])))

    def predict_files(self, paths: Sequence[str | Path]) -> Prediction:
        """Predict the class of image files, brought to size as those of training were.

        Raises:
            ArgumentError: the model does not read images; rows of a table are for `predict`.
            DataError: a file is missing or damaged.
        """
        with errors_as_asked(known=()):
            return batches.predict_files(self, paths)

    def with_prior(self, prior: Prior) -> Predictor:
        """The same predictor for a place where the classes have other shares.

        Each class's probability is multiplied by ``prior / assumed`` and rows sum to 1 again;
        `assumed` is what the probabilities stand for now: the shares seen in training, divided by
        what a prior correction among the posthoc rules already took out. (Saerens et al. 2002)

        Args:
            prior: (K,) shares in the order of `classes`, summing to 1.

        Raises:
            ArgumentError: the model makes margins, does not know its training prior, or `prior`
                does not fit.
        """
        target = decision.checked_prior(prior, self.prior, self.classes, self.scores)
        other = copy.copy(self)
        other.target = target
        return other

    @errors_as_asked(known=())
    def save(self, folder: str | Path, *, shelf: Path | None = None) -> None:
        """Write weights.safetensors and predictor.json; a kill leaves them whole or unreadable.

        A prior set by `with_prior` is not saved. The weights of a frozen backbone are written into
        `shelf` where that is given, once for all predictors that share it.

        Raises:
            ArgumentError: the classifier was not made by ``models.create``, its head is not of
                ``counterpoise.heads``, or a setting is nothing JSON can hold.
            OutputError: the folder cannot be written.
        """
        tensors = {
            key: value.float() if value.is_floating_point() else value
            for key, value in self.classifier.state_dict().items()
        }
        frozen = None if self.frozen is None else self.frozen.described()
        if self.frozen is not None and shelf is None:
            tensors |= self.frozen.tensors()
        elif self.frozen is not None and shelf is not None:
            frozen = self.frozen.shared(Path(folder), shelf)
        weights = artifact.packed(tensors | self.preprocess.tensors())
        try:
            description = PredictorRecord(
                classes=self.classes,
                model=restore.spec_of(self.classifier).to_dict(),
                preprocess=self.preprocess.to_dict(),
                posthoc=restore.described(self.posthoc),
                scores=self.scores,
                prior=None if self.prior is None else tuple(self.prior.tolist()),
                frozen=frozen,
                **({} if self.table is None else {"table": self.table.to_dict()}),
                metadata=self.metadata,
                versions={"counterpoise": __version__, "torch": torch.__version__},
                weights_sha256=artifact.digest(weights),
            )
        except ValidationError as error:
            raise ArgumentError(f"a predictor is saved as JSON; {error}") from error
        artifact.write(Path(folder), description, weights)

    @classmethod
    def load(cls, folder: str | Path, device: str = "cpu") -> Predictor:
        """Read what `save` wrote; its predictions are the same to the last bit.

        Raises:
            CheckpointError: not a predictor's folder, damaged, or of a newer version.
            DeviceError: the device is not there.
        """
        restore.require_device(device)
        path = Path(folder)
        found, tensors = artifact.read(path)
        try:
            apart = ("frozen.", PREFIX)  # kept beside the classifier's own
            stored = {k: v for k, v in tensors.items() if not k.startswith(apart)}
            return cls(
                restore.classifier_of(found.model, stored, whole=True),
                Preprocess.from_dict(found.preprocess, tensors),
                found.classes,
                posthoc=[restore.posthoc_of(rule.name, rule.state) for rule in found.posthoc],
                scores=found.scores,
                prior=found.prior,
                frozen=None if found.frozen is None else restored(found.frozen, path, tensors),
                table=None if found.table is None else Encoding.from_dict(found.table),
                metadata=found.metadata,
                device=device,
            )
        except CheckpointError:
            raise
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path} does not fit this version: {error}") from error

    @property
    def _none(self) -> npt.NDArray[np.float64]:
        """Scores of no sample, (0, K)."""
        return np.zeros((0, len(self.classes)))

    def _prediction(self, scores: npt.NDArray[np.float64]) -> Prediction:
        return Prediction.from_scores(scores, self.classes, self.scores)

    def _outputs(self, batch: Tensor) -> npt.NDArray[np.float64]:
        """Raw outputs (B, K) of one encoded batch."""
        with torch.inference_mode():
            values = self.preprocess.apply(batch)
            if self.input_dtype != "uint8":
                batches.require_finite(values, batches.TOO_FAR)
            values = values.to(self.dtype)
            outputs: npt.NDArray[np.float64] = (
                self.classifier(restore.laid_out(values)).double().cpu().numpy()
            )
        return outputs

    def _decide(self, outputs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Scores (N, K) of raw outputs, whose argmax is the predicted class."""
        return decision.decided(outputs, self.posthoc, self.scores, self.prior_factor)

    @property
    def prior_factor(self) -> npt.NDArray[np.float64] | None:
        """By what `with_prior` multiplies the probability of each class, (K,)."""
        if self.target is None:
            return None
        assert self.prior is not None
        return decision.prior_factor(self.prior, self.target, self.posthoc)
