"""A predictor as one module of tensors, raw samples to predicted classes: what is exported."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from counterpoise.data.cropping import centre
from counterpoise.data.preprocess import Preprocess
from counterpoise.data.whitening import whitened
from counterpoise.errors import ArgumentError
from counterpoise.models.classifier import Classifier
from counterpoise.predict.predictor import Predictor
from counterpoise.predict.table_graph import EncodeRows
from counterpoise.protocols import Posthoc

FloatArray = npt.NDArray[np.floating[Any]]
SMALLEST = 1e-300  # of a probability whose logarithm is taken, as in posthoc


class DecisionGraph(nn.Module):
    """Preprocessing, network, decision rules and prior of a predictor, on the CPU.

    The network computes in float32, everything after it in float64, as the predictor does.

    Args:
        predictor: whose modules are copied.
        features: whether what the head reads is given, too.

    Shapes: samples (B, ...) -> the tensors named by `names`: outputs of the network (B, K)
        float32, scores (B, K) float64, unless it makes margins probabilities (B, K) float64,
        label (B,) int64, and features (B, D) float32 where they are wanted.

    Raises:
        ArgumentError: a part of the predictor is not made of tensor operations.
    """

    def __init__(self, predictor: Predictor, features: bool = False) -> None:
        super().__init__()
        frozen = predictor.frozen
        before = [] if frozen is None else [frozen.classifier]
        for classifier in (*before, predictor.classifier):
            for module in classifier.modules():
                maker = getattr(module, "computed_by", None)
                if maker is not None:
                    raise ArgumentError(
                        f"{type(module).__name__.lower()} cannot be exported: {maker} computes its "
                        "features, outside the network (use counterpoise predict, or train another "
                        "model)"
                    )
        self.margins = predictor.scores == "margins"
        self.frozen = None if frozen is None else _plain(frozen.classifier)
        self.frozen_preprocess = None if frozen is None else _prepared(frozen.preprocess)
        self.table = None if predictor.table is None else EncodeRows(predictor.table)
        self.preprocess = _prepared(predictor.preprocess)
        self.classifier = _plain(predictor.classifier)
        self.rules = nn.Sequential(*(rule_of(rule) for rule in predictor.posthoc))
        factor = predictor.prior_factor
        self.prior: nn.Module | None = None if factor is None else Multiply(factor)
        shares = () if self.margins else ("probabilities",)
        self.gives_features = features
        last = ("features",) if features else ()
        self.names: tuple[str, ...] = (predictor.scores, "scores", *shares, "label", *last)

    def forward(self, samples: Tensor) -> tuple[Tensor, ...]:
        return self.decide(self.encode(samples))

    def encode(self, samples: Tensor) -> Tensor:
        """Raw samples, of a table encoded, or their features of a frozen backbone."""
        if self.table is not None:
            rows: Tensor = self.table(samples)
            return rows
        if self.frozen is None:
            return samples
        assert self.frozen_preprocess is not None
        features: Tensor = self.frozen.features(self.frozen_preprocess(samples))
        return features

    def decide(self, values: Tensor) -> tuple[Tensor, ...]:
        """What `forward` gives, of samples as `encode` leaves them."""
        features = self.classifier.features(self.preprocess(values))
        outputs = self.classifier.classify(features)
        exact = outputs.double()
        scores = self.rules(exact if self.margins else exact.softmax(1))
        if self.prior is not None:
            scores = normalise(self.prior(normalise(scores)))
        shares = () if self.margins else (normalise(scores),)
        last = (features.flatten(1),) if self.gives_features else ()
        return (outputs, scores, *shares, scores.argmax(1), *last)


class Standardise(nn.Module):
    """``Preprocess.apply`` with its constants as buffers: the same bits."""

    shift: Tensor
    divisor: Tensor

    def __init__(self, preprocess: Preprocess) -> None:
        super().__init__()
        shift, divisor = preprocess.constants()
        self.register_buffer("shift", torch.from_numpy(shift))
        self.register_buffer("divisor", torch.from_numpy(divisor))

    def forward(self, samples: Tensor) -> Tensor:
        return ((samples.to(self.shift.dtype) - self.shift) / self.divisor).float()


class Whiten(nn.Module):
    """Contrast normalisation and ZCA whitening, with the constants as buffers."""

    mean: Tensor
    matrix: Tensor

    def __init__(self, preprocess: Preprocess) -> None:
        super().__init__()
        mean, matrix = preprocess.constants()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("matrix", torch.from_numpy(matrix))

    def forward(self, samples: Tensor) -> Tensor:
        return whitened(samples, self.mean, self.matrix)


class Middle(nn.Module):
    """The square of `side` pixels in the middle of images."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, samples: Tensor) -> Tensor:
        return centre(samples, self.side)


def _prepared(preprocess: Preprocess) -> nn.Module:
    if preprocess.whitening is not None:
        return Whiten(preprocess)
    standardise = Standardise(preprocess)
    return nn.Sequential(Middle(preprocess.crop), standardise) if preprocess.crop else standardise


class Multiply(nn.Module):
    """Scores (B, K) times a factor for each class."""

    factor: Tensor

    def __init__(self, factor: FloatArray) -> None:
        super().__init__()
        self.register_buffer("factor", torch.from_numpy(np.array(factor, dtype=np.float64)))

    def forward(self, scores: Tensor) -> Tensor:
        return scores * self.factor


class Shift(nn.Module):
    """Scores (B, K) plus an offset for each class."""

    offset: Tensor

    def __init__(self, offset: FloatArray) -> None:
        super().__init__()
        self.register_buffer("offset", torch.from_numpy(np.array(offset, dtype=np.float64)))

    def forward(self, scores: Tensor) -> Tensor:
        return scores + self.offset


class Logarithm(nn.Module):
    """Logarithms of probabilities (B, K)."""

    def forward(self, probabilities: Tensor) -> Tensor:
        return probabilities.clamp_min(SMALLEST).log()


def rule_of(rule: Posthoc) -> nn.Module:
    """A fitted decision rule as a module: scores (B, K) float64 to scores (B, K).

    Raises:
        ArgumentError: it does not say its operations, or is not fitted.
    """
    operations = rule.operations() if hasattr(rule, "operations") else None
    if operations is None:
        raise ArgumentError(
            f"the decision rule {type(rule).__name__} cannot be exported: it is not fitted, or has "
            "no `operations`, which say what it computes (see counterpoise.protocols)"
        )
    steps = [_step(word, values) for word, values in operations]
    return steps[0] if len(steps) == 1 else nn.Sequential(*steps)


def _step(word: str, values: FloatArray | None) -> nn.Module:
    if word == "log":
        return Logarithm()
    if word == "softmax":
        return nn.Softmax(1)
    assert values is not None, f"the operation {word!r} has a number or one for each class"
    return Multiply(values) if word == "multiply" else Shift(values)


def normalise(scores: Tensor) -> Tensor:
    """Rows (B, K) of non-negative scores, scaled to sum to 1; a row of zeros becomes uniform."""
    total = scores.sum(1, keepdim=True)
    some = total > 0
    shares = scores / torch.where(some, total, torch.ones_like(total))
    return torch.where(some, shares, torch.full_like(scores, 1 / scores.shape[1]))


def _plain(classifier: Classifier) -> Classifier:
    """A copy in float32 on the CPU, in the layout that every runtime expects."""
    mine = copy.deepcopy(classifier).eval().requires_grad_(False).float().cpu()
    return mine.to(memory_format=torch.contiguous_format)
