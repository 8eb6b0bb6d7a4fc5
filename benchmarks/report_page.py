"""What the page of a comparison costs: its size, and the time to make it from finished runs.

Twenty methods, ten classes, three seeds and a thousand test samples are written as finished runs
with random scores; nothing is trained. `theirs` of the time is what `import torch` takes, in the
same run and turn by turn: the least that a training pays.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from harness import Claim, Output, arguments, compared, interleaved, run
from startup import command, torch_seconds

from counterpoise.experiments.identity import environment
from counterpoise.records import ExperimentRecord, RunRecord

CLASSES, SEEDS, PER_CLASS = 10, 3, 100
MOST_MB, MOST_RATIO = 2.0, 2.0


def write(out: Path, methods: tuple[str, ...], device: str) -> None:
    """Write the finished runs."""
    splits = tuple(f"seed-{n}" for n in range(SEEDS))
    counts = tuple(500 // (k + 1) for k in range(CLASSES))
    experiment = ExperimentRecord(
        dataset="random",
        profile="none",
        classes=tuple(f"class {k}" for k in range(CLASSES)),
        counts=counts,
        n_test=(PER_CLASS,) * CLASSES,
        n_validation=dict.fromkeys(splits, (PER_CLASS,) * CLASSES),
        splits=splits,
        seeds=tuple(range(SEEDS)),
        folds=None,
        select="balanced_accuracy",
        methods=methods,
        environment=environment(device, 1),
    )
    (out / "splits").mkdir(parents=True)
    (out / "experiment.json").write_text(experiment.text(), "utf-8")
    labels = np.repeat(np.arange(CLASSES), PER_CLASS)
    rng = np.random.default_rng(0)
    for split in splits:
        np.savez(
            out / "splits" / f"{split}.npz",
            test=np.arange(len(labels)),
            test_labels=labels,
            validation=np.arange(len(labels)) + len(labels),
            validation_labels=labels,
        )
        for method in methods:
            folder = out / "runs" / method / split
            folder.mkdir(parents=True)
            made = RunRecord(
                method=method, title=method, split=split, status="ok", probabilities=True
            )
            (folder / "report.json").write_text(made.text(), "utf-8")
            scores = rng.random((len(labels), CLASSES), dtype=np.float32)
            scores[np.arange(len(labels)), labels] += 1
            scores /= scores.sum(axis=1, keepdims=True)
            parts = ("test", "validation")
            kinds = ("scores", "probabilities")
            np.savez(
                folder / "outputs.npz",
                **{f"{part}_{kind}": scores for part in parts for kind in kinds},
            )


def main() -> None:
    """Size first, then the time of `counterpoise report`."""
    options = arguments(__doc__ or "")
    output = Output(options)
    number = 3 if options.quick else 20
    methods = ("baseline", *(f"method-{n}" for n in range(1, number)))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write(out, methods, options.device)
        pairs = interleaved(
            lambda: command("report", str(out)), torch_seconds, 1 if options.quick else 5
        )
        size = (out / "report.html").stat().st_size / 1e6
        held = (out / "report.json").stat().st_size / 1e6
    text = f"{number} methods, {CLASSES} classes, {SEEDS} seeds"
    output.claim(
        Claim(
            f"MB of report.html, {text}; theirs is report.json (at most)",
            size, held, None, MOST_MB, size <= MOST_MB, 1, (size, size),
        )
    )  # fmt: skip
    output.claim(
        compared(
            f"CPU of counterpoise report, {text}, over that of import torch, s (at most)",
            *pairs,
            MOST_RATIO,
        )
    )


if __name__ == "__main__":
    run(main)
