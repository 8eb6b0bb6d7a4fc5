"""What follows training: decision rules, and the predictor that holds everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from counterpoise.errors import ArgumentError
from counterpoise.estimator.training import Task
from counterpoise.models import describe
from counterpoise.models.classifier import Classifier
from counterpoise.predict import Predictor
from counterpoise.protocols import Posthoc
from counterpoise.recipes import build
from counterpoise.train.history import Record, mean_shares


def decision_rules(task: Task) -> list[Posthoc]:
    """Decision rules, not yet fitted; those that learn need held-out samples.

    Raises:
        ArgumentError: a rule learns, and nothing is held out.
    """
    rules = build.build_posthoc(task.recipe, task.counts)
    if len(task.validation):
        return rules
    nothing = np.zeros((0, task.counts.num_classes)), np.zeros(0, dtype=np.int64)
    for rule in rules:
        try:
            rule.fit(*nothing)
        except ArgumentError as error:
            raise ArgumentError(
                f"{type(rule).__name__} learns from held-out samples; set validation_fraction, "
                "such as 0.2"
            ) from error
    return rules


def finished(
    task: Task, model: Classifier, rules: list[Posthoc], history: Sequence[Record]
) -> Predictor:
    """The trained model with its decision rules, fitted in order on the held-out samples."""
    number = len(task.recipe.stages) - 1
    drawn = mean_shares([record for record in history if record["stage_index"] == number])
    prior = np.array(build.seen_prior(task.recipe.stages[number], task.given(number), drawn))
    if task.weight is not None:
        labels, weight = task.labels[task.train], task.weight[task.train]
        prior *= np.bincount(labels, weights=weight) / np.bincount(labels)
    fitted: list[Posthoc] = []

    def predictor() -> Predictor:
        return Predictor(
            model,
            task.preprocess,
            task.counts.names,
            posthoc=fitted,
            scores=build.loss_scores(task.recipe),
            prior=prior / prior.sum(),
            metadata={
                "method": task.recipe.name,
                "counts": list(task.counts.values),
                "model": describe(model),
            },
            device=task.device,
            dtype=torch.float64 if task.inputs.ndim == 2 else torch.float32,
        )

    for rule in rules:
        scores = predictor().predict(task.inputs[task.validation]).scores
        fitted.append(rule.fit(scores, task.labels[task.validation]))
    return predictor()
