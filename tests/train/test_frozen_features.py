"""Training a head on cached features equals training it behind the frozen backbone."""

from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise import models
from counterpoise.criterion import Weighted
from counterpoise.losses import CrossEntropy
from counterpoise.models.classifier import Classifier
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import freeze_except
from counterpoise.train.frozen_features import (
    HeadOnly,
    features_of,
    head_alone_learns,
    last_dropout,
    on_features,
)
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.schedule import make

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(0, 256, size=(50, 1, 8, 8)).astype(np.uint8)
LABELS = RNG.integers(0, 3, size=50)


def classifier(*ending: torch.nn.Module) -> Classifier:
    torch.manual_seed(0)
    model = models.create("small-cnn", (1, 8, 8), 3)
    if ending:
        model.backbone = torch.nn.Sequential(model.backbone, *ending)
    freeze_except(model, ["@output"])
    return model


def train(model: Classifier, cached: bool, folder: Path) -> dict[str, torch.Tensor]:
    from counterpoise.data import Preprocess

    feed: Feed | None = Feed(INPUTS, LABELS, Preprocess.fit("standard", INPUTS), "cpu")
    assert feed is not None
    dropout = last_dropout(model, feed)
    feed = features_of(model, feed) if cached else feed
    assert feed is not None
    learning = [p for p in model.parameters() if p.requires_grad]
    pieces = Pieces(
        HeadOnly(model, dropout) if cached else model,
        Weighted(CrossEntropy()),
        Shuffled(LABELS, seed=0),
        Plain(),
        [torch.optim.SGD(learning, lr=0.1, momentum=0.9)],
        make("cosine", {}),
    )
    regime = Regime("x", 3, 5, 16)
    torch.manual_seed(1)
    Loop(pieces, regime, feed, {}, fabric("cpu"), folder / "state.pt").fit()
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("ending", [(), (torch.nn.Dropout(0.4), torch.nn.Identity())])
def test_the_result_is_the_same_but_for_rounding(
    ending: tuple[torch.nn.Module, ...], tmp_path: Path
) -> None:
    before = classifier(*ending).state_dict()
    plain, cached = (train(classifier(*ending), c, tmp_path) for c in (False, True))
    for name, value in plain.items():
        torch.testing.assert_close(cached[name], value, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(cached["head.weight"], before["head.weight"], atol=1e-3)
    frozen = [name for name in before if not name.startswith("head.")]
    assert all(torch.equal(cached[name], before[name]) for name in frozen)


def test_a_backbone_that_learns_or_drops_within_is_not_cached() -> None:
    feed = Feed(INPUTS.astype(np.float32), LABELS, None, "cpu")
    model = classifier()
    assert head_alone_learns(model, feed)
    freeze_except(model, ["*"])
    assert not head_alone_learns(model, feed)
    assert head_alone_learns(classifier(torch.nn.Dropout(0.5)), feed)
    for after in (torch.nn.ReLU(), torch.nn.SiLU(inplace=True)):  # in place it returns what it got
        within = classifier(torch.nn.Dropout(0.5), after)
        assert not head_alone_learns(within, feed)


def test_trying_moves_no_random_number() -> None:
    feed = Feed(INPUTS.astype(np.float32), LABELS, None, "cpu")
    dropping = classifier(torch.nn.Dropout(0.5))
    before = torch.get_rng_state()
    head_alone_learns(dropping, feed)
    assert torch.equal(torch.get_rng_state(), before)


def test_features_that_would_not_fit_are_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoise.train.frozen_features.MOST_BYTES", 10)
    feed = Feed(INPUTS.astype(np.float32), LABELS, None, "cpu")
    assert features_of(classifier(), feed) is None


def pieces_of(model: Classifier) -> Pieces:
    return Pieces(
        model, Weighted(CrossEntropy()), Shuffled(LABELS, seed=0), Plain(), [], lambda u, t: 1.0
    )


def test_parts_become_features_only_where_the_head_alone_learns() -> None:
    pixels = INPUTS.astype(np.float32) / 255
    feeds = {
        "train": Feed(pixels, LABELS, None, "cpu"),
        "validation": Feed(pixels[:9], LABELS[:9], None, "cpu"),
    }
    pieces = pieces_of(classifier())
    cached = on_features(pieces, feeds)
    assert isinstance(pieces.model, HeadOnly)
    assert {name: tuple(feed.inputs.shape) for name, feed in cached.items()} == {
        "train": (50, 128),
        "validation": (9, 128),
    }
    whole = pieces_of(classifier().requires_grad_(True))
    assert on_features(whole, feeds) is feeds
    assert isinstance(whole.model, Classifier)
