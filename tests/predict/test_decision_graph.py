"""Decision rules and preprocessing as modules of tensors."""

import numpy as np
import pytest
import torch

from counterpoise import posthoc
from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.errors import ArgumentError
from counterpoise.predict import (
    decision_graph,
)

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")

COUNTS = ClassCounts(tuple(range(10, 110, 10)))
VALIDATION = np.random.default_rng(1).dirichlet(np.full(10, 0.3), size=80)
TARGET = np.random.default_rng(2).integers(0, 10, 80)
RULES = {
    "LogitAdjustment": posthoc.LogitAdjustment(COUNTS, tau=0.7),
    "MinimumCost": posthoc.MinimumCost(COUNTS, minority=10),
    "PriorThreshold": posthoc.PriorThreshold(
        ClassCounts((0, *COUNTS.values[1:])), zero_count="ignore"
    ),
    "Temperature": posthoc.Temperature(temperature=2.5),
    "ThresholdSearch": posthoc.ThresholdSearch().fit(VALIDATION, TARGET),
    "VectorScaling": posthoc.VectorScaling().fit(VALIDATION, TARGET),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_are_those_of_posthoc(name) -> None:
    rows = np.concatenate([VALIDATION, np.eye(10)])  # zeros too: their logarithm is cut
    found = decision_graph.rule_of(RULES[name])(torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(found, RULES[name](rows), rtol=1e-12, atol=0)


def test_every_rule_can_be_exported() -> None:
    kinds = {name for name in posthoc.__all__ if hasattr(getattr(posthoc, name), "accepts")}
    assert set(RULES) == kinds - {"Posthoc"}


def test_margins_are_shifted_by_a_threshold_search() -> None:
    margins = np.log(VALIDATION + 1e-3)
    rule = posthoc.ThresholdSearch().fit(margins, TARGET)
    found = decision_graph.rule_of(rule)(torch.from_numpy(margins)).numpy()
    np.testing.assert_allclose(found, rule(margins), rtol=1e-12)


def test_an_unknown_rule_is_refused() -> None:
    class Other:
        accepts = ("logits",)

    for rule in (Other(), posthoc.VectorScaling()):
        with pytest.raises(ArgumentError, match=f"decision rule {type(rule).__name__} cannot"):
            decision_graph.rule_of(rule)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_preprocessing_gives_the_same_bits(dtype) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (20, 3, 4, 4)).astype(dtype)
    fitted = Preprocess.fit("standard", raw)
    found = decision_graph.Standardise(fitted)(torch.from_numpy(raw))
    assert found.dtype == torch.float32
    assert np.array_equal(found.numpy(), fitted.apply(raw))
