"""What evaluation counts and scores: the same in any batches and over any number of ranks."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from counterpoise.losses import CrossEntropy
from counterpoise.metrics import Confusion
from counterpoise.train import evaluate
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed


@dataclass
class Rank:
    """One process of several; `all_reduce` adds what the other ranks hold."""

    global_rank: int
    world_size: int
    others: list[Tensor]

    def all_reduce(self, value: Tensor, reduce_op: str) -> Tensor:
        assert reduce_op == "sum"
        return value + self.others.pop(0) if self.others else value


def made(num: int = 1300, num_classes: int = 4) -> tuple[nn.Module, Feed]:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(num, 6)).astype(np.float32)
    torch.manual_seed(0)
    target = rng.integers(0, num_classes, num)
    return nn.Linear(6, num_classes), Feed(inputs, target, None, "cpu")


def test_counts_and_loss_are_those_of_all_scores_at_once() -> None:
    model, feed = made()
    confusion, loss = evaluate.count_confusion(model, feed, CrossEntropy(), fabric("cpu"))
    scores = torch.from_numpy(evaluate.scores(model, feed))
    expected = Confusion.from_pairs(feed.target.numpy(), scores.argmax(1).numpy(), 4)
    assert confusion == expected
    assert loss == pytest.approx(float(nn.functional.cross_entropy(scores, feed.target)), rel=1e-5)


def test_ranks_together_count_every_sample_once() -> None:
    model, feed = made()  # three batches over two ranks
    whole, loss = evaluate.count_confusion(model, feed, CrossEntropy(), fabric("cpu"))
    shares: list[list[Tensor]] = []
    for number in range(2):
        kept: list[Tensor] = []

        class Keeping(Rank):
            def all_reduce(self, value: Tensor, reduce_op: str, kept: list = kept) -> Tensor:
                kept.append(value)
                return value

        evaluate.count_confusion(model, feed, CrossEntropy(), Keeping(number, 2, []))  # type: ignore[arg-type]
        shares.append(kept)
    for number in range(2):
        rank = Rank(number, 2, list(shares[1 - number]))
        found, mean = evaluate.count_confusion(model, feed, CrossEntropy(), rank)  # type: ignore[arg-type]
        assert found == whole
        assert mean == pytest.approx(loss)


class Largest(TorchDispatchMode):
    """Remembers how large the largest tensor was that anything made."""

    size = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, Tensor):
            self.size = max(self.size, out.numel())
        return out


def test_thousands_of_classes_need_no_matrix_of_all_pairs() -> None:
    model, feed = made(64, 8142)
    with Largest() as largest:
        confusion, _ = evaluate.count_confusion(model, feed, CrossEntropy(), fabric("cpu"))
    assert confusion.num_classes == 8142
    assert largest.size == 64 * 8142  # the logits; all pairs of classes would be 8142 * 8142
