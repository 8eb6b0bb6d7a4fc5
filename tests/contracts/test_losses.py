"""What every exported loss owes its caller."""

import shutil
import warnings

import pytest
import torch

from counterpoise import losses
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import fused

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


LOSSES = [getattr(losses, name) for name in losses.__all__]


ADJUSTED = ("LDAM", "VS", "BalancedSoftmax", "LogitAdjusted")  # large batches go another way


@pytest.fixture(params=[*losses.__all__, *(f"{name}, large" for name in ADJUSTED)])
def loss(request, build, monkeypatch):
    name, large, _ = request.param.partition(", large")
    if large:
        monkeypatch.setattr(fused, "LARGE", 0)
    return build(getattr(losses, name))


def batch(dtype=torch.float32, seed=0):
    """Seven samples of three classes, not of equal number."""
    logits = torch.randn(7, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return logits.to(dtype).requires_grad_(), torch.tensor([0, 1, 2, 1, 0, 2, 2])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [0.0, 1e-3, 1.0, 88.0, 65504.0])
def test_finite_values_and_gradients_up_to_65504(loss, dtype, size) -> None:
    corners = torch.cartesian_prod(*[torch.tensor([-size, 0.0, size])] * 3)  # (27, 3)
    for true in range(3):
        for rows in (corners, corners[:1]):
            logits = rows.detach().clone().to(dtype).requires_grad_()
            value = loss(logits, torch.full((len(rows),), true))
            value.backward()
            assert value.isfinite()
            assert logits.grad.isfinite().all()
            assert logits.grad.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_computes_in_at_least_float32(loss, dtype) -> None:
    logits, target = batch(dtype)
    value = loss.per_sample(logits, target)
    assert value.shape == (7,)
    assert value.dtype == (torch.float64 if dtype is torch.float64 else torch.float32)
    exact = loss.per_sample(logits.detach().to(torch.float64), target)
    torch.testing.assert_close(value.double(), exact, rtol=2e-5, atol=2e-6)


def test_looks_at_no_data(loss) -> None:
    """The meta device has shapes and no values; so nothing can make a GPU wait."""
    logits = torch.empty(5, 3, device="meta", requires_grad=True)
    target = torch.empty(5, dtype=torch.int64, device="meta")
    value = loss.to("meta")(logits, target)
    value.backward()
    assert logits.grad.shape == (5, 3)


COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


BACKENDS = [
    "aot_eager",
    pytest.param(
        "inductor",  # which runs the compiler for seconds for each loss
        marks=[
            pytest.mark.skipif(COMPILER is None, reason="no C++ compiler is installed"),
            pytest.mark.system,
        ],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_compiles_to_the_same_value(loss, backend) -> None:
    logits, target = batch()
    torch.compiler.reset()  # all losses share `forward`, which may be recompiled eight times
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's own deprecations
        compiled = torch.compile(loss, fullgraph=True, backend=backend)
        value = compiled(logits, target)
    (gradient,) = torch.autograd.grad(value, logits)
    expected = loss(logits, target)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected, logits)[0])


@pytest.mark.gpu
def test_never_waits_for_the_gpu(loss) -> None:
    logits, target = batch()
    loss, logits = loss.to("cuda"), logits.detach().to("cuda").requires_grad_()
    target = target.to("cuda")
    mode = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        loss(logits, target).backward()
        Weighted(loss, ignore_index=-100)(logits, target).backward()
    finally:
        torch.cuda.set_sync_debug_mode(mode)


def test_gradient_is_right(loss) -> None:
    logits, target = batch(torch.float64)
    assert torch.autograd.gradcheck(lambda z: loss.per_sample(z, target), logits)


def test_second_derivative_is_right_or_refused(loss) -> None:
    """Not silently that of a constant gradient, through a layer before the loss as well."""
    logits, target = batch(torch.float64)

    def cost(rows):
        return loss(rows.tanh(), target)

    refusal = ""
    try:
        torch.autograd.grad(cost(logits), logits, create_graph=True)
    except ArgumentError as error:
        refusal = str(error)
    assert "create_graph=True" in refusal or torch.autograd.gradgradcheck(cost, (logits,))


def test_reductions_agree(loss, build) -> None:
    logits, target = batch()
    each = loss.per_sample(logits, target)
    exact = each.double()  # torch's own reductions add in another order
    close = {"rtol": 1e-6, "atol": 0, "check_dtype": False}
    torch.testing.assert_close(loss(logits, target), exact.mean(), **close)
    total = build(type(loss), reduction="sum")(logits, target)
    torch.testing.assert_close(total, exact.sum(), **close)
    assert torch.equal(build(type(loss), reduction="none")(logits, target), each)


def test_samples_do_not_see_each_other(loss) -> None:
    """A class absent from the batch, one sample of a class, a batch of one: all the same."""
    logits, target = batch()
    each = loss.per_sample(logits, target)
    for i in range(7):
        alone = loss.per_sample(logits[i : i + 1], target[i : i + 1])
        torch.testing.assert_close(alone, each[i : i + 1])
    order = torch.tensor([3, 1, 0, 6, 5, 2, 4])
    torch.testing.assert_close(loss.per_sample(logits[order], target[order]), each[order])


def test_strided_input(loss) -> None:
    logits, target = batch()
    wide = torch.stack((logits, torch.zeros_like(logits)), dim=2).transpose(0, 1)
    strided = wide[..., 0].T
    twice = torch.stack((target, target), dim=1)[:, 0]
    assert not strided.is_contiguous()
    assert not twice.is_contiguous()
    torch.testing.assert_close(
        loss.per_sample(strided, twice), loss.per_sample(logits, target), rtol=1e-6, atol=1e-7
    )


def test_deterministic_and_without_side_effects(loss) -> None:
    logits, target = batch()
    before = logits.detach().clone()
    assert torch.equal(loss(logits, target), loss(logits, target))
    assert torch.equal(logits, before)


def test_an_empty_batch_has_a_sum_and_no_mean(loss, build) -> None:
    logits = torch.zeros(0, 3, requires_grad=True)
    target = torch.zeros(0, dtype=torch.int64)
    total = build(type(loss), reduction="sum")(logits, target)
    total.backward()
    assert total.detach() == 0.0
    with pytest.raises(ArgumentError, match="0 samples"):
        loss(logits, target)


@pytest.mark.parametrize(
    ("logits", "target", "message"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.int64), "dense prediction"),
        (torch.zeros(2, 1), torch.zeros(2, dtype=torch.int64), "two outputs"),
        (torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64), "class indices"),
        (torch.zeros(2, 3), torch.zeros(2), "class indices"),
    ],
)
def test_refuses_other_tasks_in_a_sentence(loss, logits, target, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        loss(logits, target)


def test_only_cross_entropy_takes_dense_targets(loss) -> None:
    logits, target = batch()
    dense = torch.nn.functional.one_hot(target, 3).float()
    if isinstance(loss, losses.CrossEntropy):
        torch.testing.assert_close(loss(logits, dense), loss(logits, target))
    else:
        with pytest.raises(ArgumentError, match="dense targets"):
            loss(logits, dense)


@pytest.mark.parametrize(
    "kind", [torch.int8, torch.uint8, torch.int16, torch.int32, torch.bool], ids=str
)
def test_labels_of_any_integer_type_and_bool_cost_the_same(loss, kind) -> None:
    logits, _ = batch()
    target = torch.tensor([0, 1, 1, 1, 0, 0, 1])  # 0 and 1, which bool can say
    expected = loss(logits, target)
    (gradient,) = torch.autograd.grad(expected, logits)
    value = loss(logits, target.to(kind))
    assert torch.equal(value, expected)
    assert torch.equal(torch.autograd.grad(value, logits)[0], gradient)
    assert torch.equal(loss.per_sample(logits, target.to(kind)), loss.per_sample(logits, target))


def test_minus_100_is_an_error_not_a_silent_skip(loss) -> None:
    logits, _ = batch()
    with pytest.raises((IndexError, RuntimeError)):
        loss(logits, torch.full((7,), -100))


def test_state_dict_and_device_round_trip(loss, build) -> None:
    logits, target = batch()
    other = build(type(loss))
    other.load_state_dict(loss.state_dict())
    assert not list(loss.parameters())
    assert torch.equal(other(logits, target), loss(logits, target))
    assert torch.equal(other.to("cpu", torch.float32)(logits, target), loss(logits, target))


def test_declares_its_scores(loss) -> None:
    assert loss.scores in ("logits", "margins")
    assert isinstance(loss.nonnegative, bool)
    if loss.nonnegative:
        logits, target = batch()
        assert (loss.per_sample(20 * logits, target) >= 0).all()


@pytest.mark.parametrize("cls", LOSSES, ids=losses.__all__)
def test_unknown_reduction(cls, build) -> None:
    with pytest.raises(ArgumentError, match="reduction"):
        build(cls, reduction="average")
