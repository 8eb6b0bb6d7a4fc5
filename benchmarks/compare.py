"""What sharing stages and running one single-threaded training per core gain.

Ours is the whole command: a new process, data, an estimate, training, scoring, reports. Theirs
trains the same methods one after the other in this process with all threads, every stage of
every method anew, and scores them; it pays for no import, no estimate and no report.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from harness import Output, arguments, compared, interleaved, load_if_present, run, train

from counterpoise import data
from counterpoise.experiments.machine import cores
from counterpoise.recipes.load import expand, load_methods

DEMO = ("digits", "--profile", "step:rho=20,mu=0.5")
QUICK = ("baseline", "weighted")


@dataclass(frozen=True)
class Setting:
    """One comparison, the same for both sides."""

    dataset: str
    profile: str
    methods: tuple[str, ...]
    rounds: int
    updates_per_round: int

    def command(self) -> list[str]:
        """Arguments of ``counterpoise compare``, one seed."""
        return [
            *(self.dataset, "--profile", self.profile, "--seeds", "1"),
            *("--methods", ",".join(self.methods)),
            *("--rounds", str(self.rounds)),
            *("--set", f"train.updates_per_round={self.updates_per_round}"),
        ]


def command(words: Sequence[str], device: str) -> float:
    """Seconds of ``counterpoise compare`` as a new process with a fresh output folder."""
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "counterpoise.cli", "compare", *words),
                *("--device", device, "--out", str(Path(scratch, "out"))),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - started


def one_after_the_other(setting: Setting, device: str) -> float:
    """Seconds of every method trained alone, all stages, with all threads."""
    torch.set_num_threads(cores())
    started = time.perf_counter()
    dataset = data.load(setting.dataset)
    inputs = dataset.inputs.read()
    (split,) = data.make_splits(dataset, data.parse(setting.profile), seeds=[0])
    length = {"rounds": setting.rounds, "updates_per_round": setting.updates_per_round}
    for recipe in load_methods(setting.methods, {"train": dict(length)}, {}):
        trained = train(recipe, dataset, inputs, split, seed=0, device=device)
        trained.logits(split.validation)
        trained.logits(split.test)
    seconds = time.perf_counter() - started
    torch.set_num_threads(1)
    return seconds


def setting_of(quick: bool) -> Setting:
    """MNIST, or digits where it is absent or time is short."""
    if quick:
        return Setting("digits", "step:rho=20,mu=0.5", QUICK, 2, 2)
    if load_if_present("mnist") is None:
        return Setting("digits", "step:rho=20,mu=0.5", expand(None), 200, 10)
    return Setting("mnist", "step:rho=50,mu=0.5", expand(None), 4, 150)


def main() -> None:
    """Measure both claims."""
    options = arguments(__doc__ or "")
    output = Output(options)
    setting = setting_of(options.quick)
    ours, theirs = interleaved(
        lambda: command(setting.command(), options.device),
        lambda: one_after_the_other(setting, options.device),
        1 if options.quick else 3,
    )
    updates = setting.rounds * setting.updates_per_round
    text = (
        f"{len(setting.methods)} methods one after the other with {cores()} threads and no "
        f"sharing, over `counterpoise compare`, seconds: {setting.dataset} {setting.profile}, "
        f"one seed, {updates} updates a stage (at least)"
    )
    output.claim(compared(text, ours, theirs, 2.0, at_least=True))
    short = ["--rounds", "2", "--seeds", "1", "--methods", ",".join(QUICK)]
    words = [*DEMO, *(short if options.quick else [])]
    demo = np.array([command(words, options.device) for _ in range(1 if options.quick else 3)])
    text = f"the demo, `counterpoise compare {' '.join(words)}`, over 60 s, seconds (at most)"
    output.claim(compared(text, demo, np.full(len(demo), 60.0), 1.0))


if __name__ == "__main__":
    run(main)
