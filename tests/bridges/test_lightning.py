"""Lightning's Trainer trains as our loop does, and what it could get wrong is refused."""

import pytest
import torch
from torch.utils.data import DataLoader

from counterpoise.bridges import Rounds
from counterpoise.samplers import F1Driven, Progressive, RandomOver, Shuffled

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


@pytest.mark.parametrize("name", SAMPLERS)
def test_losses_are_those_of_our_loop(name, problem, ours) -> None:
    module = Module(problem)
    contrast = [problem.contrast]
    trainer(bridge.CounterpoiseCallback(contrast)).fit(
        module, loader(problem, SAMPLERS[name](problem.target))
    )
    expected = ours(SAMPLERS[name](problem.target))
    assert module.losses == expected.losses
    assert len(module.losses) == 27


def test_workers_change_nothing(problem, ours) -> None:
    module = Module(problem)
    sampler = SAMPLERS["f1"](problem.target)
    data = loader(problem, sampler, num_workers=1)
    trainer(bridge.CounterpoiseCallback([problem.contrast])).fit(module, data)
    assert module.losses == ours(SAMPLERS["f1"](problem.target)).losses


@pytest.mark.parametrize("name", ["over", "f1"])
def test_loaders_made_anew_go_on_with_the_stream(name, problem, ours) -> None:
    class Remaking(Module):
        def train_dataloader(self):
            return loader(problem, SAMPLERS[name](problem.target))

    module = Remaking(problem)
    callback = bridge.CounterpoiseCallback([problem.contrast])
    trainer(callback, reload_dataloaders_every_n_epochs=1).fit(module)
    assert module.losses == ours(SAMPLERS[name](problem.target)).losses


def test_without_the_callback_the_weights_stay_at_their_start(problem, ours) -> None:
    module = Module(problem)
    trainer().fit(module, loader(problem, RandomOver(problem.target, seed=5)))
    expected = ours(RandomOver(problem.target, seed=5)).losses
    assert module.losses[:9] == expected[:9]
    assert module.losses[9:] != expected[9:]


def test_a_sampler_alone_in_an_ordinary_loader(problem) -> None:
    """A pass may end with a smaller batch; the stream goes on behind it."""
    sampler = Shuffled(problem.target, seed=5)
    data = DataLoader(problem.dataset, batch_size=32, sampler=sampler)
    module = Module(problem, torch.nn.CrossEntropyLoss())
    trainer(bridge.CounterpoiseCallback(), epochs=2).fit(module, data)
    assert len(module.losses) == 2 * -(-len(problem.target) // 32)
    assert sampler.state_dict()["position"] == 2 * len(problem.target)


def test_modes_of_modules_are_as_before_the_contrast_set(problem) -> None:
    module = Module(problem)
    module.frozen = torch.nn.Dropout()
    seen = []

    class Look(lightning.Callback):
        def on_train_epoch_start(self, trainer, pl_module) -> None:
            module.frozen.eval()
            module.net.train()

        def on_train_epoch_end(self, trainer, pl_module) -> None:
            seen.append((module.net.training, module.frozen.training))

    contrast = bridge.CounterpoiseCallback([problem.contrast])
    data = loader(problem, SAMPLERS["over"](problem.target))
    trainer(contrast, Look(), epochs=1).fit(module, data)
    assert seen == [(True, False)]


def test_the_confusion_matrix_is_that_of_all_batches(problem) -> None:
    reports = []

    class Watching(RandomOver):
        def observe(self, report) -> None:
            reports.append(report.confusion)

    module = Module(problem)
    inputs, target = problem.contrast
    batches = DataLoader(torch.utils.data.TensorDataset(inputs, target), batch_size=77)
    data = loader(problem, Watching(problem.target, seed=0))
    trainer(bridge.CounterpoiseCallback(batches), epochs=1).fit(module, data)
    (confusion,) = reports
    predicted = module(inputs).argmax(1)
    expected = [
        [int(((target == i) & (predicted == j)).sum()) for j in range(10)] for i in range(10)
    ]
    assert confusion.tolist() == expected


@pytest.mark.parametrize("name", SAMPLERS)
def test_resuming_continues_the_stream(name, problem, tmp_path) -> None:
    def start(epochs: int, module: Module, path: str | None = None):
        made = trainer(bridge.CounterpoiseCallback([problem.contrast]), epochs=epochs)
        made.fit(module, loader(problem, SAMPLERS[name](problem.target)), ckpt_path=path)
        return made

    whole, first, second = Module(problem), Module(problem), Module(problem)
    start(3, whole)
    start(2, first).save_checkpoint(tmp_path / "two.ckpt")
    start(3, second, str(tmp_path / "two.ckpt"))
    assert first.losses + second.losses == whole.losses


def test_a_contrast_set_with_small_labels(problem) -> None:
    """10 classes in uint8: 9 * 10 + 9 fits, 30 * 30 would not; bool cannot be multiplied at all."""
    found = []
    for kind in (torch.uint8, torch.int64):
        module = Module(problem)
        contrast = (problem.contrast[0].repeat(1, 1), problem.contrast[1].to(kind))
        sampler = SAMPLERS["f1"](problem.target)
        callback = bridge.CounterpoiseCallback([contrast])
        trainer(callback, epochs=1).fit(module, loader(problem, sampler))
        found.append(sampler.f1)
    assert found[0] == found[1]


def test_the_older_package_name(problem, ours) -> None:
    older = pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")

    class Older(older.LightningModule):
        forward = Module.forward
        training_step = Module.training_step
        configure_optimizers = Module.configure_optimizers

        def __init__(self) -> None:
            super().__init__()
            self.net, self.criterion, self.losses = problem.model(), problem.criterion(), []

    module = Older()
    made = older.Trainer(
        max_epochs=3,
        callbacks=[bridge.CounterpoiseCallback([problem.contrast])],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    made.fit(module, loader(problem, SAMPLERS["f1"](problem.target)))
    assert module.losses == ours(SAMPLERS["f1"](problem.target)).losses


@pytest.mark.system
def test_two_processes_train_as_one_with_twice_the_batch(problem, ours, two_processes) -> None:
    """They refuse a wrong slice first, before any batch; to load Lightning takes seconds."""
    ranks = two_processes("lightning_script.py", "wrapped", "unsliced")
    for rank in ranks:
        assert "use_distributed_sampler=False" in rank["told"]["wrapped"]
        assert "rank 0 of world 1 and runs as" in rank["told"]["unsliced"]
    expected = ours(F1Driven(problem.target, seed=5, batch_size=64), batch=64)
    # Reports are the same on both ranks, and hence the streams.
    assert ranks[0]["confusion"] == ranks[1]["confusion"]
    assert len(ranks[0]["confusion"]) == 3
    assert ranks[0]["state"] == ranks[1]["state"]
    first = F1Driven(problem.target, seed=5, batch_size=64).take(64 * 9)  # before any report
    for rank in range(2):
        seen = [index for batch in ranks[rank]["indices"][:9] for index in batch]
        assert seen == first[rank::2].tolist()
    mean = [(a + b) / 2 for a, b in zip(ranks[0]["losses"], ranks[1]["losses"], strict=True)]
    assert mean == pytest.approx(expected.losses, rel=1e-5)
    assert len(mean) == 27
    assert ranks[0]["parameters"] == ranks[1]["parameters"]
    whole = torch.cat([p.detach().flatten() for p in expected.model.parameters()])
    torch.testing.assert_close(torch.tensor(ranks[0]["parameters"]), whole, rtol=1e-4, atol=1e-6)
