"""What our loop costs beside a hand-written one, and beside the loops that people use.

LeNet-5, batch 64, one thread on a CPU, the same samples in the same order for everyone. Every
loop is timed over the same number of updates after a few that are not counted, so that nobody
pays for starting up. Lightning and skorch keep their defaults, but log, save and draw nothing.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from harness import (
    Arguments,
    Claim,
    Output,
    arguments,
    compared,
    interleaved,
    load_if_present,
)
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets, transforms

from counterpoise import models
from counterpoise.comparison import compare
from counterpoise.criterion import Weighted
from counterpoise.data import Preprocess
from counterpoise.losses import CrossEntropy
from counterpoise.records import RoundRecord
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train import device as devices
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Plan
from counterpoise.train.schedule import make as make_schedule

BATCH = 64
WARM = 10
SAMPLES = 20_000
Timed = Callable[[], float]


@dataclass(frozen=True)
class Problem:
    """What every loop trains: samples, their order, and how a fresh model is made."""

    images: npt.NDArray[np.uint8]  # (N, 1, 28, 28)
    labels: npt.NDArray[np.int64]
    name: str
    preprocess: Preprocess
    updates: int
    device: torch.device

    @property
    def order(self) -> Tensor:
        """Indices of every update, warm-up included, end to end."""
        return Shuffled(self.labels, seed=0).take((WARM + self.updates) * BATCH)

    def model(self) -> nn.Module:
        """A fresh LeNet-5, always the same one, channels-last on the device."""
        torch.manual_seed(0)
        made = models.create("lenet5", (1, 28, 28), 10)
        return made.to(memory_format=torch.channels_last).to(self.device)

    def optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """SGD as base.toml has it."""
        return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    @property
    def constants(self) -> tuple[float, float]:
        """Mean and sd on the scale of bytes."""
        return 255 * self.preprocess.mean[0], 255 * self.preprocess.std[0]

    def floats(self) -> tuple[Tensor, Tensor]:
        """Everything normalised in advance, on the device."""
        mean, std = self.constants
        inputs = (torch.from_numpy(self.images).float() - mean) / std
        return inputs.to(self.device), torch.from_numpy(self.labels).to(self.device)


class Stopwatch:
    """Seconds between the end of the warm-up and the end of the last update."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.done = 0
        self.stamps: list[float] = []

    def update(self, *_: object) -> None:
        """Call after every update."""
        self.done += 1
        if self.done in (WARM, WARM + self.problem.updates):
            if self.problem.device.type == "cuda":
                torch.cuda.synchronize(self.problem.device)
            self.stamps.append(time.perf_counter())

    @property
    def seconds(self) -> float:
        """Of the counted updates."""
        first, last = self.stamps
        return last - first


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
            Plan("loop", 1, WARM + problem.updates, BATCH),
            Feed(problem.images, problem.labels, problem.preprocess, problem.device),
            {},
            devices.fabric(str(problem.device)),
            Path(scratch, "state.pt"),
            watch.update,
        ).fit()
    if trained is not None:
        trained.append(model)
    return watch.seconds


def bare(problem: Problem, trained: list[nn.Module] | None = None) -> float:
    """What one would write by hand: uint8 in memory, one index operation a batch."""
    model, watch = problem.model(), Stopwatch(problem)
    optimizer = problem.optimizer(model)
    images = torch.from_numpy(problem.images).to(problem.device)
    labels = torch.from_numpy(problem.labels).to(problem.device)
    order, (mean, std) = problem.order.to(problem.device), problem.constants
    model.train()
    for start in range(0, len(order), BATCH):
        index = order[start : start + BATCH]
        inputs = ((images[index].float() - mean) / std).contiguous(
            memory_format=torch.channels_last
        )
        loss = F.cross_entropy(model(inputs), labels[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watch.update()
    if trained is not None:
        trained.append(model)
    return watch.seconds


class InMemory(datasets.MNIST):
    """torchvision's data set around arrays that are already read; items are made by torchvision."""

    def __init__(self, problem: Problem) -> None:
        mean, std = problem.preprocess.mean, problem.preprocess.std
        self.data = torch.from_numpy(problem.images[:, 0])
        self.targets = torch.from_numpy(problem.labels)
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(mean, std)]
        )
        self.target_transform = None


def data_loader(problem: Problem, workers: int) -> float:
    """The tutorial's loop: torchvision data set, ToTensor, Normalize, DataLoader."""
    model, watch = problem.model(), Stopwatch(problem)
    optimizer = problem.optimizer(model)
    batches = DataLoader(
        InMemory(problem), BATCH, sampler=problem.order.tolist(), num_workers=workers
    )
    model.train()
    for inputs, target in batches:
        inputs = inputs.to(problem.device).contiguous(memory_format=torch.channels_last)
        loss = F.cross_entropy(model(inputs), target.to(problem.device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watch.update()
    return watch.seconds


class Prepared:
    """Whole normalised batches, cut from tensors: no loader can be faster."""

    def __init__(self, problem: Problem) -> None:
        self.inputs, self.target = problem.floats()
        self.order = problem.order.to(problem.device)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(self.order), BATCH):
            index = self.order[start : start + BATCH]
            inputs = self.inputs[index].contiguous(memory_format=torch.channels_last)
            yield inputs, self.target[index]

    def __len__(self) -> int:
        return len(self.order) // BATCH


def lightning_trainer(problem: Problem, prepared: bool) -> Timed:
    """Trainer.fit on a DataLoader of normalised tensors, or on prepared batches.

    Raises:
        ImportError: lightning is not installed.
    """
    import logging

    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = problem.model()

        def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
            inputs, target = batch
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            return F.cross_entropy(self.model(inputs), target)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return problem.optimizer(self.model)

    batches: Any = Prepared(problem)
    if not prepared:
        batches = DataLoader(
            TensorDataset(*problem.floats()), BATCH, sampler=problem.order.tolist()
        )

    def timed() -> float:
        watch = Stopwatch(problem)

        class Ends(lightning.Callback):
            def on_train_batch_end(self, *ignored: object) -> None:
                watch.update()

        trainer = lightning.Trainer(
            accelerator="gpu" if problem.device.type == "cuda" else "cpu",
            devices=1,
            max_epochs=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Ends()],
        )
        trainer.fit(Module(), batches)
        return watch.seconds

    return timed


def skorch_net(problem: Problem, prepared: bool) -> Timed:
    """NeuralNetClassifier.fit on normalised tensors, through its DataLoader or prepared batches.

    Raises:
        ImportError: skorch is not installed.
    """
    import skorch

    inputs, target = problem.floats()
    ready = Prepared(problem)

    def timed() -> float:
        watch = Stopwatch(problem)

        class Ends(skorch.callbacks.Callback):  # type: ignore[misc,name-defined]
            def on_batch_end(self, net: object, training: bool = False, **ignored: object) -> None:
                watch.update()

        feeding: dict[str, Any] = {"iterator_train__sampler": problem.order.tolist()}
        if prepared:
            feeding = {"iterator_train": lambda dataset, **ignored: ready}
        net = skorch.NeuralNetClassifier(
            problem.model(),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.SGD,
            lr=0.01,
            optimizer__momentum=0.9,
            optimizer__weight_decay=5e-4,
            batch_size=BATCH,
            max_epochs=1,
            train_split=None,
            callbacks=[Ends()],
            callbacks__print_log=None,
            verbose=0,
            device=str(problem.device),
            **feeding,
        )
        net.fit(inputs, target)
        return watch.seconds

    return timed


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
    updates = 5 if options.quick else 50
    dataset = load_if_present("mnist")
    if dataset is not None:
        images, labels = dataset.inputs.read(np.arange(SAMPLES)), dataset.labels[:SAMPLES]
        name = "MNIST"
    else:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (SAMPLES, 1, 28, 28), dtype=np.uint8)
        labels, name = rng.integers(0, 10, SAMPLES), "random images, for MNIST is absent"
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
    main()
