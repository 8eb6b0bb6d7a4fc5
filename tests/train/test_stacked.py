"""Trainings stacked into one model beside the same ones, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise.augment import Mixup
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.heads import Linear
from counterpoise.losses import CrossEntropy, Focal
from counterpoise.models import create
from counterpoise.models.catalog import MODELS
from counterpoise.models.classifier import Classifier
from counterpoise.models.mlp import MLP
from counterpoise.protocols import Augment
from counterpoise.samplers import F1Driven, RandomOver, RandomUnder, Shuffled
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.steps import Plain
from counterpoise.train import state as checkpoints
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop
from counterpoise.train.pieces import Pieces, Regime
from counterpoise.train.schedule import make
from counterpoise.train.stackable import why_not
from counterpoise.train.stacked import fit_together
from counterpoise.weights import Balanced

SAMPLERS: tuple[Callable[..., StreamSampler], ...] = (Shuffled, RandomOver, RandomUnder)
CLOCKS = ("seconds", "evaluation_seconds")


def labels_of(seed: int, num: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).permutation(
        np.repeat([0, 1, 2], [num // 2, num // 3, num // 6])
    )


def mlp(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return Classifier(MLP((5,), hidden=(8,)), Linear(8, 3)).double()


def training(
    seed: int,
    *,
    model: nn.Module | None = None,
    shape: tuple[int, ...] = (5,),
    rounds: int = 3,
    updates: int = 12,
    rate: float = 0.05,
    batch: int = 8,
    sampler: Callable[..., StreamSampler] | None = None,
    criterion: Weighted | None = None,
    optimizer: Callable[..., torch.optim.Optimizer] | None = None,
    schedule: str = "inv",
    clip: float = 0.0,
    augment: tuple[Augment, ...] = (),
    checkpoint: Path | None = None,
    every: float = 20.0,
    keep: str = "last",
) -> Loop:
    """Of its own data, initial values, sampler and sizes."""
    num = 60 + 6 * seed
    labels = labels_of(seed, num)
    inputs = np.random.default_rng(seed).normal(size=(num, *shape))
    inputs += 0.5 * labels.reshape(-1, *[1] * len(shape))
    made = model or mlp(seed)
    kind = sampler or SAMPLERS[seed % 3]
    learned = [p for p in made.parameters() if p.requires_grad]
    sgd = torch.optim.SGD(learned, lr=rate, momentum=0.9, weight_decay=5e-4)
    pieces = Pieces(
        made,
        criterion or Weighted(CrossEntropy()),
        kind(labels, seed=seed),
        Plain(),
        [optimizer(learned) if optimizer else sgd],
        make(schedule, {}),
        list(augment),
    )
    part = Feed(inputs[::2], labels[::2], None, "cpu")
    regime = Regime(
        "a",
        rounds,
        updates,
        batch,
        clip_norm=clip,
        checkpoint_every=every,
        keep=keep,  # type: ignore[arg-type]
    )
    feed = Feed(inputs, labels, None, "cpu")
    return Loop(
        pieces, regime, feed, {"validation": part, "contrast": part}, fabric("cpu"), checkpoint
    )


def require_same(alone: list[Loop], together: list[Loop], within: float = 1e-8) -> None:
    for one, other in zip(alone, together, strict=True):
        own, theirs = (dict(loop.pieces.model.state_dict()) for loop in (one, other))
        for name, value in own.items():
            torch.testing.assert_close(theirs[name], value, rtol=0, atol=within)
        assert len(one.history) == len(other.history) == one.regime.rounds
        for row, own_row in zip(one.history, other.history, strict=True):
            assert own_row["train_loss"] == pytest.approx(row["train_loss"], rel=1e-6)
            kept = {k: v for k, v in row.items() if k not in (*CLOCKS, "train_loss", "validation")}
            assert {k: own_row[k] for k in kept if k != "contrast"} == {
                k: v for k, v in kept.items() if k != "contrast"
            }
            assert own_row["validation"]["recall"] == row["validation"]["recall"]


def test_different_data_seeds_and_samplers_train_as_each_would_alone() -> None:
    alone, together = [
        [training(seed, rounds=4, updates=50) for seed in range(3)] for _ in range(2)
    ]
    for loop in alone:
        loop.fit()
    assert fit_together(together) == [None] * 3
    require_same(alone, together)
    assert alone[0].update == 200
    first, second = (loop.pieces.model.state_dict() for loop in together[:2])
    assert not torch.allclose(first["head.weight"], second["head.weight"]), "each its own"


def test_lenet_5_for_200_updates() -> None:
    """As Buda et al. train it: momentum, weight decay, Caffe's schedule."""

    def made(seed: int) -> Loop:
        torch.manual_seed(seed)
        model = create("lenet5", (1, 16, 16), 3).double()
        model.to(memory_format=torch.channels_last)
        return training(
            seed, model=model, shape=(1, 16, 16), rounds=2, updates=100, batch=2, rate=0.0005
        )

    alone, together = [[made(seed) for seed in range(2)] for _ in range(2)]
    for loop in alone:
        loop.fit()
    assert fit_together(together) == [None] * 2
    require_same(alone, together)


@pytest.mark.parametrize(
    "case", ["losses", "adam", "clip", "mixup", "frozen", "f1", "best", "norm"]
)
def test_what_each_may_have_of_its_own(case: str) -> None:
    def made(seed: int) -> Loop:
        if case == "losses":
            counts = ClassCounts.from_labels(labels_of(seed, 60 + 6 * seed), 3)
            loss = CrossEntropy() if seed else Focal()
            return training(seed, criterion=Weighted(loss, Balanced(counts)))
        if case == "adam":
            return training(seed, optimizer=lambda learned: torch.optim.AdamW(learned, lr=0.01))
        if case == "clip":
            return training(seed, clip=0.05 * (seed < 9), schedule="cosine")
        if case == "mixup":
            return training(seed, augment=(Mixup(seed=seed),))
        if case == "f1":
            draw = lambda labels, seed: F1Driven(labels, seed=seed, batch_size=8)  # noqa: E731
            return training(seed, sampler=draw)
        if case == "best":
            return training(seed, keep="best")
        if case == "norm":  # whose statistics are part of what is compared
            torch.manual_seed(seed)
            body = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
            return training(seed, model=body.double())
        model = mlp(seed)
        for name, value in model.named_parameters():
            value.requires_grad_(name.startswith("head."))
        return training(seed, model=model)

    alone, together = [[made(seed) for seed in range(2)] for _ in range(2)]
    for loop in alone:
        loop.fit()
    assert fit_together(together) == [None, None]
    require_same(alone, together)


def test_one_without_finite_parameters_is_no_reason_against_the_others() -> None:
    def made(value: float) -> Loop:
        model = mlp(0)
        with torch.no_grad():
            next(iter(model.parameters())).fill_(value)
        return training(0, model=model)

    loops = [made(0.1), made(torch.nan), made(0.2)]
    for loop in loops:
        loop.begin()
    assert why_not(loops) is None
    one, none, other = fit_together(loops)
    assert one is other is None
    assert none is not None
    assert "training loss became nan" in none


SHAPES = {"linear": (5,), "mlp": (5,), "resnet10": (3, 32, 32)}


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.stacks])
def test_networks_that_the_catalog_says_stack_do(name: str) -> None:
    shape = SHAPES.get(name, (1, 28, 28))

    def made(seed: int) -> Loop:
        torch.manual_seed(seed)
        return training(seed, model=create(name, shape, 3).double(), shape=shape, updates=1)

    loops = [made(0), made(1)]
    for loop in loops:
        loop.begin()
    assert why_not(loops) is None


def test_one_that_diverges_ends_and_the_others_go_on() -> None:
    def made(seed: int) -> Loop:
        loop = training(seed)
        if seed == 1:
            loop.training.inputs[:] = 1e300
        return loop

    alone, together = [[made(seed) for seed in range(3)] for _ in range(2)]
    faults = fit_together(together)
    assert faults[0] is None
    assert faults[2] is None
    assert "training loss became" in str(faults[1])
    for loop in (alone[0], alone[2]):
        loop.fit()
    require_same([alone[0], alone[2]], [together[0], together[2]])
    assert len(together[1].history) == 0


def test_what_is_killed_goes_on_alone_or_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint is each training's own: momentum, sampler, rounds so far."""

    def made(name: str) -> list[Loop]:
        return [
            training(seed, checkpoint=tmp_path / f"{name}-{seed}.pt", every=0.0) for seed in (0, 1)
        ]

    whole = made("whole")
    fit_together(whole)

    def killed(loops: list[Loop]) -> None:
        real, count = checkpoints.save, []

        def save(path: Path, state: checkpoints.State) -> None:
            real(path, state)
            count.append(path)
            if len(count) == 4:  # two rounds of both
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "save", save)
            with pytest.raises(KeyboardInterrupt):
                fit_together(loops)

    killed(made("together"))
    again = made("together")
    fit_together(again)
    assert [row["updates"] for row in again[0].history] == [12, 24, 36]
    require_same(whole, again, within=1e-12)
    killed(made("alone"))
    alone = made("alone")
    for loop in alone:
        loop.fit()
    require_same(whole, alone)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (lambda: training(1, batch=4), "other rounds, batches"),
        (lambda: training(1, clip=1.0), "norms of clipped gradients"),
        (lambda: training(1, schedule="cosine"), "other schedules"),
        (
            lambda: training(1, optimizer=lambda p: torch.optim.SGD(p, lr=0.1)),
            "optimizers have other settings",
        ),
        (
            lambda: training(1, optimizer=lambda p: torch.optim.RMSprop(p)),
            "not all SGD, Adam or AdamW",
        ),
        (
            lambda: training(1, model=Classifier(MLP((5,), hidden=(4,)), Linear(4, 3)).double()),
            "networks have other shapes",
        ),
    ],
)
def test_others_are_refused_with_the_reason(other: Callable[[], Loop], reason: str) -> None:
    loops = [training(0), other()]
    with pytest.raises(ArgumentError, match=f"cannot be stacked: .*{reason}"):
        fit_together(loops)
    assert all(not loop.history for loop in loops)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (nn.BatchNorm1d(8, momentum=None), "batch normalisation"),
        (nn.Dropout(0.5), "cannot"),
    ],
)
def test_networks_that_draw_or_count_their_batches_are_refused(
    body: nn.Module, reason: str
) -> None:
    def made(seed: int) -> Loop:
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(5, 8), body, nn.Linear(8, 3)).double()
        return training(seed, model=model)

    loops = [made(0), made(1)]
    for loop in loops:
        loop.begin()
    assert reason in str(why_not(loops))


@pytest.mark.gpu
def test_stacking_is_faster_on_a_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU: torch sees no CUDA device")

    def made(seed: int) -> Loop:
        loop = training(seed)
        loop.training = Feed(loop.training.inputs.float(), loop.training.target, None, "cuda")
        loop.evaluations, loop.fabric, loop.device = {}, fabric("cuda"), torch.device("cuda")
        loop.loss_sum = loop.loss_sum.cuda()
        loop.pieces.model.float()
        return loop

    clock = time.perf_counter()
    for seed in range(20):
        made(seed).fit()
    alone, clock = time.perf_counter() - clock, time.perf_counter()
    fit_together([made(seed) for seed in range(20)])
    assert time.perf_counter() - clock < alone / 3
