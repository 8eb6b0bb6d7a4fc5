"""What every exported weight owes its caller."""

import inspect
import warnings

import pytest
import torch

from counterpoise import weights
from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy

WEIGHTS = [getattr(weights, name) for name in weights.__all__]
COUNTED = [c for c in WEIGHTS if "counts" in inspect.signature(c).parameters]
TARGET = torch.tensor([0, 1, 2, 1, 0, 2, 2])


@pytest.fixture(params=WEIGHTS, ids=weights.__all__)
def weight(request, build):
    made = build(request.param)
    made.set_epoch(9)
    return made


def logits(dtype=torch.float32, num=7):
    random = torch.Generator().manual_seed(0)
    return torch.randn(num, 3, generator=random, dtype=torch.float64).to(dtype).requires_grad_()


def test_one_finite_factor_per_sample_without_gradient(weight) -> None:
    cost = CrossEntropy().per_sample(logits(), TARGET)
    factor = weight.weights(TARGET, cost, None)
    assert factor.shape == (7,)
    assert factor.isfinite().all()
    assert (factor >= 0).all()
    assert not factor.requires_grad


@pytest.mark.parametrize("kind", [torch.uint8, torch.int32, torch.bool], ids=str)
def test_labels_of_any_integer_type_and_bool_weigh_the_same(weight, kind) -> None:
    z, target = logits(), torch.tensor([0, 1, 1, 1, 0, 0, 1])
    cost = CrossEntropy().per_sample(z, target).detach()
    expected = weight.weights(target, cost)
    assert torch.equal(weight.weights(target.to(kind), cost), expected)
    criterion = Weighted(CrossEntropy(), weight)
    assert torch.equal(criterion(z, target.to(kind)), criterion(z, target))


@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3, 2)], ids=str)
@pytest.mark.parametrize("cls", WEIGHTS, ids=weights.__all__)
def test_weights_for_another_number_of_classes_are_refused(cls, sizes, build) -> None:
    """By shapes alone, in every kind of batch; the labels would fit both."""
    given = {"counts": ClassCounts(sizes), "num_classes": len(sizes)}
    asked = inspect.signature(cls).parameters
    made = build(cls, **{name: value for name, value in given.items() if name in asked})
    criterion = Weighted(CrossEntropy(), made)
    z, target = logits(num=4), torch.tensor([0, 1, 1, 0])
    share = torch.full((4,), 0.5)
    message = f"{cls.__name__} was made for {len(sizes)} classes; got 3 logits"
    for labels in (target, Batch(z, target), Mixed(z, target, target, share)):
        with pytest.raises(ArgumentError, match=message):
            criterion(z, labels)
    with pytest.raises(ArgumentError, match=message):
        criterion.to("meta")(torch.empty(4, 3, device="meta"), target.to("meta"))


def test_factors_by_class_are_those_of_the_samples(weight) -> None:
    factor = weight.per_class()
    if factor is None:
        assert type(weight).__name__ in ("BatchBalanced", "Deferred")
    else:
        assert torch.equal(weight.weights(TARGET, torch.ones(7)), factor[TARGET])
    assert weight.num_classes == 3


def test_share_is_how_much_of_a_sample_counts_and_is_not_multiplied(weight) -> None:
    cost = CrossEntropy().per_sample(logits(), TARGET).detach()
    whole = weight.weights(TARGET, cost, None, torch.ones(7))
    assert torch.equal(whole, weight.weights(TARGET, cost, None))
    half = weight.weights(TARGET, cost, None, torch.full((7,), 0.5))
    torch.testing.assert_close(half, whole)


def test_mean_is_the_weighted_sum_over_the_number_of_samples(weight) -> None:
    z = logits()
    cost = CrossEntropy().per_sample(z, TARGET).detach()
    expected = sum(
        float(w) * float(c) for w, c in zip(weight.weights(TARGET, cost, None), cost, strict=True)
    )
    assert Weighted(CrossEntropy(), weight)(z, TARGET).detach() == pytest.approx(expected / 7)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_finite_at_the_largest_logits(weight, dtype) -> None:
    z = torch.tensor([[65504.0, -65504.0, 0.0]] * 3, dtype=dtype, requires_grad=True)
    value = Weighted(CrossEntropy(), weight)(z, torch.arange(3))
    value.backward()
    assert value.isfinite()
    assert value.dtype == (torch.float64 if dtype is torch.float64 else torch.float32)
    assert z.grad.isfinite().all()


def test_looks_at_no_data(weight) -> None:
    criterion = Weighted(CrossEntropy(), weight, ignore_index=-1, normalize="weights").to("meta")
    z = torch.empty(7, 3, device="meta", requires_grad=True)
    target = torch.empty(7, dtype=torch.int64, device="meta")
    share = torch.empty(7, device="meta")
    criterion(z, target).backward()
    criterion(z, Mixed(z, target, target, share, index=target, weight=share)).backward()
    assert z.grad.shape == (7, 3)


@pytest.mark.slow
def test_compiles_to_the_same_value(weight) -> None:
    criterion, z = Weighted(CrossEntropy(), weight), logits()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's own deprecations
        value = torch.compile(criterion, fullgraph=True, backend="aot_eager")(z, TARGET)
    torch.testing.assert_close(value, criterion(z, TARGET))


@pytest.mark.parametrize("target", [[0], [1, 1, 1], [0, 0, 2]], ids=["one", "alone", "absent"])
def test_absent_classes_and_batches_of_one(weight, target) -> None:
    z = logits(num=len(target))
    value = Weighted(CrossEntropy(), weight)(z, torch.tensor(target))
    value.backward()
    assert value.isfinite()
    assert z.grad.isfinite().all()


def test_ignored_samples_are_in_no_count_and_no_divisor(weight) -> None:
    z, marked = logits(), TARGET.clone()
    marked[[1, 4]] = -100
    kept = torch.tensor([0, 2, 3, 5, 6])
    for normalize in ("samples", "weights"):
        ignoring = Weighted(CrossEntropy(), weight, normalize=normalize, ignore_index=-100)
        plain = Weighted(CrossEntropy(), weight, normalize=normalize)
        torch.testing.assert_close(ignoring(z, marked), plain(z[kept], TARGET[kept]))
        assert ignoring(z, torch.full((7,), -100)).detach() == 0.0


def test_a_mixed_batch_of_whole_shares_is_a_plain_batch(weight) -> None:
    z, other = logits(), TARGET.roll(1)
    criterion = Weighted(CrossEntropy(), weight)
    for share, same in ((torch.ones(7), TARGET), (torch.zeros(7), other)):
        mixed = criterion(z, Mixed(z, TARGET, other, share))
        torch.testing.assert_close(mixed, criterion(z, same))


def test_a_mixed_batch_of_halves_is_both_batches(weight) -> None:
    """Half of each label is what two plain samples with the same logits would be."""
    z, other = logits(), TARGET.roll(1)
    criterion = Weighted(CrossEntropy(), weight)
    mixed = criterion(z, Mixed(z, TARGET, other, torch.full((7,), 0.5)))
    both = criterion(torch.cat((z, z)), torch.cat((TARGET, other)))
    torch.testing.assert_close(mixed, both)


def test_state_dict_holds_the_round(weight, build) -> None:
    fresh = build(type(weight))
    fresh.load_state_dict(weight.state_dict())
    cost = torch.linspace(0.1, 1, 7)
    assert torch.equal(
        fresh.weights(TARGET, cost, None), weight.to("cpu").weights(TARGET, cost, None)
    )
    assert not list(weight.parameters())


def test_deterministic(weight) -> None:
    cost = torch.linspace(0.1, 1, 7)
    assert torch.equal(weight.weights(TARGET, cost, None), weight.weights(TARGET, cost, None))


@pytest.mark.parametrize("cls", COUNTED, ids=lambda c: c.__name__)
def test_balanced_counts_weigh_all_classes_alike(cls, build) -> None:
    made = build(cls, counts=ClassCounts((6, 6, 6)))
    made.set_epoch(9)
    factor = made.weights(TARGET, torch.ones(7), None)
    torch.testing.assert_close(factor, torch.ones(7))


@pytest.mark.parametrize("cls", COUNTED, ids=lambda c: c.__name__)
def test_a_class_without_a_sample(cls, build) -> None:
    with pytest.raises(ArgumentError, match=r"class '1' \(index 1\) has no training sample"):
        build(cls, counts=ClassCounts((8, 0, 10)))
    made = build(cls, counts=ClassCounts((8, 0, 10)), zero_count="ignore")
    made.set_epoch(9)
    target = torch.tensor([0, 1, 2])
    factor = made.weights(target, torch.ones(3), None)
    two = build(cls, counts=ClassCounts((8, 10)))
    two.set_epoch(9)
    assert float(factor[1]) == 0.0
    torch.testing.assert_close(factor[[0, 2]], two.weights(torch.arange(2), torch.ones(2), None))


@pytest.mark.parametrize("cls", COUNTED, ids=lambda c: c.__name__)
def test_a_cap_holds_and_lifts_nobody(cls, build) -> None:
    free, cap = build(cls), build(cls, max_weight=1.01)
    free.set_epoch(9), cap.set_epoch(9)
    target = torch.arange(3)
    expected = free.weights(target, torch.ones(3), None).clamp_max(1.01)
    torch.testing.assert_close(cap.weights(target, torch.ones(3), None), expected)
    with pytest.raises(ArgumentError, match="max_weight"):
        build(cls, max_weight=0)
