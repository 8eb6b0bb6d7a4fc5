"""One small training on real digits, and what our own loop makes of it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from counterpoise import ClassCounts, Weighted, losses, weights
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make

BATCH, UPDATES, ROUNDS, LR = 32, 9, 3, 0.05


class Recording(Plain):
    """The plain step, and the loss of each update."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def __call__(self, *arguments):
        loss = super().__call__(*arguments)
        self.losses.append(float(loss))
        return loss


@dataclass
class Problem:
    """Digits of which the last five classes keep every tenth sample."""

    inputs: Tensor
    target: Tensor
    contrast: tuple[Tensor, Tensor]

    @property
    def dataset(self) -> TensorDataset:
        return TensorDataset(self.inputs, self.target)

    def model(self) -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def criterion(self) -> Weighted:
        """Weights that differ in every round."""
        counts = ClassCounts.from_labels(self.target)
        return Weighted(losses.CrossEntropy(), weights.Incremental(counts, rounds=ROUNDS))

    def ours(self, sampler: StreamSampler, batch: int = BATCH, updates: int = UPDATES) -> Recording:
        """Losses of our loop, and the model that it leaves."""
        model, step = self.model(), Recording()
        pieces = Pieces(
            model=model,
            criterion=self.criterion(),
            sampler=sampler,
            step=step,
            optimizers=[torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)],
            schedule=make("constant", {}),
        )
        regime = Regime("bridges", ROUNDS, updates, batch)
        training = Feed(self.inputs, self.target, None, "cpu")
        contrast = {"contrast": Feed(*self.contrast, None, "cpu")}
        Loop(pieces, regime, training, contrast, fabric("cpu"), None).fit()
        step.model = model
        return step


def digits() -> Problem:
    """The same in every process."""
    data, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    data, labels = data[order].astype(np.float32) / 16, labels[order]
    contrast, rest = slice(0, 300), slice(300, None)
    inputs, target = data[rest], labels[rest]
    kept = (target < 5) | (np.cumsum(np.ones_like(target)) % 10 == 0)
    return Problem(
        torch.from_numpy(inputs[kept]),
        torch.from_numpy(target[kept]),
        (torch.from_numpy(data[contrast]), torch.from_numpy(labels[contrast])),
    )


@pytest.fixture(scope="session")
def problem() -> Problem:
    return digits()


@pytest.fixture
def ours(problem: Problem) -> Callable[..., Recording]:
    return problem.ours


@pytest.fixture
def two_processes(tmp_path: Path) -> Callable[..., list]:
    """Run a script beside this file in two processes that talk over loopback, as torchrun does."""

    def run(script: str, *arguments: str) -> list:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        here = Path(__file__).parent
        command = [sys.executable, str(here / script), str(tmp_path), *arguments]
        shared = os.environ | {
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "GLOO_SOCKET_IFNAME": "lo",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(here),
            "WORLD_SIZE": "2",
            "LOCAL_WORLD_SIZE": "2",
            "GROUP_RANK": "0",
            "TORCHELASTIC_RUN_ID": "test",
        }
        started = [
            subprocess.Popen(
                command,
                env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(2)
        ]
        try:
            errors = [process.communicate(timeout=480)[1] for process in started]
        finally:
            for process in started:
                process.kill()
        codes = [process.returncode for process in started]
        assert codes == [0, 0], "".join(errors)
        return [json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in range(2)]

    return run
