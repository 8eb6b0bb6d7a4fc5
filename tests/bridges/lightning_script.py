"""What each of two processes runs for test_lightning.py.

Begins with each fault that is named after the folder, and keeps what it was told; then trains.
Writes ``rank<r>.json`` with what this process saw: faults, indices, losses, reports, parameters.
"""

import json
import sys
import warnings
from pathlib import Path

import lightning.pytorch as lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

import conftest  # beside this file
from counterpoise.bridges import Rounds
from counterpoise.bridges.lightning import CounterpoiseCallback
from counterpoise.errors import ArgumentError
from counterpoise.samplers import F1Driven

warnings.simplefilter("ignore")
OUT, FAULTS = Path(sys.argv[1]), sys.argv[2:]
PROBLEM = conftest.digits()


class Watching(F1Driven):
    """The sampler, and the reports that it got."""

    def observe(self, report) -> None:
        super().observe(report)
        seen.setdefault("confusion", []).append(report.confusion.tolist())


class Module(lightning.LightningModule):
    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.net, self.criterion = PROBLEM.model(), PROBLEM.criterion()

    def forward(self, inputs):
        return self.net(inputs)

    def train_dataloader(self):
        rank, world = self.trainer.global_rank, self.trainer.world_size
        if self.fault == "unsliced":
            rank, world = 0, 1
        self.sampler = Watching(PROBLEM.target, seed=5, batch_size=64, rank=rank, world=world)
        numbered = TensorDataset(*PROBLEM.dataset.tensors, torch.arange(len(PROBLEM.target)))
        if self.fault == "wrapped":
            return DataLoader(numbered, batch_size=32, sampler=self.sampler)
        rounds = Rounds(self.sampler, batch_size=32, updates=conftest.UPDATES)
        return DataLoader(numbered, batch_sampler=rounds)

    def training_step(self, batch, number):
        inputs, target, index = batch
        loss = self.criterion(self(inputs), target)
        seen.setdefault("losses", []).append(float(loss.detach()))
        seen.setdefault("indices", []).append(index.tolist())
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=conftest.LR, momentum=0.9)


def fit(module: Module) -> int:
    """Train; the rank of this process."""
    contrast = DataLoader(TensorDataset(*PROBLEM.contrast), batch_size=70)
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=2,
        strategy="ddp",
        max_epochs=conftest.ROUNDS,
        use_distributed_sampler=module.fault == "wrapped",
        callbacks=[CounterpoiseCallback(contrast)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module)
    return trainer.global_rank


seen: dict[str, object] = {}
told = {}
for fault in FAULTS:
    try:
        fit(Module(fault))
    except ArgumentError as error:
        told[fault] = str(error)
assert not seen, "a batch was seen in spite of a fault"
module = Module()
rank = fit(module)
seen["told"] = told
seen["state"] = module.sampler.state_dict()
seen["parameters"] = torch.cat([p.detach().flatten() for p in module.net.parameters()]).tolist()
(OUT / f"rank{rank}.json").write_text(json.dumps(seen))
