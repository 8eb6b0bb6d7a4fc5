"""What every exported augmentation owes the loop."""

import pytest
import torch

from counterpoise import augment
from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError, CheckpointError

AUGMENTS = [getattr(augment, name) for name in augment.__all__]
TARGET = torch.tensor([0, 1, 2, 0, 2, 1])


@pytest.fixture(params=AUGMENTS, ids=augment.__all__)
def cls(request):
    return request.param


def batch(num=6, dtype=torch.float32, **extra) -> Batch:
    images = torch.rand(num, 3, 8, 6, generator=torch.Generator().manual_seed(0)).to(dtype)
    return Batch(images, TARGET[:num].clone(), **extra)


def same(one, other) -> bool:
    return torch.equal(one.inputs, other.inputs) and torch.equal(one.target, other.target)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shapes_types_and_labels(cls, build, dtype) -> None:
    made, given = build(cls), batch(dtype=dtype)
    for _ in range(5):
        out = made(given)
        assert out.inputs.shape == given.inputs.shape
        assert out.inputs.dtype == dtype
        assert out.inputs.isfinite().all()
        assert torch.equal(out.target, given.target)
        if isinstance(out, Mixed):
            assert out.other.shape == out.share.shape == (6,)
            assert ((out.share >= 0) & (out.share <= 1)).all()
            assert set(out.other.tolist()) <= {0, 1, 2}


def test_the_given_batch_stays_as_it_is(cls, build) -> None:
    given = batch()
    before = given.inputs.clone()
    made = build(cls)
    for _ in range(5):
        made(given)
    assert torch.equal(given.inputs, before)
    assert torch.equal(given.target, TARGET)


def test_calls_differ_and_seeds_repeat_them(cls, build) -> None:
    one, two, other = build(cls), build(cls), build(cls, seed=1)
    first = [one(batch()) for _ in range(6)]
    assert all(same(a, two(batch())) for a in first)
    assert not all(same(a, other(batch())) for a in first)
    assert len({tuple(a.inputs.flatten().tolist()) for a in first}) > 1
    with pytest.raises(ArgumentError, match="seed"):
        build(cls, seed=-1)


@pytest.mark.parametrize("seed", [None, -1, 1.5, "0"], ids=repr)
def test_a_seed_is_a_whole_number(cls, build, seed) -> None:
    with pytest.raises(ArgumentError, match=r"seed is a whole number.*; got .*secrets.randbits"):
        build(cls, seed=seed)


def test_resume(cls, build) -> None:
    made, resumed = build(cls), build(cls)
    for _ in range(3):
        made(batch())
    resumed.load_state_dict(made.state_dict())
    assert all(same(made(batch()), resumed(batch())) for _ in range(4))
    with pytest.raises(CheckpointError, match="lacks"):
        resumed.load_state_dict({})


def test_the_global_generator_is_left_alone(cls, build) -> None:
    before = torch.random.get_rng_state()
    build(cls)(batch())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_index_and_weight_travel_along(cls, build) -> None:
    index, weight = torch.arange(6), torch.full((6,), 2.0)
    out = build(cls)(batch(index=index, weight=weight))
    assert torch.equal(out.index, index)
    torch.testing.assert_close(out.weight, weight)


def test_a_training_set_may_be_attached(cls, build) -> None:
    made = build(cls)
    made.attach(lambda index: Batch(batch().inputs[index % 6], TARGET[index % 6]))
    assert made(batch()).inputs.shape == (6, 3, 8, 6)


def test_a_batch_of_one(cls, build) -> None:
    made = build(cls)
    for _ in range(5):
        assert made(batch(num=1)).inputs.shape == (1, 3, 8, 6)


def test_looks_at_no_data(cls, build) -> None:
    given = batch()
    meta = Batch(given.inputs.to("meta"), given.target.to("meta"))
    made = build(cls)
    for _ in range(5):
        assert made(meta).inputs.device.type == "meta"
