"""Ensembles as graphs of tensors: what they export is what they predict."""

from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise import models, posthoc
from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.predict import Ensemble, Predictor, export_onnx
from counterpoise.predict.ensemble_graph import EnsembleGraph
from counterpoise.predict.frozen_backbone import FrozenBackbone
from counterpoise.records import ExportRecord

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 3, 8, 8), dtype=np.uint8)
PRIOR = [0.6, 0.3, 0.1]
FACTORS = [[1.0, 2.0, 6.0], [1.0, 1.0, 1.0]]


def backbone() -> FrozenBackbone:
    torch.manual_seed(9)
    network = models.create("small-cnn", (3, 8, 8), 3)
    return FrozenBackbone(network, Preprocess.fit("standard", IMAGES), "a digest")


def member(seed: int, frozen: FrozenBackbone | None = None, scores: str = "logits") -> Predictor:
    torch.manual_seed(seed)
    rules = [posthoc.LogitAdjustment(ClassCounts((6, 3, 1)))] if seed and scores == "logits" else []
    samples = IMAGES
    if frozen is not None:
        samples = frozen.features(torch.from_numpy(IMAGES)).detach().numpy()
    name = "small-cnn" if frozen is None else "linear"
    classifier = models.create(name, samples.shape[1:], 3)
    preprocess = Preprocess.fit("standard", samples)
    return Predictor(
        classifier, preprocess, ("a", "b", "c"), posthoc=rules, prior=PRIOR, frozen=frozen,
        scores=scores,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["mixed", "geometric", "margins", "prior", "features"])
def test_the_graph_computes_what_the_ensemble_does(kind: str) -> None:
    frozen = backbone() if kind == "features" else None
    scores = "margins" if kind == "margins" else "logits"
    members = [member(seed, frozen, scores) for seed in range(2)]
    if kind == "geometric":
        one = Ensemble(members, mean="geometric")
    elif kind == "margins":
        one = Ensemble(members)
    else:
        one = Ensemble(members, weights=[0.3, 0.7], factors=FACTORS)
    if kind == "prior":
        one = one.with_prior([0.2, 0.2, 0.6])
    graph = EnsembleGraph(one).eval()
    found = dict(zip(graph.names, graph(torch.from_numpy(IMAGES)), strict=True))
    expected = one.predict(IMAGES)
    np.testing.assert_allclose(found["scores"].detach().numpy(), expected.scores, atol=1e-6)
    assert ("probabilities" in found) == (kind != "margins")
    assert np.array_equal(found["label"].numpy(), expected.labels)
    assert graph.shared == (kind == "features")


def test_a_shared_backbone_is_exported_once_and_the_export_is_described(tmp_path: Path) -> None:
    frozen = backbone()
    members = [member(seed, frozen) for seed in range(2)]
    one = Ensemble(members, weights=[0.3, 0.7], factors=FACTORS)
    assert export_onnx(one, tmp_path / "both").difference < 1e-4
    export_onnx(members[0], tmp_path / "one")
    both, alone = ((tmp_path / name / "model.onnx").stat().st_size for name in ("both", "one"))
    assert both < 1.5 * alone
    said = ExportRecord.read(tmp_path / "both" / "export.json")
    assert [(part.weight, part.factor) for part in said.members] == [
        (0.3, tuple(FACTORS[0])),
        (0.7, tuple(FACTORS[1])),
    ]
    assert set(said.outputs) == {"scores", "probabilities", "label"}
