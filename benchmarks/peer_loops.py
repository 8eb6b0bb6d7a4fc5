"""The loops that people use, and a hand-written one, timed on the same updates as ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets, transforms

from counterpoise import models
from counterpoise.data import Preprocess
from counterpoise.samplers import Shuffled

BATCH = 64
WARM = 10
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
