"""What could go wrong without a word in the Hugging Face Trainer is refused, or warned about."""

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from counterpoise import Weighted, losses
from counterpoise.errors import ArgumentError
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


def test_what_trainer_would_get_wrong_is_refused(problem, tmp_path) -> None:
    with pytest.raises(ArgumentError, match=r'reduction is "mean"; got \'sum\''):
        bridge.loss_function(Weighted(losses.CrossEntropy(), reduction="sum"))
    with pytest.raises(ArgumentError, match="ignore_index 5"):
        bridge.loss_function(Weighted(losses.CrossEntropy(), ignore_index=5))
    with pytest.raises(ArgumentError, match="one loss"):
        trainer(problem, tmp_path, compute_loss_func=lambda *a, **b: None)
    with pytest.raises(ArgumentError, match="rank 1 of world 2"):
        trainer(problem, tmp_path, sampler=RandomOver(problem.target, seed=0, rank=1, world=2))
    with pytest.warns(UserWarning, match=r"F1Driven learns.*contrast=dataset"):
        trainer(problem, tmp_path, sampler=SAMPLERS["f1"](problem.target))
    with pytest.warns(UserWarning, match="contrast is ignored"):
        trainer(problem, tmp_path, contrast=Rows(*problem.contrast))


def test_arguments_without_effect_are_refused(problem, tmp_path) -> None:
    sampler = RandomOver(problem.target, seed=0)
    with pytest.raises(ArgumentError, match=r"smoothing_factor=0.1 has no effect .*smoothing=0.1"):
        trainer(problem, tmp_path, arguments={"label_smoothing_factor": 0.1})
    with pytest.raises(ArgumentError, match="train_sampling_strategy='sequential' has no effect"):
        trainer(
            problem,
            tmp_path,
            sampler=sampler,
            arguments={"train_sampling_strategy": "sequential"},
        )
    both = {"label_smoothing_factor": 0.1, "train_sampling_strategy": "sequential"}
    with pytest.raises(ArgumentError, match=r"smoothing_factor.*; train_sampling_strategy"):
        trainer(problem, tmp_path, sampler=sampler, arguments=both)


def test_smoothing_beside_the_pieces_in_a_plain_trainer_is_refused(problem, tmp_path) -> None:
    def plain(model, given, criterion, sampler, **options):
        model.config = None  # where Trainer looks for the kind of problem before it smooths
        options["callbacks"] = [bridge.CounterpoiseCallback(criterion)]
        options["compute_loss_func"] = bridge.loss_function(criterion)
        return transformers.Trainer(model, given, **options)

    made = trainer(problem, tmp_path, plain, arguments={"label_smoothing_factor": 0.1})
    with pytest.raises(ArgumentError, match="label_smoothing_factor"):
        made.train()


def test_a_sampler_of_another_data_set_is_refused(problem, tmp_path) -> None:
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            yield from Rows(problem.inputs, problem.target)

    class Labelled(Rows):
        @property
        def labels(self):
            return self.target

    fewer = RandomOver(problem.target[1:], seed=0)
    with pytest.raises(ArgumentError, match="Rows has"):
        trainer(problem, tmp_path, sampler=fewer)
    over = RandomOver(problem.target, seed=0)
    with pytest.raises(ArgumentError, match="Stream is a stream"):
        trainer(problem, tmp_path, sampler=over, data=Stream(), arguments={"max_steps": 2})
    with pytest.raises(ArgumentError, match="other labels than Labelled has"):
        trainer(
            problem, tmp_path, sampler=over, data=Labelled(problem.inputs, problem.target.flip(0))
        )
    made = trainer(problem, tmp_path, sampler=over)
    made.train_dataset = Rows(problem.inputs[1:], problem.target[1:])
    with pytest.raises(ArgumentError, match="Rows has"):
        made.train()


def test_a_bare_loss_is_a_criterion_without_weights(problem, tmp_path) -> None:
    part = whole_batches(problem)
    found = []
    for criterion in (losses.Focal(), Weighted(losses.Focal())):
        sampler = SAMPLERS["over"](part.target)
        made = trainer(part, tmp_path, criterion=criterion, sampler=sampler, epochs=1)
        made.train()
        found.append(made.losses)
    assert found[0] == found[1]
    with pytest.raises(ArgumentError, match=r"CrossEntropyLoss lacks .*write Weighted\("):
        trainer(part, tmp_path, criterion=nn.CrossEntropyLoss())
    with pytest.raises(ArgumentError, match=r"CrossEntropyLoss lacks .*write Weighted\("):
        bridge.CounterpoiseCallback(nn.CrossEntropyLoss())
    assert bridge.CounterpoiseCallback(losses.Focal()).criterion.weights is None
