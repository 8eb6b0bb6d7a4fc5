"""A whole example of each record, as a file or line holds it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from counterpoise import records

MACHINE: dict[str, Any] = {
    "counterpoise": "0.1.0",
    "numerics": 1,
    "python": "3.11.7",
    "torch": "2.6.0",
    "torchvision": "0.21.0",
    "lightning-fabric": "2.5.0",
    "numpy": "2.1.0",
    "scikit-learn": "1.6.0",
    "system": "Linux x86_64",
    "processor": "A processor",
    "cores": 2,
    "device": "cpu",
    "threads": 1,
}
RUN: dict[str, Any] = {
    "identity": "0123456789abcdef",
    "method": "weighted",
    "title": "Weighted",
    "split": "seed-0",
    "status": "ok",
    "error": None,
    "converged": None,
    "seconds": 1.25,
    "evaluation_seconds": 0.5,
    "updates": 100,
    "probabilities": True,
    "stages": ["a", "b"],
    "lr": 0.1,
    "control": False,
    "scores": "logits",
    "notes": ["a note"],
}
NUMBERS: dict[str, Any] = {
    "values": {"accuracy": 0.75, "nll": None},
    "validation_values": {"accuracy": 1.0, "nll": None},
    "confusion": [[3, 1], [0, 2]],
}
POINT: dict[str, Any] = {
    "settings": {"tau": 0.4, "name": "cosine", "layers": [1, 2.5]},
    "status": "ok",
    "error": None,
    "seconds": 1.5,
    "values": {"g_mean": 0.5, "nll": None},
    "recall": [0.5, None],
}
ESTIMATE: dict[str, Any] = {
    "mean": 0.5,
    "sd": None,
    "values": [0.5],
    "interval": [0.25, 0.75],
}
MODEL: dict[str, Any] = {
    "model": {"name": "mlp", "input_shape": [2], "options": {"width": 8}},
    "preprocess": {"name": "standard", "mean": [0.1, 1e-300]},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "EnvironmentRecord": MACHINE,
    "ClaimRecord": {
        "dataset": "abc",
        "profile": "none",
        "validation": "profiled",
        "folds": None,
        "frozen": False,
        "size": [1, 28, 28],
    },
    "RoundsRecord": {
        "found": {
            "0123456789abcdef": {
                "rounds": 20,
                "tried": [{"rounds": 10, "value": 0.75}, {"rounds": 20, "value": 0.8}],
                "gain": 0.05,
                "interval": [-0.01, 0.1],
            }
        },
    },
    "EvaluatedRecord": {
        "dataset": "pets",
        "model": "the run a/b",
        "part": "all",
        "classes": ["cat", "dog"],
        "samples": 4,
        "advice": ["Next: look."],
        "warnings": [],
        "metrics": {
            "accuracy": {"value": 0.5, "interval": [0.25, 0.75]},
            "auc": {"value": None, "interval": None},
        },
        "by_class": [
            {
                "name": "cat",
                "samples": 4,
                "recall": 0.5,
                "interval": [0.15, 0.85],
                "precision": 1.0,
                "f1": None,
                "taken_for": "dog",
                "times": 2,
            }
        ],
        "environment": MACHINE,
    },
    "SamplesRecord": {
        "names": ["cracked/part 7.png", "good/part 12.png"],
        "rows": {"file": "churn.csv", "in_lines": True, "runs": [[2, 40], [43, 7]]},
        "copies": [{"samples": [0, 1], "labels": [0, 1]}],
    },
    "RaceRecord": {
        "question": "0123456789abcdef",
        "splits": 5,
        "decided": 2,
        "left": {
            "weighted": {
                "after": 2,
                "leader": "oversampling",
                "difference": -0.25,
                "interval": [-0.5, -0.125],
            },
            "cnsvm": {"after": 2, "leader": None, "difference": None, "interval": None},
        },
    },
    "TimeRecord": {"question": "abc", "budget": 60.0, "used": 59.5, "ended": True},
    "StageRecord": {
        "status": "diverged",
        "error": "the loss is inf",
        "updates": 7,
        "converged": None,
        "seconds": 0.1,
        "evaluation_seconds": 0.2,
        "wall_seconds": 0.3,
        "notes": ["logistic regression did not converge within 1000 iterations"],
        "stacked": 3,
    },
    "RoundRecord": {
        "stage": "train",
        "stage_index": 0,
        "round": 1,
        "updates": 10,
        "train_loss": 0.1 + 0.2,
        "lr": 0.01,
        "shares": [0.25, 0.75],
        "validation": {"samples": 4, "loss": None, "accuracy": 0.5, "recall": [1.0, None]},
        "contrast": {"samples": 2, "loss": 0.5, "recall": [1.0, 0.0], "f1": [0.5, 0.0]},
        "seconds": 0.5,
        "evaluation_seconds": 0.25,
    },
    "ResampledRecord": {"counts": [5, 5]},
    "OfflineRecord": {"samples": 9, "copies": 3, "sha256": "abc"},
    "RunRecord": RUN,
    "LedgerRecord": {**RUN, **NUMBERS, "environment": MACHINE},
    "ExperimentRecord": {
        "dataset": "digits",
        "profile": "none",
        "classes": ["a", "b"],
        "counts": [4, 2],
        "counts_per_split": {"seed-0": [4, 2]},
        "n_test": [4, 2],
        "n_validation": {"seed-0": [1, 1]},
        "own_parts": ["validation", "test"],
        "splits": ["seed-0"],
        "seeds": [0],
        "folds": None,
        "select": "g_mean",
        "model": "mlp",
        "updates": None,
        "rounds": 9,
        "methods": ["baseline"],
        "notes": [],
        "command": "counterpoise compare digits",
        "environment": MACHINE,
        "tuned": {"baseline": 0.1},
        "searches": {
            "baseline": {
                "select": "g_mean",
                "split": "seed-0",
                "chosen": {"tau": 0.4},
                "value": 0.5,
                "trials": 1,
                "ties": 0,
                "seconds": 1.5,
                "grids": [
                    {
                        "title": "a line",
                        "combine": "product",
                        "values": {"tau": [0.4, "cosine"]},
                        "points": [POINT],
                    }
                ],
            }
        },
    },
    "ReportRecord": {
        "dataset": "digits",
        "profile": "none",
        "model": "mlp",
        "updates": None,
        "rounds": 9,
        "command": "counterpoise compare digits",
        "classes": ["a", "b"],
        "counts": [4, 2],
        "n_test": [4, 2],
        "n_validation": {"seed-0": [1, 1]},
        "splits": ["seed-0"],
        "seeds": [0],
        "folds": None,
        "select": "g_mean",
        "best": "baseline",
        "indistinguishable": [],
        "better_on_test": [],
        "undecided": False,
        "verdict": "Best: baseline.",
        "warnings": ["one split only"],
        "searches": [],
        "methods": [
            {
                "name": "baseline",
                "title": "Baseline",
                "status": "ok",
                "rank": 1,
                "control": False,
                "converged": True,
                "probabilities": True,
                "metrics": {"g_mean": ESTIMATE},
                "validation": {"g_mean": {**ESTIMATE, "interval": None}},
                "vs_baseline": {"g_mean": {"difference": -0.125, "interval": [-0.25, 0.0]}},
                "recall": [0.5, None],
                "confusion": {"num_classes": 101, "rows": [0], "columns": [1], "counts": [3]},
                "interval_over": "splits",
                "seconds": 1.5,
                "updates": 100,
                "learning_rate": 0.1,
                "calibration": {"before": {"nll": ESTIMATE}, "after": {"nll": ESTIMATE}},
                "alias_of": None,
                "notes": ["a note"],
                "error": None,
            }
        ],
        "environment": MACHINE,
    },
    "PredictorRecord": {
        "classes": ["a", "b"],
        **MODEL,
        "posthoc": [{"name": "Temperature", "state": {"temperature": 1.5}}],
        "scores": "logits",
        "prior": [0.75, 0.25],
        "frozen": MODEL,
        "metadata": {"method": "baseline", "counts": [3, 1]},
        "versions": {"torch": "2.6.0"},
        "weights_sha256": "abc",
    },
    "SweepRecord": {
        "dataset": "digits",
        "axes": {"rho": [10], "model": ["mlp"]},
        "methods": ["cb"],
        "select": "auc",
        "command": "counterpoise compare digits --sweep rho=10",
        "question": "abc",
        "cells": [
            {
                "point": {"rho": 10, "model": "mlp"},
                "folder": "rho=10,model=mlp",
                "status": "finished",
                "reason": "",
                "splits": ["seed-0"],
                "unfinished": 0,
                "counts": [9, 1],
                "best": None,
                "methods": {
                    "cb": {
                        "auc": {"mean": 0.5, "sd": None, "values": [0.5], "interval": [0.4, 0.6]}
                    }
                },
                "vs_baseline": {"cb": {"auc": {"difference": 0.1, "interval": None}}},
                "warnings": [],
            }
        ],
    },
    "EnsembleRecord": {"mean": "geometric", "members": ["member-1", "member-2"]},
    "ExportRecord": {
        "format": "onnx",
        "classes": ["a", "b"],
        "input": {
            "name": "input",
            "dtype": "uint8",
            "shape": ["N", 1, 8, 8],
            "kind": "image",
            "decode": {"channels": "grey", "height": 8, "width": 8, "resize": "area"},
        },
        "outputs": {"label": {"dtype": "int64", "shape": ["N"]}},
        **MODEL,
        "frozen": None,
        "scores": "margins",
        "posthoc": [],
        "prior": None,
        "prior_factor": None,
        "metadata": {},
        "training_features": {
            "samples": 40,
            "mean": [0.5, 1.0],
            "components": [[1.0, 0.0]],
            "variances": [2.5],
        },
        "files": {"model.onnx": {"bytes": 3, "sha256": "abc"}},
        "versions": {"torch": "2.6.0", "opset": 18},
    },
}


Example = tuple[type[records.Record], dict[str, Any]]


@pytest.fixture
def whole() -> Callable[[str], Example]:
    """A class of records by name, and what a file of it holds without schema and checksum."""

    def find(name: str) -> Example:
        kind: type[records.Record] = getattr(records, name)
        return kind, copy.deepcopy(EXAMPLES[name])

    return find


@pytest.fixture(params=sorted(EXAMPLES))
def example(request: pytest.FixtureRequest, whole: Callable[[str], Example]) -> Example:
    """Each class of records in turn."""
    return whole(request.param)


@pytest.fixture(params=sorted(EXAMPLES.keys() - {"PredictorRecord", "EnsembleRecord"}))
def unsealed(request: pytest.FixtureRequest, whole: Callable[[str], Example]) -> Example:
    """Each class of records without a checksum in turn."""
    return whole(request.param)
