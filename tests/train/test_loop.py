"""The loop: what a round is, divergence, best or last, and resuming bit for bit anywhere."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise.criterion import Weighted
from counterpoise.errors import CheckpointError, DivergedError
from counterpoise.losses import CrossEntropy
from counterpoise.samplers import RandomOver
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make

LABELS = np.array([0] * 30 + [1] * 6, dtype=np.int64)
INPUTS = np.random.default_rng(0).normal(LABELS[:, None], size=(36, 5)).astype(np.float32)


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


def loop(
    folder: Path,
    rounds: int = 3,
    per_round: int = 4,
    lr: float = 0.1,
    keep: str = "last",
    identity: str = "a",
    every: float = 0.0,
    total: int = 0,
    watch: Callable[[int, int], None] = lambda update, updates: None,
) -> Loop:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 2))
    pieces = Pieces(
        model=model,
        criterion=Weighted(CrossEntropy()),
        sampler=RandomOver(LABELS, seed=3),
        step=Plain(),
        optimizers=[torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)],
        schedule=make("cosine", {}),
    )
    regime = Regime(identity, rounds, per_round, 7, keep=keep, checkpoint_every=every, total=total)
    feed = Feed(INPUTS, LABELS, None, "cpu")
    evaluations = {"validation": Feed(INPUTS[::2], LABELS[::2], None, "cpu")}
    return Loop(pieces, regime, feed, evaluations, fabric("cpu"), folder / "state.pt", watch)


def result(trained: Loop) -> tuple[dict[str, torch.Tensor], list[dict[str, object]]]:
    clocks = ("seconds", "evaluation_seconds")
    history = [{k: v for k, v in r.items() if k not in clocks} for r in trained.history]
    return trained.raw_model.state_dict(), history


def test_a_round_is_a_fixed_number_of_updates(tmp_path: Path) -> None:
    updates: list[int] = []
    trained = loop(tmp_path, every=1e9, watch=lambda u, n: updates.append(u))
    history = trained.fit()
    assert updates == list(range(1, 13))
    assert [r["updates"] for r in history] == [4, 8, 12]
    assert history[0]["validation"]["recall"] is not None
    assert history[-1]["lr"] < history[0]["lr"] < 0.1


@pytest.mark.parametrize("killed_after", range(1, 13))
def test_killed_after_any_update_it_resumes_bit_for_bit(tmp_path: Path, killed_after: int) -> None:
    whole = loop(tmp_path / "whole", every=1e9)
    whole.fit()

    def die(update: int, updates: int) -> None:
        if update == killed_after:
            raise Killed

    with pytest.raises(Killed):
        loop(tmp_path / "cut", watch=die).fit()
    resumed = loop(tmp_path / "cut")
    resumed.fit()
    for mine, theirs in zip(result(resumed)[0].values(), result(whole)[0].values(), strict=True):
        assert torch.equal(mine, theirs)
    assert result(resumed)[1] == result(whole)[1]


def test_the_last_round_may_be_shorter(tmp_path: Path) -> None:
    whole = loop(tmp_path / "whole", every=1e9, total=10)
    assert whole.regime.updates == 10
    history = whole.fit()
    assert [r["updates"] for r in history] == [4, 8, 10]
    losses: list[float] = []
    step = whole.pieces.step
    again = loop(tmp_path / "again", every=1e9, total=10)

    def watched(*given: object) -> torch.Tensor:
        losses.append(float(found := step(*given)))  # type: ignore[arg-type]
        return found

    again.pieces.step = watched  # type: ignore[assignment]
    again.fit()
    assert history[-1]["train_loss"] == pytest.approx(np.mean(losses[8:]))
    assert history[-1]["lr"] == pytest.approx(0.1 * make("cosine", {})(9, 10))


@pytest.mark.parametrize("killed_after", [4, 9, 10])
def test_killed_in_a_shorter_last_round_it_resumes(tmp_path: Path, killed_after: int) -> None:
    whole = loop(tmp_path / "whole", every=1e9, total=10)
    whole.fit()

    def die(update: int, updates: int) -> None:
        assert updates == 10
        if update == killed_after:
            raise Killed

    with pytest.raises(Killed):
        loop(tmp_path / "cut", total=10, watch=die).fit()
    resumed = loop(tmp_path / "cut", total=10)
    resumed.fit()
    assert result(resumed)[1] == result(whole)[1]


def test_killed_again_and_again_it_still_ends_at_the_same_place(tmp_path: Path) -> None:
    whole = loop(tmp_path / "whole", every=1e9)
    whole.fit()
    fatal = itertools.count(2, 2)
    for _ in range(20):
        deadline = next(fatal)

        def die(update: int, updates: int, deadline: int = deadline) -> None:
            if update == deadline:
                raise Killed

        resumed = loop(tmp_path / "cut", watch=die)
        try:
            resumed.fit()
        except Killed:
            continue
        break
    assert result(resumed)[1] == result(whole)[1]


def test_a_checkpoint_of_another_stage_is_refused(tmp_path: Path) -> None:
    def die(update: int, updates: int) -> None:
        if update == 3:
            raise Killed

    with pytest.raises(Killed):
        loop(tmp_path, watch=die).fit()
    with pytest.raises(CheckpointError, match="belongs to stage a, not b"):
        loop(tmp_path, identity="b").fit()


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(CheckpointError, match=r"cannot read checkpoint .*state\.pt.*delete"):
        loop(tmp_path).fit()


def test_a_loss_that_is_not_finite_is_reported_as_diverged(tmp_path: Path) -> None:
    with pytest.raises(DivergedError, match=r"round \d+ of 30 .*optimizer\.lr"):
        loop(tmp_path, rounds=30, lr=1e20, every=1e9).fit()


def test_best_keeps_the_round_with_the_best_validation(tmp_path: Path) -> None:
    last = loop(tmp_path / "1", rounds=6, lr=2.0, every=1e9)
    last.fit()
    best = loop(tmp_path / "2", rounds=6, lr=2.0, keep="best", every=1e9)
    history = best.fit()
    values = [r["validation"]["balanced_accuracy"] for r in history]
    assert best.best.found is not None
    assert best.best.found[0] == max(values)
    kept = best.raw_model.state_dict()
    assert all(torch.equal(kept[k], v) for k, v in best.best.found[1].items())


def test_clipping_bounds_the_step(tmp_path: Path) -> None:
    trained = loop(tmp_path, rounds=1, per_round=1, lr=1.0, every=1e9)
    object.__setattr__(trained.regime, "clip_norm", 1e-3)
    before = [p.detach().clone() for p in trained.pieces.model.parameters()]
    trained.fit()
    after = trained.raw_model.parameters()
    moved = (
        sum(float((a.detach() - b).square().sum()) for a, b in zip(after, before, strict=True))
        ** 0.5
    )
    assert moved == pytest.approx(1e-3, rel=1e-3)
