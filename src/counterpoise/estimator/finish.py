"""What follows training: decision rules, and the predictor that holds everything."""

from __future__ import annotations

import numpy as np
import torch

from counterpoise.errors import ArgumentError
from counterpoise.estimator.training import Fit, Trained
from counterpoise.models import describe
from counterpoise.predict import Predictor
from counterpoise.protocols import Posthoc
from counterpoise.recipes import build
from counterpoise.train.history import mean_shares


def decision_rules(fit: Fit) -> list[Posthoc]:
    """Decision rules, not yet fitted; those that learn need held-out samples.

    Raises:
        ArgumentError: a rule learns, and nothing is held out.
    """
    counts = fit.samples.counts
    rules = build.build_posthoc(fit.recipe, counts)
    if len(fit.validation):
        return rules
    nothing = np.zeros((0, counts.num_classes)), np.zeros(0, dtype=np.int64)
    for rule in rules:
        try:
            rule.fit(*nothing)
        except ArgumentError as error:
            raise ArgumentError(
                f"{type(rule).__name__} learns from held-out samples; set validation_fraction, "
                "such as 0.2"
            ) from error
    return rules


def finished(fit: Fit, trained: Trained, rules: list[Posthoc]) -> Predictor:
    """The trained model with its decision rules, fitted in order on the held-out samples."""
    recipe, samples = fit.recipe, fit.samples
    inputs, number = samples.inputs, len(recipe.stages) - 1
    assert isinstance(inputs, np.ndarray), "an estimator is given arrays"
    last = [record for record in trained.history if record["stage_index"] == number]
    given = build.given(recipe, number, samples.counts, trained.labels, fit.seed)
    prior = np.array(build.seen_prior(recipe.stages[number], given, mean_shares(last)))
    if samples.weight is not None:
        labels, weight = samples.labels[samples.train], samples.weight[samples.train]
        prior *= np.bincount(labels, weights=weight) / np.bincount(labels)
    fitted: list[Posthoc] = []

    def predictor() -> Predictor:
        return Predictor(
            trained.model,
            samples.preprocess,
            samples.counts.names,
            posthoc=fitted,
            scores=build.loss_scores(recipe),
            prior=prior / prior.sum(),
            metadata={
                "method": recipe.name,
                "counts": list(samples.counts.values),
                "model": describe(trained.model),
            },
            device=fit.device,
            dtype=torch.float64 if inputs.ndim == 2 else torch.float32,
        )

    for rule in rules:
        scores = predictor().predict(inputs[fit.validation]).scores
        fitted.append(rule.fit(scores, samples.labels[fit.validation]))
    return predictor()
