"""Efficient, naive and torchvision's DenseNet: the same numbers, in every way they are run."""

import copy
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from counterpoise.models.densenet import DenseNet, cifar_densenet, large_densenet

KINDS: dict[str, dict[str, Any]] = {
    "plain": {"depth": 13},
    "dropout": {"depth": 13, "dropout": 0.3},
    "bottleneck": {"depth": 16, "bottleneck": True, "reduction": 0.5},
}
OUTPUT = {torch.float32: 1e-6, torch.float64: 1e-12}
GRADIENT = {torch.float32: 1e-5, torch.float64: 1e-10}


def pair(kind: str, dtype: torch.dtype = torch.float32) -> tuple[DenseNet, DenseNet]:
    """An efficient and a naive network of the same state, its BatchNorms unlike fresh ones."""
    torch.manual_seed(0)
    naive = cifar_densenet((3, 8, 8), growth=4, memory="naive", **KINDS[kind]).to(dtype)
    for norm in norms(naive):
        nn.init.normal_(norm.weight)  # some negative
        nn.init.normal_(norm.bias)
        nn.init.zeros_(norm.weight[:1])
    efficient = cifar_densenet((3, 8, 8), growth=4, **KINDS[kind]).to(dtype)
    efficient.load_state_dict(naive.state_dict())
    return efficient, naive


def norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def images(dtype: torch.dtype = torch.float32, number: int = 6) -> Tensor:
    random = torch.Generator().manual_seed(number)
    return torch.randn(number, 3, 8, 8, dtype=dtype, generator=random)


def slopes(model: nn.Module, inputs: Tensor, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Features, and the gradient of the inputs; those of the parameters stay with them."""
    torch.manual_seed(seed)  # the same dropout for whoever asks
    model.zero_grad()
    inputs = inputs.clone(memory_format=torch.preserve_format).requires_grad_()
    features = model(inputs)
    number, dtype = features.numel(), features.dtype
    factors = torch.linspace(-1, 1, number, dtype=dtype, device=features.device)
    (features * factors.view_as(features)).sum().backward()
    assert inputs.grad is not None
    return features.detach(), inputs.grad


def same(ours: nn.Module, theirs: nn.Module, inputs: Tensor) -> None:
    """Features, gradients of inputs and parameters, and buffers agree."""
    dtype = inputs.dtype
    (features, grad), (wanted, wanted_grad) = slopes(ours, inputs), slopes(theirs, inputs)
    torch.testing.assert_close(features, wanted, rtol=OUTPUT[dtype], atol=OUTPUT[dtype])
    close(grad, wanted_grad, "inputs")
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        if not parameter.requires_grad:
            assert parameter.grad is None, name
            continue
        assert parameter.grad is not None, name
        assert parameter.grad.dtype == parameter.dtype
        close(parameter.grad, expected[name].grad, name)
    same_buffers(ours, theirs)


def close(grad: Tensor, wanted: Tensor | None, name: str) -> None:
    """Within the tolerance, of the largest value where that is above 1."""
    assert wanted is not None
    error = (grad - wanted).abs().max() / wanted.abs().max().clamp(min=1)
    assert error < GRADIENT[grad.dtype], (name, float(error))


def same_buffers(ours: nn.Module, theirs: nn.Module, tolerance: float = 1e-6) -> None:
    expected = dict(theirs.named_buffers())
    for name, buffer in ours.named_buffers():
        torch.testing.assert_close(buffer, expected[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_features_gradients_and_running_statistics(kind: str, dtype: torch.dtype) -> None:
    efficient, naive = pair(kind, dtype)
    same(efficient, naive, images(dtype))
    assert {int(norm.num_batches_tracked) for norm in norms(efficient)} == {1}


@pytest.mark.parametrize("kind", KINDS)
def test_three_steps_of_training_move_both_alike(kind: str) -> None:
    models = pair(kind, torch.float64)
    for model in models:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for step in range(3):
            slopes(model, images(torch.float64, number=4 + step), seed=step)
            optimizer.step()
    efficient, naive = models
    same_buffers(efficient, naive)
    for ours, theirs in zip(efficient.parameters(), naive.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    assert {int(norm.num_batches_tracked) for norm in norms(efficient)} == {3}


def torchvisions(layers: tuple[int, ...], growth: int, num_first: int) -> nn.Module:
    """Its network, with the stem for small images and without the last layer."""
    model = torchvision.models.DenseNet(growth, layers, num_first)  # type: ignore[arg-type]
    model.features.conv0 = nn.Conv2d(3, num_first, 3, padding=1, bias=False)
    for name in ("norm0", "relu0", "pool0"):
        delattr(model.features, name)
    model.classifier = nn.Identity()
    return model


@pytest.mark.parametrize("memory", ["efficient", "naive"])
def test_torchvisions_own_network_bears_witness(memory: Any) -> None:
    torch.manual_seed(0)
    theirs = torchvisions((2, 2, 2), 4, 8).double()
    ours = cifar_densenet(
        (3, 8, 8), depth=16, growth=4, bottleneck=True, reduction=0.5, memory=memory
    ).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    same(ours, theirs, images(torch.float64))


@pytest.mark.parametrize("depth", [121, 161, 169, 201])
def test_names_and_shapes_are_torchvisions(depth: int) -> None:
    with torch.device("meta"):
        theirs = torchvision.models.get_model(f"densenet{depth}").state_dict()
        ours = large_densenet(f"e-densenet{depth}", (3, 32, 32)).state_dict()
    names = [name for name in theirs if not name.startswith("classifier.")]
    assert list(ours) == names
    assert all(ours[name].shape == theirs[name].shape for name in names)


def test_densenet121_is_torchvisions() -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.densenet121().double()
    theirs.classifier = nn.Identity()
    ours = large_densenet("e-densenet121", (3, 32, 32)).double()
    ours.load_state_dict(theirs.state_dict())
    random = torch.Generator().manual_seed(0)
    inputs = torch.randn(8, 3, 32, 32, dtype=torch.float64, generator=random)
    (features, grad), (wanted, wanted_grad) = slopes(ours, inputs), slopes(theirs, inputs)
    torch.testing.assert_close(features, wanted, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(grad, wanted_grad, rtol=1e-7, atol=1e-7)
    same_buffers(ours, theirs)
    ours.eval()
    theirs.eval()
    torch.testing.assert_close(ours(inputs), theirs(inputs), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_channels_last(kind: str) -> None:
    models = [model.to(memory_format=torch.channels_last) for model in pair(kind)]
    same(*models, images().contiguous(memory_format=torch.channels_last))
    maps = models[0].features.denseblock1(models[0].features.conv0(images()))
    assert maps.is_contiguous(memory_format=torch.channels_last)


def test_a_batch_of_one() -> None:
    same(*pair("plain"), images(number=1))


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_mode_has_gradients_too(kind: str) -> None:
    models = pair(kind)
    for model in models:
        slopes(model, images())  # so that running statistics say something
        model.eval()
    before = copy.deepcopy(dict(models[0].named_buffers()))
    same(*models, images())
    for name, buffer in models[0].named_buffers():
        assert torch.equal(buffer, before[name]), name


def test_some_batchnorms_frozen_others_not() -> None:
    models = pair("bottleneck", torch.float64)
    for model in models:
        model(images(torch.float64))
        for number, norm in enumerate(norms(model)):
            norm.train(number % 3 > 0)
    same(*models, images(torch.float64))


@pytest.mark.parametrize("setting", [{"momentum": None}, {"momentum": 0.3}, {"eps": 0.1}])
def test_settings_of_batchnorm_are_kept(setting: dict[str, Any]) -> None:
    models = pair("bottleneck")
    for model in models:
        for norm in norms(model):
            for name, value in setting.items():
                setattr(norm, name, value)
        model(images(number=3))
    same(*models, images())


def test_batchnorm_without_running_statistics() -> None:
    models = pair("plain")
    for model in models:
        for norm in norms(model):
            norm.running_mean = norm.running_var = norm.num_batches_tracked = None
            norm.track_running_stats = False
        model.eval()  # normalises by the batch all the same
    same(*models, images())


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_gpu(kind: str) -> None:
    efficient, naive = (model.to("cuda") for model in pair(kind, torch.float64))
    for _ in range(3):
        same(efficient, naive, images(torch.float64).to("cuda"))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", ["plain", "bottleneck"])
def test_autocast(kind: str, dtype: torch.dtype) -> None:
    efficient, naive = pair(kind)
    for norm in norms(efficient) + norms(naive):
        nn.init.ones_(norm.weight)
    with torch.autocast("cpu", dtype=dtype):
        ours, theirs = efficient(images()), naive(images())
        assert ours.dtype == theirs.dtype == dtype
    torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.02)
    for features in (ours, theirs):
        features.float().square().sum().backward()
    for one, other in zip(efficient.parameters(), naive.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert one.grad.dtype == torch.float32
        assert (one.grad - other.grad).norm() < 0.1 * other.grad.norm() + 1e-2
    same_buffers(efficient, naive, 1e-3)


@pytest.mark.parametrize("kind", ["plain", "bottleneck"])
def test_no_convolution_runs_twice(kind: str) -> None:
    work = []
    for model in pair(kind):
        with FlopCounterMode(display=False) as counter:
            slopes(model, images())
        work.append(counter.get_total_flops())
    assert work[0] == work[1] > 0


def test_frozen_weights_cost_nothing() -> None:
    work = []
    for model in pair("bottleneck"):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_("denseblock3" in name or "conv2" in name or "norm1" in name)
        with FlopCounterMode(display=False) as counter:
            model(images()).square().sum().backward()
        work.append(counter.get_total_flops())
    assert work[0] == work[1] > 0


@pytest.mark.parametrize(
    "learns",
    [
        lambda name: "denselayer2" in name,
        lambda name: name.endswith("conv1.weight"),
        lambda name: "norm" in name,
        lambda name: "denseblock2.denselayer1" not in name,
        lambda name: "transition1.conv" in name,
        lambda name: False,
    ],
)
@pytest.mark.parametrize("kind", ["plain", "bottleneck"])
def test_any_part_may_be_frozen(kind: str, learns: Any) -> None:
    models = pair(kind, torch.float64)
    for model in models:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(learns(name))
    same(*models, images(torch.float64))


def test_images_without_gradient_and_a_frozen_start() -> None:
    grads = []
    for model in pair("plain", torch.float64):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_("denseblock2.denselayer3" in name or "denseblock3" in name)
        model(images(torch.float64)).square().sum().backward()
        grads.append([parameter.grad for parameter in model.parameters()])
    for ours, theirs in zip(*grads, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-10)
    assert any(grad is not None for grad in grads[0])
