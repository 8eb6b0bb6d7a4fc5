"""What our loop costs beside a hand-written one, and beside the loops that people use.

LeNet-5, batch 64, one thread on a CPU, the same samples in the same order for everyone. Every
loop is timed over the same number of updates after a few that are not counted, so that nobody
pays for starting up. Lightning and skorch keep their defaults, but log, save and draw nothing.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from harness import Arguments, Claim, Output, arguments, compared, interleaved, load_if_present, run
from peer_loops import (
    BATCH,
    WARM,
    Problem,
    Stopwatch,
    Timed,
    bare,
    data_loader,
    lightning_trainer,
    skorch_net,
)
from torch import nn

from counterpoise.comparison import compare
from counterpoise.criterion import Weighted
from counterpoise.data import Preprocess
from counterpoise.losses import CrossEntropy
from counterpoise.records import RoundRecord
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train import device as devices
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make as make_schedule

SAMPLES = 20_000


def ours(problem: Problem, trained: list[nn.Module] | None = None) -> float:
    """One round of `Loop` without an evaluation."""
    model, watch = problem.model(), Stopwatch(problem)
    pieces = Pieces(
        model,
        Weighted(CrossEntropy()),
        Shuffled(problem.labels, seed=0),
        Plain(),
        [problem.optimizer(model)],
        make_schedule("constant", {}),
    )
    with tempfile.TemporaryDirectory() as scratch:
        Loop(
            pieces,
            Regime("loop", 1, WARM + problem.updates, BATCH),
            Feed(problem.images, problem.labels, problem.preprocess, problem.device),
            {},
            devices.fabric(str(problem.device)),
            Path(scratch, "state.pt"),
            watch.update,
        ).fit()
    if trained is not None:
        trained.append(model)
    return watch.seconds


def same_work(problem: Problem) -> None:
    """Refuse to time two loops that do not train the same model."""
    trained: list[nn.Module] = []
    ours(problem, trained)
    bare(problem, trained)
    left, right = (model.state_dict() for model in trained)
    for name, value in left.items():
        torch.testing.assert_close(value, right[name], rtol=1e-3, atol=1e-5, msg=f"differs: {name}")


def make_problem(options: Arguments) -> Problem:
    """MNIST's first images, or random ones of the same shape where it is absent."""
    updates, samples = (5, 1_000) if options.quick else (50, SAMPLES)
    dataset = load_if_present("mnist")
    if dataset is not None:
        images, labels = dataset.inputs.read(np.arange(samples)), dataset.labels[:samples]
        name = "MNIST"
    else:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (samples, 1, 28, 28), dtype=np.uint8)
        labels, name = rng.integers(0, 10, samples), "random images, for MNIST is absent"
    preprocess = Preprocess.fit("standard", images)
    return Problem(images, labels, name, preprocess, updates, torch.device(options.device))


def evaluation_share(name: str, profile: str, rounds: int, device: str) -> Claim:
    """Seconds of evaluation over seconds of training, round by round of a real comparison."""
    with tempfile.TemporaryDirectory() as scratch:
        compare(
            name,
            methods=["baseline"],
            profile=profile,
            seeds=1,
            rounds=rounds,
            out=Path(scratch, "out"),
            jobs=1,
            device=device,
            progress="silent",
        )
        lines = Path(scratch, "out/runs/baseline/seed-0/metrics.jsonl").read_text().splitlines()
    done = [RoundRecord.parse(line, "metrics.jsonl") for line in lines]
    spent = np.diff([0.0, *(one.evaluation_seconds for one in done)])
    training = np.diff([0.0, *(one.seconds for one in done)])
    text = (
        f"evaluation and metrics over training, seconds a round, {name} {profile} "
        "(ours = evaluation, theirs = training; at most)"
    )
    return compared(text, spent, training, 0.03)


def main() -> None:
    """Compare our loop with each of the others in turn."""
    warnings.filterwarnings("ignore")  # of the peers, about workers and logging
    options = arguments(__doc__ or "")
    output = Output(options)
    problem = make_problem(options)
    pairs = 2 if options.quick else 30
    output.say(f"LeNet-5, {problem.name}, batch {BATCH}, {problem.updates} updates a timing")
    same_work(problem)

    def against(name: str, bar: float, theirs: Timed) -> None:
        left, right = interleaved(lambda: ours(problem), theirs, pairs)
        text = f"our loop over {name}, ms an update, {problem.name} (at most)"
        scale = 1000 / problem.updates
        output.claim(compared(text, left * scale, right * scale, bar))

    against("a bare PyTorch loop", 1.08, lambda: bare(problem))
    for workers in (0, 2):
        name = f"torchvision data set + DataLoader, num_workers={workers}"
        against(name, 1.0, lambda: data_loader(problem, workers))  # noqa: B023 - used at once
    peers = {"Lightning Trainer": lightning_trainer, "skorch": skorch_net}
    ways = ((False, "its DataLoader", 1.0), (True, "ready-made batches, its best case", 1.0))
    for peer, make in peers.items():
        for prepared, how, bar in ways:
            try:
                timed = make(problem, prepared)
            except ImportError as error:
                output.say(f"skipped {peer}: {error} (pip install 'counterpoise[bench]')")
                break
            against(f"{peer} with {how}", bar, timed)
    asked = (("mnist", "step:rho=100,mu=0.5", 8), ("digits", "step:rho=20,mu=0.5", 200))
    for name, profile, rounds in asked:
        if load_if_present(name) is None:
            output.say(f"skipped the evaluation share of {name}: it is not under COUNTERPOISE_DATA")
        else:
            many = 2 if options.quick else rounds
            output.claim(evaluation_share(name, profile, many, options.device))


if __name__ == "__main__":
    run(main)
