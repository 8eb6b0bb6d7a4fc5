"""What the report of a comparison with thousands of classes costs: memory, and size on disk.

Two methods and one seed are written as finished runs with random scores, one test and one
validation sample a class, and nothing is trained. A process of its own then makes the report from
them: tables, bootstrap, figures, page. `theirs` is the size of the scores on disk, which grow with
the square of the number of classes, as there is a sample of each; the report must not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import Claim, Output, arguments, run

from counterpoise.experiments.identity import environment
from counterpoise.records import ExperimentRecord, RunRecord

METHODS = ("baseline", "oversampling")
CLASSES = 8142  # those of iNaturalist 2018
MOST_GIB, MOST_MB, MOST_GROWTH = 1.0, 10.0, 2.5
CHILD = """
import json, pathlib, re, resource, sys, time
start = time.perf_counter()
from counterpoise.report import collect
collect(sys.argv[1]).write(sys.argv[1])
seconds = time.perf_counter() - start
status = pathlib.Path("/proc/self/status")
if status.exists():  # getrusage would count what the parent held when it started this process
    peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
else:
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps({"peak": peak, "seconds": seconds}))
"""


def write(out: Path, num_classes: int, device: str) -> int:
    """Write the runs of both methods; return the bytes of their scores."""
    names = tuple(f"class {k}" for k in range(num_classes))
    one = (1,) * num_classes
    experiment = ExperimentRecord(
        dataset="random",
        profile="none",
        classes=names,
        counts=one,
        n_test=one,
        n_validation={"seed-0": one},
        splits=("seed-0",),
        seeds=(0,),
        folds=None,
        select="balanced_accuracy",
        methods=METHODS,
        environment=environment(device, 1),
    )
    (out / "splits").mkdir(parents=True)
    (out / "experiment.json").write_text(experiment.text(), "utf-8")
    labels = np.arange(num_classes)
    np.savez(
        out / "splits" / "seed-0.npz",
        test=labels,
        test_labels=labels,
        validation=labels + num_classes,
        validation_labels=labels,
    )
    size = 0
    for number, method in enumerate(METHODS):
        folder = out / "runs" / method / "seed-0"
        folder.mkdir(parents=True)
        run = RunRecord(
            method=method, title=method, split="seed-0", status="ok", probabilities=True
        )
        (folder / "report.json").write_text(run.text(), "utf-8")
        scores = _scores(num_classes, number)
        tables = {
            f"{part}_{kind}": scores
            for part in ("test", "validation")
            for kind in ("scores", "probabilities")
        }
        np.savez(folder / "outputs.npz", **tables)
        size += (folder / "outputs.npz").stat().st_size
    return size


def _scores(num_classes: int, seed: int) -> np.ndarray:
    """Probabilities (K, K) float32, a little too large for the true class."""
    scores = np.random.default_rng(seed).random((num_classes, num_classes), dtype=np.float32)
    np.fill_diagonal(scores, scores.diagonal() + 0.2)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def measure(num_classes: int, device: str) -> tuple[float, float, float, float]:
    """GiB of the process that made the report, seconds, MB of report.json, GiB of scores."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        size = write(out, num_classes, device)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(out)], capture_output=True, text=True, check=True
        )
        found = json.loads(done.stdout)
        megabytes = (out / "report.json").stat().st_size / 1e6
    return found["peak"] / 2**30, found["seconds"], megabytes, size / 2**30


def claim(text: str, value: float, beside: float, bar: float) -> Claim:
    """One measurement that stays under a bar."""
    return Claim(text, value, beside, None, bar, value <= bar, 1, (value, value))


def main() -> None:
    """The report of many classes, and of half as many."""
    options = arguments(__doc__ or "")
    output = Output(options)
    num_classes = 300 if options.quick else CLASSES
    text = f"{num_classes} classes, two methods, one seed"
    peak, seconds, megabytes, size = measure(num_classes, options.device)
    output.say(f"made in {seconds:.0f} s")
    output.claim(
        claim(f"GiB of the process that makes the report, {text} (at most)", peak, size, MOST_GIB)
    )
    output.claim(claim(f"MB of report.json, {text} (at most)", megabytes, size * 1074, MOST_MB))
    half = measure(num_classes // 2, options.device)
    output.claim(
        claim(
            "MB of report.json over those with half as many classes (at most)",
            megabytes / half[2],
            4.0,
            MOST_GROWTH,
        )
    )


if __name__ == "__main__":
    run(main)
