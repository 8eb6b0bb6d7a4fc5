"""A small factory of run folders, written as the experiments package writes them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise.metrics import Evaluation
from counterpoise.records import ExperimentRecord, RoundRecord, RunRecord

Change = Mapping[str, Any]


MACHINE = {
    "counterpoise": "0.1.0",
    "numerics": 1,
    "python": "3.11",
    "torch": "2.6",
    "torchvision": "0.21",
    "lightning-fabric": "2.5",
    "numpy": "2.1",
    "scikit-learn": "1.6",
    "system": "Linux x86_64",
    "processor": "A processor",
    "cores": 2,
    "device": "cpu",
    "threads": 1,
}


def tried(value: float | None, **settings: float) -> dict[str, Any]:
    """One point of a search, diverged when it has no value."""
    if value is None:
        ended = {"status": "diverged", "error": "the loss is inf", "values": {}, "recall": []}
    else:
        values = {"g_mean": value, "nll": None}
        ended = {"status": "ok", "error": None, "values": values, "recall": [value, 0.9, 0.5]}
    return {"settings": settings, "seconds": 1.5, **ended}


SEARCHED: dict[str, Any] = {
    "select": "g_mean",
    "split": "seed-0",
    "chosen": {"tau": 0.4, "C": 2.0},
    "value": 0.8125,
    "trials": 5,
    "ties": 1,
    "seconds": 7.5,
    "grids": [
        {
            "title": "a map",
            "combine": "product",
            "values": {"tau": [0.2, 0.4], "C": [1.0, 2.0]},
            "points": [
                tried(0.625, tau=0.2, C=1.0),
                tried(None, tau=0.2, C=2.0),
                tried(0.5, tau=0.4, C=1.0),
                tried(0.8125, tau=0.4, C=2.0),
            ],
        },
        {
            "title": "a line",
            "combine": "pairs",
            "values": {"tau": [0.4, 0.6], "C": [2.0, 1.0]},
            "points": [tried(0.8125, tau=0.4, C=2.0), tried(0.8125, tau=0.6, C=1.0)],
        },
    ],
}


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def write_experiment(
    out: Path,
    *,
    methods: Mapping[str, Change] | Sequence[str] = ("baseline", "oversampling"),
    splits: Sequence[str] = ("seed-0", "seed-1", "seed-2"),
    counts: Sequence[int] = (200, 50, 10),
    per_class: int | Sequence[int] = 20,
    grouped: int | None = None,
    rounds: int = 5,
    seed: int = 0,
    experiment: Change | None = None,
) -> Path:
    """Write an experiment of synthetic scores.

    Args:
        methods: names, or name -> changes to the run's report.json; the extra keys `skill`
            (added to the true class's logit), `only` (splits the change applies to), `no_outputs`,
            `margins`, `temperature` (of a posthoc) and `twin` (the method whose noise is its own)
            steer what is written.
        per_class: test samples of every class, or of each.
        splits: "seed-*" share one test set, "fold-*" have one each.
        grouped: samples in each test group; None for no groups.
    """
    changes = dict(methods) if isinstance(methods, Mapping) else {m: {} for m in methods}
    num_classes = len(counts)
    given = experiment or {}
    folds = splits[0].startswith("fold")
    rng = np.random.default_rng(seed)
    n_validation = [max(1, n // 5) for n in counts]
    n_test = [per_class] * num_classes if isinstance(per_class, int) else list(per_class)
    description = {
        "dataset": "synthetic",
        "profile": "step:rho=20,mu=0.5",
        "classes": [f"class {k}" for k in range(num_classes)],
        "counts": list(counts),
        "counts_per_split": {split: list(counts) for split in splits},
        "n_test": [num * (len(splits) if folds else 1) for num in n_test],
        "n_validation": dict.fromkeys(splits, n_validation),
        "splits": list(splits),
        "seeds": None if folds else list(range(len(splits))),
        "folds": len(splits) if folds else None,
        "select": "balanced_accuracy",
        "model": "lenet5 (431 080 parameters)",
        "updates": rounds * 10,
        "rounds": rounds,
        "methods": list(changes),
        "notes": [],
        "command": "counterpoise compare synthetic",
        "tuned": None,
        **given,
        "environment": {**MACHINE, **given.get("environment", {})},
    }
    (out / "splits").mkdir(parents=True)
    (out / "experiment.json").write_text(ExperimentRecord.model_validate(description).text())
    test_labels = np.repeat(np.arange(num_classes), n_test)
    validation_labels = np.repeat(np.arange(num_classes), n_validation)
    for number, split in enumerate(splits):
        start = 10_000 * (number if folds else 0)
        arrays = {
            "train": np.arange(5000, 5000 + sum(counts)),
            "validation": np.arange(9000, 9000 + len(validation_labels)),
            "test": np.arange(len(test_labels)) + start,
            "test_labels": test_labels,
            "validation_labels": validation_labels,
        }
        if grouped:
            arrays["test_groups"] = np.arange(len(test_labels)) // grouped
        np.savez(out / "splits" / f"{split}.npz", **arrays)
        rarity = np.log(np.asarray(counts) / max(counts)) * 0.3
        noise = {
            "test": rng.normal(size=(len(test_labels), num_classes)),
            "validation": rng.normal(size=(len(validation_labels), num_classes)),
        }
        extra = {
            (method, part): rng.normal(size=noise[part].shape)
            for method in changes
            for part in ("test", "validation")
        }
        for method, change in changes.items():
            own = dict(change)
            temperature = own.pop("temperature", None)
            twin = own.pop("twin", method)
            skill = own.pop("skill", 1.5)
            only = own.pop("only", splits)
            no_outputs = own.pop("no_outputs", False)
            margins = own.pop("margins", False)
            if split not in only:
                own = {}
            folder = out / "runs" / method / split
            folder.mkdir(parents=True)
            report = {
                "method": method,
                "title": method.capitalize(),
                "split": split,
                "status": "ok",
                "error": None,
                "converged": True,
                "seconds": 3.0 + len(method),
                "updates": rounds * 10,
                "probabilities": not margins,
                "stages": [f"{method}-{split}"],
                "notes": [],
                "lr": 0.01,
                "scores": "margins" if margins else "logits",
                **own,
            }
            outputs, evaluations = {}, {}
            labelled = {"test": test_labels, "validation": validation_labels}
            for part, labels in labelled.items():
                logits = noise[part] + 0.5 * extra[twin, part] + rarity
                logits[np.arange(len(labels)), labels] += skill
                if temperature:
                    outputs[f"{part}_before"] = softmax(logits).astype(np.float32)
                    logits = logits / temperature
                table = (logits if margins else softmax(logits)).astype(np.float32)
                outputs[f"{part}_scores"] = table
                if not margins:
                    outputs[f"{part}_probabilities"] = table
                evaluations[part] = Evaluation.from_scores(
                    table, labels, num_classes, None if margins else table
                )
            if no_outputs:
                report["values"] = evaluations["test"].values()
                report["validation_values"] = evaluations["validation"].values()
                report["confusion"] = evaluations["test"].confusion.tolist()
            elif report["status"] == "ok":
                np.savez(folder / "outputs.npz", **outputs)
            (folder / "report.json").write_text(RunRecord.model_validate(report).text())
            lines = []
            for i in range(rounds):
                row = {
                    "stage": "train",
                    "stage_index": 0,
                    "round": i,
                    "updates": 10 * (i + 1),
                    "train_loss": 2.0 * 0.8**i / skill,
                    "lr": 0.01,
                    "seconds": 0.1,
                    "evaluation_seconds": 0.1,
                    "validation": {
                        "samples": len(validation_labels),
                        "loss": 1.0,
                        "accuracy": 0.9 - 0.3 * 0.8**i,
                        "balanced_accuracy": 0.8 - 0.4 * 0.8**i,
                        "g_mean": 0.7 - 0.4 * 0.8**i,
                        "macro_f1": 0.7 - 0.4 * 0.8**i,
                        "recall": [0.5] * num_classes,
                    },
                }
                lines.append(RoundRecord.model_validate(row).line())
            (folder / "metrics.jsonl").write_text("".join(lines))
    return out


@pytest.fixture
def searched() -> dict[str, Any]:
    """What experiment.json says of a search: a map with a diverged point, and a line."""
    return copy.deepcopy(SEARCHED)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write a synthetic experiment under the test's own folder and return its path."""

    def write(**settings: Any) -> Path:
        return write_experiment(tmp_path / f"out-{len(list(tmp_path.iterdir()))}", **settings)

    return write
