"""Devices that are asked for and not there."""

import pytest
import torch
from torch import nn

from counterpoise.errors import ArgumentError, DeviceError
from counterpoise.train.device import CAPTURE_CHECKS, fabric, resolve, set_up


def test_cpu_is_always_there() -> None:
    assert resolve("cpu") == "cpu"
    assert fabric("cpu").device == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_missing_gpu_is_an_error_that_says_how_many_there_are() -> None:
    with pytest.raises(DeviceError, match=r"'cuda' was asked for; .* sees 0 CUDA devices"):
        resolve("cuda")
    assert resolve("auto") == "cpu"


@pytest.mark.parametrize("word", ["gpu", "cuda:x", "cpu:a", ""])
def test_another_word_is_an_error(word: str) -> None:
    with pytest.raises(ArgumentError, match="auto, cpu, cuda"):
        resolve(word)


def test_an_unknown_precision_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="bf16-mixed"):
        fabric("cpu", "8-bit")


def test_a_fabric_is_made_once_unless_it_keeps_state() -> None:
    assert fabric("cpu") is fabric("cpu", "32-true")
    assert fabric("cpu", "bf16-mixed") is not fabric("cpu")
    scaling = "16-mixed"  # its scaler remembers the losses of a training
    if torch.cuda.is_available():
        assert fabric("cuda", scaling) is not fabric("cuda", scaling)


def trained(precision: str = "32-true", plain: bool = True) -> tuple[list[float], nn.Module]:
    """Losses of some steps of Adam, and the model; `plain` False: as Fabric wraps them."""
    torch.manual_seed(0)
    model = nn.Linear(8, 3)
    optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), weight_decay=0.1)
    runs_on = fabric("cpu", precision)
    called, (stepped,) = set_up(runs_on, model, [optimizer])
    if not plain:
        called, stepped = runs_on.setup(
            model, torch.optim.Adam(model.parameters(), weight_decay=0.1)
        )
    inputs, losses = torch.randn(6, 4, 8), []
    for batch in inputs:
        loss = nn.functional.cross_entropy(called(batch), torch.tensor([0, 1, 2, 2]))
        stepped.zero_grad(set_to_none=True)
        runs_on.backward(loss)
        stepped.step()
        losses.append(loss.item())
    return losses, model


def test_one_process_in_full_precision_trains_to_the_bit_as_through_fabric() -> None:
    (mine, model), (theirs, wrapped) = trained(), trained(plain=False)
    assert mine == theirs
    assert torch.equal(model.weight, wrapped.weight)  # type: ignore[arg-type]


def test_only_one_process_in_full_precision_gets_its_own_model_back() -> None:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters())
    assert set_up(fabric("cpu"), model, [optimizer]) == (model, [optimizer])
    called, (stepped,) = set_up(fabric("cpu", "bf16-mixed"), model, [optimizer])
    assert called(torch.ones(1, 2)).dtype == torch.float32
    assert called is not model
    assert stepped is not optimizer


def test_a_step_on_the_cpu_does_not_look_for_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch asks by a name of its own: of another one this says so."""
    asked: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: asked.append("cuda") or False)
    model = nn.Linear(2, 2)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    (stepped,) = set_up(fabric("cpu"), model, [torch.optim.Adam(model.parameters())])[1]
    asked.clear()
    stepped.step()
    assert asked == []
    assert any(name in vars(torch.optim.Optimizer) for name in CAPTURE_CHECKS)
    assert not any(name in vars(torch.optim.Adam(model.parameters())) for name in CAPTURE_CHECKS)
