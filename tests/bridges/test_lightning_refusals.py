"""What could go wrong without a word under Lightning is refused, or warned about."""

import pytest
import torch
from torch.utils.data import DataLoader, DistributedSampler

from counterpoise import Weighted, losses
from counterpoise.bridges import Rounds
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.samplers import F1Driven, Progressive, RandomOver

lightning = pytest.importorskip("lightning.pytorch", reason="needs counterpoise[lightning]")

from counterpoise.bridges import lightning as bridge  # noqa: E402


class Module(lightning.LightningModule):
    def __init__(self, problem, criterion=None) -> None:
        super().__init__()
        self.net = problem.model()
        self.criterion = problem.criterion() if criterion is None else criterion
        self.losses: list[float] = []

    def forward(self, inputs):
        return self.net(inputs)

    def training_step(self, batch, number):
        inputs, target = batch
        loss = self.criterion(self(inputs), target)
        self.losses.append(float(loss.detach()))
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


def trainer(*callbacks, epochs: int = 3, **options):
    quiet = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    return lightning.Trainer(max_epochs=epochs, callbacks=list(callbacks), **quiet | options)


def loader(problem, sampler, **options) -> DataLoader:
    rounds = Rounds(sampler, batch_size=32, updates=9)
    return DataLoader(problem.dataset, batch_sampler=rounds, **options)


SAMPLERS = {
    "over": lambda labels: RandomOver(labels, seed=5),
    "progressive": lambda labels: Progressive(labels, seed=5, rounds=3),
    "f1": lambda labels: F1Driven(labels, seed=5, batch_size=32),
}


def test_a_contrast_set_that_is_ignored_or_no_batches(problem) -> None:
    plain = DataLoader(problem.dataset, batch_size=32)
    with pytest.warns(UserWarning, match="contrast=.* is ignored"):
        trainer(bridge.CounterpoiseCallback([problem.contrast]), epochs=1).fit(
            Module(problem), plain
        )
    samples = zip(*problem.contrast, strict=True)
    over = loader(problem, SAMPLERS["over"](problem.target))
    with pytest.raises(ArgumentError, match=r"contrast is batches .* got target \(\)"):
        trainer(bridge.CounterpoiseCallback(samples), epochs=1).fit(Module(problem), over)


def test_a_checkpoint_with_another_number_of_samplers(problem, tmp_path) -> None:
    callback = bridge.CounterpoiseCallback()
    callback.load_state_dict({"samplers": [{}, {}]})
    with pytest.raises(CheckpointError, match="state of 2 samplers; this training has 1"):
        trainer(callback).fit(Module(problem), loader(problem, SAMPLERS["over"](problem.target)))


def test_nothing_of_ours_is_an_error(problem) -> None:
    module = Module(problem, torch.nn.CrossEntropyLoss())
    with pytest.raises(ArgumentError, match=r"Module and for a sampler.*found neither"):
        trainer(bridge.CounterpoiseCallback()).fit(module, DataLoader(problem.dataset))


def test_a_bare_loss_of_ours_is_enough_and_one_of_torch_is_not(problem) -> None:
    told = []

    class Hearing(losses.Focal):
        def set_epoch(self, epoch: int) -> None:
            told.append(epoch)

    plain = DataLoader(problem.dataset, batch_size=64)
    trainer(bridge.CounterpoiseCallback(), epochs=2).fit(Module(problem, Hearing()), plain)
    assert sorted(set(told)) == [0, 1]
    inside = Module(problem, Weighted(Hearing()))
    assert bridge.criteria_of(inside) == [inside.criterion]
    with pytest.raises(ArgumentError, match=r"found neither \(set a criterion such as Weighted\("):
        trainer(bridge.CounterpoiseCallback()).fit(
            Module(problem, torch.nn.CrossEntropyLoss()), plain
        )


def test_a_sampler_of_another_data_set_is_refused(problem) -> None:
    for labels, message in (
        (problem.target[1:], "and TensorDataset has"),
        (problem.target.flip(0), "other labels than TensorDataset has"),
    ):
        data = loader(problem, SAMPLERS["over"](labels))
        with pytest.raises(ArgumentError, match=message):
            trainer(bridge.CounterpoiseCallback()).fit(Module(problem), data)


def test_a_loader_made_anew_over_another_data_set_is_refused(problem) -> None:
    class Remaking(Module):
        def train_dataloader(self):
            wrong = self.trainer.current_epoch
            return loader(problem, SAMPLERS["over"](problem.target[wrong:]))

    remade = trainer(bridge.CounterpoiseCallback(), reload_dataloaders_every_n_epochs=1)
    with pytest.raises(ArgumentError, match="and TensorDataset has"):
        remade.fit(Remaking(problem))


def test_a_sampler_that_waits_for_reports_says_so(problem) -> None:
    data = loader(problem, SAMPLERS["f1"](problem.target))
    with pytest.warns(UserWarning, match=r"F1Driven learns from reports.*contrast=loader"):
        trainer(bridge.CounterpoiseCallback(), epochs=1).fit(Module(problem), data)


def test_an_empty_contrast_set(problem) -> None:
    data = loader(problem, SAMPLERS["over"](problem.target))
    with pytest.raises(ArgumentError, match="at least one batch; got none"):
        trainer(bridge.CounterpoiseCallback([]), epochs=1).fit(Module(problem), data)


def test_another_processs_slice_is_refused(problem) -> None:
    data = loader(problem, RandomOver(problem.target, seed=0, rank=1, world=2))
    with pytest.raises(
        ArgumentError, match=r"rank 1 of world 2 and runs as rank 0 of 1.*world_size"
    ):
        trainer(bridge.CounterpoiseCallback()).fit(Module(problem), data)


def test_a_sampler_that_lightning_wrapped_is_refused(problem) -> None:
    from lightning.fabric.utilities.distributed import DistributedSamplerWrapper

    sampler = RandomOver(problem.target, seed=0)
    wrapped = DistributedSamplerWrapper(sampler, num_replicas=2, rank=0)
    assert isinstance(wrapped, DistributedSampler)
    data = DataLoader(problem.dataset, batch_size=32, sampler=wrapped)
    with pytest.raises(ArgumentError, match=r"wrapped RandomOver.*use_distributed_sampler=False"):
        trainer(bridge.CounterpoiseCallback()).fit(Module(problem), data)
