"""Hugging Face Trainer trains as our loop does, also with accumulated gradients."""

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from counterpoise import ClassCounts, Weighted, losses, weights
from counterpoise.samplers import F1Driven, Progressive, RandomOver

transformers = pytest.importorskip("transformers", reason="needs counterpoise[transformers]")
pytest.importorskip("accelerate", reason="needs counterpoise[transformers]")

from counterpoise.bridges import transformers as bridge  # noqa: E402

SAMPLERS = {
    "over": lambda labels: RandomOver(labels, seed=5),
    "progressive": lambda labels: Progressive(labels, seed=5, rounds=3),
    "f1": lambda labels: F1Driven(labels, seed=5, batch_size=32),
}


class Rows(Dataset):
    """Samples as Trainer wants them."""

    def __init__(self, inputs, target) -> None:
        self.inputs, self.target = inputs, target

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, index):
        return {"inputs": self.inputs[index], "labels": self.target[index]}


class Scores(nn.Module):
    """A model that knows nothing of labels."""

    def __init__(self, net) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs):
        return {"logits": self.net(inputs)}


class Recording(bridge.CounterpoiseTrainer):
    """Losses as they go backward."""

    def training_step(self, *arguments, **options):
        loss = super().training_step(*arguments, **options)
        self.__dict__.setdefault("losses", []).append(float(loss))
        return loss


def trainer(
    problem,
    folder,
    kind=Recording,
    *,
    sampler=None,
    criterion=None,
    data=None,
    arguments=None,
    **options,
):
    model = Scores(problem.model())
    parameters = {
        "batch": 32,
        "accumulate": 1,
        "epochs": 3,
    }
    settings = {key: options.pop(key, value) for key, value in parameters.items()}
    given = transformers.TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings["batch"],
        gradient_accumulation_steps=settings["accumulate"],
        num_train_epochs=settings["epochs"],
        max_grad_norm=0,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        remove_unused_columns=False,
        **(arguments or {}),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1.0)
    return kind(
        model,
        given,
        train_dataset=data or Rows(problem.inputs, problem.target),
        optimizers=(optimizer, constant),
        criterion=problem.criterion() if criterion is None else criterion,
        sampler=sampler,
        **options,
    )


def whole_batches(problem, num: int = 288):
    """Its first samples: nine batches of 32 a pass, so that a pass is a round."""
    return type(problem)(problem.inputs[:num], problem.target[:num], problem.contrast)


@pytest.mark.parametrize("name", ["progressive", "f1"])
def test_losses_are_those_of_our_loop(name, problem, tmp_path) -> None:
    part = whole_batches(problem)
    sampler = SAMPLERS[name](part.target)
    made = trainer(part, tmp_path, sampler=sampler, contrast=Rows(*part.contrast))
    made.train()
    expected = part.ours(SAMPLERS[name](part.target)).losses
    assert made.losses == expected
    assert len(expected) == 27


def test_an_oversampled_pass_is_longer_than_the_data(problem, tmp_path) -> None:
    sampler = SAMPLERS["over"](problem.target)
    made = trainer(problem, tmp_path, sampler=sampler, epochs=2, batch=10)
    made.train()
    assert len(sampler) > len(problem.target)
    assert made.state.global_step == 2 * len(sampler) // 10
    assert sampler.state_dict()["position"] == 2 * len(sampler)


@pytest.mark.parametrize("accumulate", [2, 3])
def test_accumulated_gradients_are_those_of_one_large_batch(problem, tmp_path, accumulate) -> None:
    part = whole_batches(problem)
    size = 96 // accumulate
    sampler = SAMPLERS["progressive"](part.target)
    made = trainer(part, tmp_path, sampler=sampler, batch=size, accumulate=accumulate)
    made.train()
    sums = torch.tensor(made.losses).view(-1, accumulate).sum(1).tolist()
    step = part.ours(SAMPLERS["progressive"](part.target), batch=96, updates=3)
    assert sums == pytest.approx(step.losses, rel=1e-5)
    for mine, theirs in zip(made.model.net.parameters(), step.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_the_pieces_in_a_plain_trainer(problem, tmp_path) -> None:
    """Loss function and callback, where somebody has a Trainer and its random batches already."""
    criterion = problem.criterion()

    def plain(*arguments, criterion, sampler, **options):
        return transformers.Trainer(*arguments, callbacks=callbacks, **options)

    logits, target = torch.zeros(2, 10), torch.tensor([0, 9])
    before = criterion(logits, target)
    callbacks = [bridge.CounterpoiseCallback(criterion)]
    loss = bridge.loss_function(criterion)
    trainer(problem, tmp_path, plain, compute_loss_func=loss).train()
    last = problem.criterion()
    last.set_epoch(2)
    assert float(criterion(logits, target)) == float(last(logits, target)) > float(before)


def test_the_contrast_report_is_that_of_the_model(problem, tmp_path) -> None:
    reports = []

    class Watching(RandomOver):
        def observe(self, report) -> None:
            reports.append(report.confusion)

    part = whole_batches(problem)
    sampler = Watching(part.target, seed=0)
    made = trainer(part, tmp_path, sampler=sampler, contrast=Rows(*part.contrast), epochs=1)
    made.train()
    (confusion,) = reports
    inputs, target = part.contrast
    predicted = made.model(inputs)["logits"].argmax(1)
    expected = [
        [int(((target == i) & (predicted == j)).sum()) for j in range(10)] for i in range(10)
    ]
    assert confusion.tolist() == expected


def test_evaluation_uses_the_criterion_too(problem, tmp_path) -> None:
    made = trainer(problem, tmp_path, eval_dataset=Rows(*problem.contrast))
    inputs, target = problem.contrast
    logits = made.model(inputs)["logits"]
    expected = problem.criterion()(logits, target)
    # Means of batches of 8, of which 300 has half a one at its end.
    assert made.evaluate()["eval_loss"] == pytest.approx(float(expected.detach()), rel=0.05)


LOGITS = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.5, 0.5]])


@pytest.mark.parametrize("outputs", [{"logits": LOGITS}, (LOGITS, None)], ids=["dict", "tuple"])
def test_the_loss_is_the_part_of_a_large_batchs_mean(outputs) -> None:
    criterion = Weighted(losses.CrossEntropy(), weights.Balanced(ClassCounts((9, 1))))
    target = torch.tensor([0, 1, 1])
    loss = bridge.loss_function(criterion)
    assert torch.equal(loss(outputs, target), criterion(LOGITS, target))
    assert torch.equal(loss(outputs, target, num_items_in_batch=3), criterion(LOGITS, target))
    torch.testing.assert_close(
        loss(outputs, target, num_items_in_batch=torch.tensor(12)), criterion(LOGITS, target) / 4
    )


def test_ignored_labels_are_in_no_count() -> None:
    criterion = Weighted(losses.CrossEntropy(), ignore_index=-100)
    target = torch.tensor([0, -100, 1])
    total = losses.CrossEntropy().per_sample(LOGITS[[0, 2]], target[[0, 2]]).sum()
    made = bridge.loss_function(criterion)({"logits": LOGITS}, target, torch.tensor(5))
    torch.testing.assert_close(made, total / 5)


def test_with_nothing_of_ours_it_is_the_trainer_that_it_was(problem, tmp_path) -> None:
    arguments = transformers.TrainingArguments(str(tmp_path), use_cpu=True, report_to="none")
    rows = Rows(problem.inputs, problem.target)
    plain = bridge.CounterpoiseTrainer(Scores(problem.model()), arguments, train_dataset=rows)
    assert isinstance(plain._get_train_sampler(), torch.utils.data.RandomSampler)
    assert plain.compute_loss_func is None


@pytest.mark.system
def test_two_processes_train_as_one_with_twice_the_batch(problem, two_processes) -> None:
    part = whole_batches(problem, 256)
    ranks = two_processes("trainer_script.py")
    stream = SAMPLERS["progressive"](part.target)
    stream.set_epoch(0)
    for first, second in zip(ranks[0]["indices"][:4], ranks[1]["indices"][:4], strict=True):
        assert first + second == stream.take(64).tolist()
    mean = [(a + b) / 2 for a, b in zip(ranks[0]["losses"], ranks[1]["losses"], strict=True)]
    step = part.ours(SAMPLERS["progressive"](part.target), batch=64, updates=4)
    assert mean == pytest.approx(step.losses, rel=1e-5)
    assert len(mean) == 12
    assert ranks[0]["parameters"] == ranks[1]["parameters"]
    whole = torch.cat([p.detach().flatten() for p in step.model.parameters()])
    torch.testing.assert_close(torch.tensor(ranks[0]["parameters"]), whole, rtol=1e-4, atol=1e-6)
