"""scikit-learn's digits, trained as several pitfalls of pitfalls.py need them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from harness import Floats, Output, Trained, softmax, train

from counterpoise import data
from counterpoise.data import LabelledSet, Split
from counterpoise.metrics import Evaluation
from counterpoise.posthoc import PriorThreshold
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Value

PROFILE = "step:rho=20,mu=0.5"
TRAINED = ("baseline", "weighted", "oversampling", "undersampling")
THRESHOLDED = {
    "thresholding": "baseline",
    "oversampling+thresholding": "oversampling",
    "undersampling+thresholding": "undersampling",
}
METHODS = (*TRAINED, *THRESHOLDED)
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sizes:
    """How much is trained."""

    seeds: int = 10
    rounds: int = 100
    epochs: tuple[int, ...] = (20, 100)
    signs_rounds: int = 15


@dataclass
class Digits:
    """scikit-learn's digits, and what pitfalls 2, 3, 4 and 6 share: four trainings a seed."""

    sizes: Sizes
    device: str
    dataset: LabelledSet = field(default_factory=lambda: data.load("digits"))
    trained: dict[tuple[str, int], Trained] = field(default_factory=dict)
    parts: dict[int, dict[str, Indices]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inputs = self.dataset.inputs.read()
        self.splits = data.make_splits(
            self.dataset,
            data.parse(PROFILE),
            seeds=range(self.sizes.seeds),
            validation="balanced",
        )

    def fit(
        self, method: str, split: Split, seed: int, updates: tuple[int, int], **options: object
    ) -> Trained:
        """Train `method` for (rounds, updates a round)."""
        length: dict[str, Value] = {"rounds": updates[0], "updates_per_round": updates[1]}
        (recipe,) = load_methods([method], {"train": length}, {})
        parts = options.get("parts")
        assert parts is None or isinstance(parts, dict)
        return train(
            recipe, self.dataset, self.inputs, split, seed=seed, device=self.device, parts=parts
        )

    def train_all(self, output: Output) -> None:
        """Every method of `TRAINED` on every seed, followed round by round on four parts."""
        for seed, split in enumerate(self.splits):
            rng = np.random.default_rng(seed)
            half = self._half_of_each(split.test, rng)
            self.parts[seed] = {
                "validation": self._like_profile(split, rng),
                "balanced": split.validation,
                "first": split.test[half],
                "second": split.test[~half],
            }
            for method in TRAINED:
                self.trained[method, seed] = self.fit(
                    method, split, seed, (self.sizes.rounds, 0), parts=self.parts[seed]
                )
        output.say(f"trained {len(self.trained)} models on digits {PROFILE}")

    def _like_profile(self, split: Split, rng: np.random.Generator) -> Indices:
        """The part of a balanced validation set that the profile grants: 1 for 4 in training."""
        labels, kept = self.dataset.labels[split.validation], []
        for k, count in enumerate(split.counts.values):
            members = split.validation[labels == k]
            kept.append(rng.permutation(members)[: max(1, round(count / 4))])
        return np.sort(np.concatenate(kept))

    def _half_of_each(self, indices: Indices, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Half of every class."""
        labels, half = self.dataset.labels[indices], np.zeros(len(indices), dtype=bool)
        for k in range(self.dataset.num_classes):
            members = rng.permutation(np.flatnonzero(labels == k))
            half[members[: len(members) // 2]] = True
        return half

    def probabilities(self, method: str, seed: int, indices: Indices) -> Floats:
        """Scores that `method` predicts by, (N, K)."""
        made = softmax(self.trained[THRESHOLDED.get(method, method), seed].logits(indices))
        if method in THRESHOLDED:
            made = PriorThreshold(self.splits[seed].counts)(made)
        return made

    def evaluate(self, scores: Floats, indices: Indices) -> Evaluation:
        """All metrics of scores (N, K) for these samples."""
        return Evaluation.from_scores(
            scores, self.dataset.labels[indices], self.dataset.num_classes
        )

    def table(self, part: str) -> Floats:
        """Balanced accuracy of every final model, (seeds, methods)."""
        rows = []
        for seed, split in enumerate(self.splits):
            indices = split.test if part == "test" else self.parts[seed][part]
            rows.append(
                [
                    self.evaluate(self.probabilities(m, seed, indices), indices).balanced_accuracy
                    for m in METHODS
                ]
            )
        return np.array(rows)
