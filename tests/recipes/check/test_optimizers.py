"""Optimizers and schedules by name, and the settings of each."""

import pytest
import torch

from counterpoise.recipes.check.optimizers import OPTIMIZERS, SCHEDULES, one_of, stage_optimizer
from counterpoise.recipes.schema import Component
from counterpoise.train.schedule import make


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_setting_is_one_of_torchs(name: str) -> None:
    values = {"betas": (0.9, 0.99), "nesterov": False, "amsgrad": False}
    given = {key: values.get(key, 0.1) for key in OPTIMIZERS[name]}
    made = getattr(torch.optim, name)([torch.nn.Parameter(torch.zeros(1))], **given)
    assert OPTIMIZERS[name] <= set(made.defaults)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_setting_is_one_of_the_schedules(name: str) -> None:
    values = {"at": (0.5,)}
    assert make(name, {key: values.get(key, 0.1) for key in SCHEDULES[name]})(1, 10) <= 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("SDG", ["unknown optimizer 'SDG'; did you mean 'SGD'?"]),
        ({"name": "SGD", "momentm": 0.9}, ["optimizer 'SGD' has no 'momentm'; did you mean"]),
        ({"name": "SGD", "lr": 0, "momentum": -1}, ["optimizer.lr is above 0", "not negative"]),
        (3, ["optimizer is a table with a name"]),
    ],
)
def test_faults(value: object, said: list[str]) -> None:
    faults: list[str] = []
    one_of("optimizer", value, OPTIMIZERS, faults.append)
    assert len(faults) == len(said)
    assert all(part in fault for part, fault in zip(said, faults, strict=True))


def test_the_optimizer_of_a_stage_needs_its_own_rate() -> None:
    faults: list[str] = []
    assert stage_optimizer("stages[0]", {}, faults.append) is None
    assert stage_optimizer("stages[0]", {"optimizer": "Adam"}, faults.append) == Component("Adam")
    (fault,) = faults
    assert fault.startswith("stages[0].optimizer stands for itself, so it needs its learning rate")
