"""Two processes that share each batch train what one trains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise.batch import Batch, Mixed
from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy
from counterpoise.samplers import F1Driven, RandomOver
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.ranks import launch, mean_over_ranks, own_part
from counterpoise.train.schedule import make

LABELS = np.array([0] * 30 + [1] * 12 + [2] * 6, dtype=np.int64)
INPUTS = np.random.default_rng(0).normal(LABELS[:, None], size=(48, 5)).astype(np.float32)


class Rank:
    """As much of a Fabric as is asked."""

    def __init__(self, rank: int, ranks: int) -> None:
        self.global_rank, self.world_size = rank, ranks


def test_the_parts_of_all_ranks_are_the_batch() -> None:
    batch = Batch(torch.arange(12.0).view(6, 2), torch.arange(6), index=torch.arange(6))
    parts = [own_part(batch, Rank(r, 3)) for r in range(3)]  # type: ignore[arg-type]
    assert all(part.weight is None and len(part.target) == 2 for part in parts)
    assert sorted(int(i) for part in parts for i in part.target) == list(range(6))
    assert all(torch.equal(part.inputs[:, 0] / 2, part.index.float()) for part in parts)  # type: ignore[union-attr]


def test_mixed_batches_keep_their_pairs() -> None:
    six = torch.arange(6)
    part = own_part(Mixed(six.float(), six, six + 1, six / 6), Rank(1, 2))  # type: ignore[arg-type]
    assert isinstance(part, Mixed)
    assert part.target.tolist() == [1, 3, 5]
    assert part.other.tolist() == [2, 4, 6]
    torch.testing.assert_close(part.share, torch.tensor([1, 3, 5]) / 6)


def test_one_process_keeps_its_batch() -> None:
    batch = Batch(torch.zeros(2, 1), torch.zeros(2))
    assert own_part(batch, fabric("cpu")) is batch
    assert mean_over_ranks(torch.tensor(3.0), fabric("cpu")) == 3.0


def train(fabric: Any, sampler: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    drawn = (
        RandomOver(LABELS, seed=3) if sampler == "over" else F1Driven(LABELS, seed=3, batch_size=8)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    pieces = Pieces(
        model, Weighted(CrossEntropy()), drawn, Plain(), [optimizer], make("cosine", {})
    )
    part = Feed(INPUTS[::2], LABELS[::2], None, "cpu")
    parts = {"validation": part, "contrast": part}
    loop = Loop(
        pieces, Regime("a", 4, 6, 8), Feed(INPUTS, LABELS, None, "cpu"), parts, fabric, None
    )
    history = loop.fit()
    clocks = ("seconds", "evaluation_seconds")
    return (
        [{k: v for k, v in row.items() if k not in clocks} for row in history],
        {name: value.numpy() for name, value in model.state_dict().items()},
    )


@pytest.mark.system
@pytest.mark.parametrize("sampler", ["over", "f1"])
def test_two_processes_train_what_one_does(sampler: str, tmp_path: Path) -> None:
    """The same samples of each class, drawn by what all of them observed, within rounding."""
    alone, parameters = train(fabric("cpu"), sampler)
    together, shared = launch("cpu", 2, "32-true", train, sampler)
    for name, value in parameters.items():
        np.testing.assert_allclose(shared[name], value, rtol=1e-5, atol=1e-6)
    for one, two in zip(alone, together, strict=True):
        assert one.get("shares") == pytest.approx(two.get("shares"))
        assert two["train_loss"] == pytest.approx(one["train_loss"], rel=1e-5)
        assert two["validation"]["recall"] == one["validation"]["recall"]
