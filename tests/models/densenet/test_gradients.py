"""The autograd functions themselves: numerical derivatives, misuse, copies, the compiler."""

import copy
import re
import shutil
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.parametrizations import spectral_norm

from counterpoise.errors import ArgumentError
from counterpoise.models.densenet import cifar_densenet
from counterpoise.models.densenet.block import DenseBlock
from counterpoise.models.densenet.transition import Transition

newer = pytest.mark.skipif(
    not hasattr(torch.compiler, "is_exporting"), reason="needs torch 2.7 or later"
)


def block(*, inner: int = 0, train: bool = True) -> DenseBlock:
    torch.manual_seed(0)
    made = DenseBlock(3, 2, growth=2, inner=inner).double().train(train)
    for norm in made.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias, std=0.3)
            norm.momentum = 0.0  # numerical differences call it many times
    return made


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("inner", [0, 3])
def test_gradients_are_the_numerical_ones(inner: int, train: bool) -> None:
    made = block(inner=inner, train=train)
    inputs = torch.randn(2, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in made.named_parameters()]

    def run(inputs: Tensor, *parameters: Tensor) -> Tensor:
        made_of = dict(zip(names, parameters, strict=True))
        return functional_call(made, made_of, (inputs,))

    assert torch.autograd.gradcheck(run, (inputs, *made.parameters()), check_undefined_grad=False)


def test_gradients_of_a_transition_are_the_numerical_ones() -> None:
    torch.manual_seed(0)
    made = Transition(3, 2).double()
    nn.init.normal_(made.norm.weight)
    made.norm.momentum = 0.0
    inputs = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)  # a row is left over
    names = [name for name, _ in made.named_parameters()]

    def run(inputs: Tensor, *parameters: Tensor) -> Tensor:
        return functional_call(made, dict(zip(names, parameters, strict=True)), (inputs,))

    assert torch.autograd.gradcheck(run, (inputs, *made.parameters()), check_undefined_grad=False)


@pytest.mark.parametrize("part", [lambda: block(), lambda: Transition(2, 2).double()])
def test_a_second_derivative_is_refused_in_words(part) -> None:
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    value = part()(inputs).square().sum()
    with pytest.raises(ArgumentError, match=r"no second derivative.*memory='naive'"):
        torch.autograd.grad(value, inputs, create_graph=True)


def test_the_naive_network_has_a_second_derivative() -> None:
    made = block()
    made.memory = "naive"
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(made(inputs).square().sum(), inputs, create_graph=True)
    slope.square().sum().backward()
    assert inputs.grad is not None


def test_a_graph_may_be_used_twice() -> None:
    made = block(inner=3)
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    value = made(inputs).square().sum()
    value.backward(retain_graph=True)
    assert inputs.grad is not None
    once = inputs.grad.clone()
    value.backward()
    assert torch.equal(inputs.grad, 2 * once)


def test_maps_that_were_written_over_are_noticed() -> None:
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64)
    maps = block()(inputs)
    maps += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        maps.sum().backward()


def test_copies_that_run_side_by_side_share_no_memory() -> None:
    """As data parallelism in threads has it: one module, several sets of parameters, one pass."""
    made = block(inner=3)
    sets = [{n: torch.randn_like(p) for n, p in made.named_parameters()} for _ in range(2)]
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64)

    def slopes(values: list[Tensor]) -> list[Tensor]:
        for parameters in sets:
            for tensor in parameters.values():
                tensor.grad = None
        torch.stack(values).sum().backward()
        return [t.grad for parameters in sets for t in parameters.values() if t.grad is not None]

    for parameters in sets:
        for tensor in parameters.values():
            tensor.requires_grad_()
    run = [functional_call(made, parameters, (inputs,)).square().sum() for parameters in sets]
    together = slopes(run)
    alone = []
    for parameters in sets:
        alone += slopes([functional_call(made, parameters, (inputs,)).square().sum()])
    for one, other in zip(together, alone, strict=True):
        assert torch.equal(one, other)


def test_one_value_per_channel_has_no_variance() -> None:
    with pytest.raises(ArgumentError, match=r"at least 2 values per channel; got .*\(1, 2, 1, 1\)"):
        block()(torch.randn(1, 2, 1, 1, dtype=torch.float64))
    assert block(train=False)(torch.randn(1, 2, 1, 1, dtype=torch.float64)).shape == (1, 8, 1, 1)


def test_synchronised_batchnorm_is_refused_in_words() -> None:
    made = nn.SyncBatchNorm.convert_sync_batchnorm(block())
    with pytest.raises(ArgumentError, match=r"got SyncBatchNorm.*memory='naive'"):
        made(torch.randn(2, 2, 4, 4, dtype=torch.float64))


class Doubled(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:
        return 2 * super().forward(input)


@pytest.mark.parametrize(
    ("conv", "said"),
    [
        (lambda: nn.Conv2d(2, 2, 3, padding=1), "a bias"),
        (lambda: nn.Conv2d(2, 2, 3, padding=1, stride=2, bias=False), "stride (2, 2)"),
        (lambda: nn.Conv2d(2, 2, 3, padding=1, dilation=2, bias=False), "dilation (2, 2)"),
        (lambda: nn.Conv2d(2, 2, 3, padding=1, groups=2, bias=False), "groups 2"),
        (lambda: nn.Conv2d(2, 2, 3, padding=(1, 0), bias=False), "padding (1, 0)"),
        (lambda: nn.Conv2d(2, 2, 3, padding="same", bias=False), "padding same"),
        (
            lambda: nn.Conv2d(2, 2, 3, padding=1, bias=False, padding_mode="reflect"),
            "padding_mode reflect",
        ),
        (lambda: Doubled(2, 2, 3, padding=1, bias=False), "got Doubled"),
    ],
)
def test_a_convolution_that_does_more_is_refused_in_words(
    conv: Callable[[], nn.Module], said: str
) -> None:
    layers, transition = block().float(), Transition(2, 2)
    layers["denselayer1"].conv1 = conv()
    transition.conv = conv()
    for made in (layers, transition):
        with pytest.raises(ArgumentError, match=rf"{re.escape(said)}.*memory='naive'"):
            made(torch.randn(2, 2, 4, 4))


def test_a_convolution_with_a_parametrised_kernel_learns() -> None:
    made = block()
    spectral_norm(made["denselayer1"].conv1)
    naive = copy.deepcopy(made)
    naive.memory = "naive"
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64)
    found, wanted = (part.eval()(inputs) for part in (made, naive))
    torch.testing.assert_close(found, wanted)
    for value in (found, wanted):
        value.square().sum().backward()
    for one, other in zip(made.parameters(), naive.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_a_copy_of_the_model_is_a_model() -> None:
    made = block()
    inputs = torch.randn(2, 2, 4, 4, dtype=torch.float64)
    assert torch.equal(copy.deepcopy(made)(inputs), made(inputs))


@newer
def test_exported_as_plain_operations() -> None:
    model = cifar_densenet((3, 8, 8), depth=10, growth=4).eval()
    inputs = torch.randn(2, 3, 8, 8)
    program = torch.export.export(model, (inputs,))
    torch.testing.assert_close(program.module()(inputs), model(inputs), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # torch's own, at any break
@pytest.mark.filterwarnings("ignore:Skipping serialization:UserWarning")  # torch 2.6
@pytest.mark.parametrize(
    ("backend", "within"),
    [("eager", 0.0), pytest.param("inductor", 1e-5, marks=pytest.mark.system)],
)
def test_compiled_around_the_blocks(backend: str, within: float) -> None:
    if backend == "inductor" and shutil.which("g++") is None:
        pytest.skip("inductor needs a C++ compiler, and there is no g++")
    torch.manual_seed(0)
    plain = cifar_densenet((3, 8, 8), depth=10, growth=4)
    model = copy.deepcopy(plain)
    inputs = torch.randn(4, 3, 8, 8)
    for run in (plain, torch.compile(model, backend=backend)):
        run(inputs).square().sum().backward()
    for one, other in zip(plain.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=within, atol=within)
    for one, other in zip(plain.buffers(), model.buffers(), strict=True):
        torch.testing.assert_close(one, other, rtol=within, atol=within)


@newer
@pytest.mark.slow
def test_one_graph_for_all_is_refused_in_words() -> None:
    compiled = torch.compile(block(), backend="eager", fullgraph=True)
    with pytest.raises(torch._dynamo.exc.Unsupported, match="memory='naive' has one graph"):
        compiled(torch.randn(2, 2, 4, 4, dtype=torch.float64))
