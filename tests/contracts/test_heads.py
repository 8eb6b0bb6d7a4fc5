"""What every exported head owes its caller."""

import warnings

import pytest
import torch

from counterpoise import heads

HEADS = [getattr(heads, name) for name in heads.__all__]


@pytest.fixture(params=HEADS, ids=heads.__all__)
def head(request, build):
    torch.manual_seed(0)
    return build(request.param)


def features(dtype=torch.float32, num=5):
    random = torch.Generator().manual_seed(0)
    return torch.randn(num, 4, generator=random, dtype=torch.float64).to(dtype)


def loss_of(head, scores):
    value = scores.square().sum()
    return value + head.penalty() if hasattr(head, "penalty") else value


def test_one_score_per_class(head) -> None:
    scores = head(features())
    assert scores.shape == (5, 3)
    assert head(features(num=1)).shape == (1, 3)
    assert head(features(num=0)).shape == (0, 3)
    torch.testing.assert_close(head(features()[2:3]), scores[2:3])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_finite_for_zero_and_large_features(head, dtype) -> None:
    head = head.to(dtype)
    for size in (0.0, 1.0, 1e4):
        head.zero_grad()
        x = (size * features(dtype)).requires_grad_()
        scores = head(x)
        loss_of(head, scores.mean(0)).backward()
        assert scores.dtype == dtype
        assert scores.isfinite().all()
        assert x.grad.isfinite().all()
        assert all(p.grad.isfinite().all() for p in head.parameters() if p.requires_grad)


def test_gradient_is_right(head) -> None:
    head = head.double()
    x = features(torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: loss_of(head, head(z)), x)


def test_looks_at_no_data(head) -> None:
    head = head.to("meta")
    x = torch.empty(5, 4, device="meta", requires_grad=True)
    loss_of(head, head(x)).backward()
    assert x.grad.shape == (5, 4)


@pytest.mark.slow
def test_compiles_to_the_same_value(head) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's own deprecations
        scores = torch.compile(head, fullgraph=True, backend="aot_eager")(features())
    torch.testing.assert_close(scores, head(features()))


def test_penalty_is_one_number(head) -> None:
    if hasattr(head, "penalty"):
        assert head.penalty().shape == ()


def test_state_dict_round_trip(head, build) -> None:
    other = build(type(head))
    other.load_state_dict(head.state_dict())
    assert torch.equal(other(features()), head(features()))


def test_strided_features(head) -> None:
    x = features()
    torch.testing.assert_close(head(torch.stack((x, x), dim=2)[..., 0]), head(x))


def test_a_linear_head_can_be_moved_into_it(head, build) -> None:
    """Stages hand a trained classifier on: `weight` has the same name and shape everywhere."""
    state = build(heads.Linear).state_dict()
    missing, _ = head.load_state_dict(state, strict=False)
    assert "weight" not in missing
    assert torch.equal(head.state_dict()["weight"], state["weight"])
