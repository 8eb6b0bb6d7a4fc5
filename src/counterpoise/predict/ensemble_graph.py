"""An ensemble as one module of tensors, raw samples to predicted classes: what is exported."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.predict.decision_graph import DecisionGraph, Multiply, normalise
from counterpoise.predict.ensemble import Ensemble, share_backbone
from counterpoise.predict.predictor import Predictor


class EnsembleGraph(nn.Module):
    """The weighted mean of its members' graphs, on the CPU, in float64 as the ensemble computes it.

    A frozen backbone that all members share is in it once.

    Args:
        ensemble: of predictors.

    Shapes: samples (B, ...) -> the tensors named by `names`: scores (B, K) float64, unless it
        makes margins probabilities (B, K) float64, and label (B,) int64.

    Raises:
        ArgumentError: a member is an ensemble itself, or no graph of tensors.
    """

    weights: Tensor

    def __init__(self, ensemble: Ensemble) -> None:
        super().__init__()
        members = [member for member in ensemble.members if isinstance(member, Predictor)]
        if len(members) < len(ensemble.members):
            raise ArgumentError(
                "an ensemble of ensembles is not exported (export one of its members)"
            )
        self.shared = share_backbone(members)
        graphs = [DecisionGraph(member) for member in members]
        for graph in graphs[1:] if self.shared else ():
            graph.frozen = graph.frozen_preprocess = None
        self.members = nn.ModuleList(graphs)
        num = len(members)
        even = np.full(num, 1 / num) if ensemble.weights is None else ensemble.weights
        self.register_buffer("weights", torch.from_numpy(even / even.sum()))
        factors = [] if ensemble.factors is None else list(ensemble.factors)
        self.factors = nn.ModuleList(Multiply(factor) for factor in factors)
        self.geometric = ensemble.mean == "geometric"
        target = ensemble.target
        self.prior: nn.Module | None = None if target is None else Multiply(target)
        self.margins = ensemble.scores == "margins"
        shares = () if self.margins else ("probabilities",)
        self.names: tuple[str, ...] = ("scores", *shares, "label")

    def forward(self, samples: Tensor) -> tuple[Tensor, ...]:
        tables = []
        features: Tensor | None = None
        for number, member in enumerate(self.members):
            assert isinstance(member, DecisionGraph)
            if features is None or not self.shared:
                features = member.encode(samples)
            found = member.decide(features)[1 if self.margins else 2]
            if self.factors:
                found = normalise(self.factors[number](found))
            tables.append(found)
        stacked = torch.stack(tables)  # (M, B, K)
        weights = self.weights.reshape(-1, 1, 1)
        if self.geometric:
            tiny = float(np.finfo(np.float64).tiny)
            scores = normalise((stacked.clamp_min(tiny).log() * weights).sum(0).exp())
        else:
            scores = (stacked * weights).sum(0)
        if self.prior is not None:
            scores = normalise(self.prior(scores))
        shares = () if self.margins else (normalise(scores),)
        return (scores, *shares, scores.argmax(1))
