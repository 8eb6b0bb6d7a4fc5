"""A stage computes what frozen blocks make of every sample once, and trains the rest on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from counterpoise.models.classifier import Classifier
from counterpoise.train.boundary import Frozen, split_at_boundary
from counterpoise.train.evaluate import evaluation_batches
from counterpoise.train.feature_store import Computed, FeatureStore
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import train_mode
from counterpoise.train.offline import Enlargement, joined
from counterpoise.train.pieces import Pieces

MOST_BYTES = 2 << 30
TRIED = 16


class HeadOnly(nn.Module):
    """The head of a classifier as a model whose inputs are features.

    The parameters are the classifier's own, so training one trains the other. A dropout that
    ends the backbone comes along: it draws as it would have, after the features.

    Args:
        classifier: whose head it is.
        dropout: as `last_dropout` finds it, or None.
    """

    def __init__(self, classifier: Classifier, dropout: nn.Dropout | None = None) -> None:
        super().__init__()
        self.dropout = dropout
        self.head = classifier.head

    def forward(self, features: Tensor) -> Tensor:
        """Features (B, D) -> scores (B, K)."""
        if self.dropout is not None:
            features = self.dropout(features)
        scores: Tensor = self.head(features)
        return scores


def on_features(
    pieces: Pieces,
    feeds: dict[str, Feed],
    enlargement: Enlargement | None = None,
    *,
    cut: bool = False,
    fixed: bool = True,
    store: FeatureStore | None = None,
) -> dict[str, Feed]:
    """Parts of the data as features, and the rest as the model, where all before it is frozen.

    Elsewhere, or when the features would not fit, parts and model stay as they are.

    Args:
        pieces: of a stage around a whole classifier; its model may be exchanged.
        feeds: parts of the data, "train" among them.
        enlargement: makes copies of the training part; their features are cached too.
        cut: whether a backbone of which only the first blocks are frozen is cut behind them.
        fixed: whether the same training sample is the same each time.
        store: where other trainings may have left the same features, and find these.
    """
    model = pieces.model
    assert isinstance(model, Classifier), "a stage begins with a whole classifier"
    found = None if pieces.augment or not fixed else _divided(model, feeds["train"], cut)
    if found is not None:
        front, rest = found
        cached = {name: _features(front, part, store) for name, part in feeds.items()}
        whole = {name: part for name, part in cached.items() if part is not None}
        if enlargement is not None and "train" in whole:
            added = _with_copies(front, feeds["train"], enlargement, whole["train"], store)
            whole = whole | {"train": added} if added is not None else {}
        if len(whole) == len(feeds):
            pieces.model = rest
            return whole
    if enlargement is None:
        return feeds
    return feeds | {"train": enlargement.whole(feeds["train"])}


def _divided(model: Classifier, feed: Feed, cut: bool) -> tuple[nn.Module, nn.Module] | None:
    """What computes features once, and what learns on them."""
    if head_alone_learns(model, feed):
        return model, HeadOnly(model, last_dropout(model, feed))
    return split_at_boundary(model, next(feed.batches(TRIED)).inputs) if cut else None


def _features(front: nn.Module, feed: Feed, store: FeatureStore | None) -> Feed | None:
    """`features_of`, or what another training left of it."""
    if store is None:
        return features_of(front, feed)

    def compute() -> Computed | None:
        made = features_of(front, feed)
        return None if made is None else (made.inputs, "")

    found = store.take(_blocks(front), feed, "", compute)
    if found is None:
        return None
    return Feed(found[0], feed.target, None, feed.device, feed.weight)


def _with_copies(
    front: nn.Module,
    feed: Feed,
    enlargement: Enlargement,
    originals: Feed,
    store: FeatureStore | None,
) -> Feed | None:
    """Features of the samples and of their copies; None when they would not fit."""
    if originals.inputs.nbytes * (enlargement.copies + 1) > MOST_BYTES:
        return None

    def compute() -> Computed:
        parts = [features_of(front, chunk) for chunk in enlargement.chunks(feed)]
        whole = torch.cat([part.inputs for part in parts if part is not None])
        return whole, enlargement.checksum

    if store is None or not enlargement.about:
        features, _ = compute()
    else:
        found = store.take(_blocks(front), feed, enlargement.about, compute)
        assert found is not None, "copies fit where their originals do"
        features, enlargement.checksum = found
    weight = None if feed.weight is None else feed.weight.repeat(enlargement.copies)
    copies = Feed(features, feed.target.repeat(enlargement.copies), None, feed.device, weight)
    return joined([originals, copies])


def _blocks(front: nn.Module) -> dict[str, nn.Module]:
    """What computes features, by its names: a backbone, or its first blocks."""
    if isinstance(front, Frozen):
        return front.blocks
    assert isinstance(front, Classifier), "features are a classifier's"
    return {"backbone": front.backbone}


@torch.no_grad()
def last_dropout(model: Classifier, feed: Feed) -> nn.Dropout | None:
    """The dropout whose output is what the backbone gives, if it ends in one."""
    given: dict[nn.Dropout, Tensor] = {}

    def note(module: nn.Module, _: object, output: Tensor) -> None:
        assert isinstance(module, nn.Dropout)
        given[module] = output

    dropouts = [m for m in model.backbone.modules() if isinstance(m, nn.Dropout)]
    hooks = [dropout.register_forward_hook(note) for dropout in dropouts]
    model.eval()
    try:
        features = model.features(next(feed.batches(TRIED)).inputs)
    finally:
        for hook in hooks:
            hook.remove()
    ends = [dropout for dropout, output in given.items() if output is features]
    return ends[-1] if ends else None


@torch.no_grad()
def head_alone_learns(model: Classifier, feed: Feed) -> bool:
    """Whether training leaves the features alone: a frozen backbone that draws nothing at random.

    Dropout and stochastic depth come in many forms, so a few samples are tried in training mode.
    A dropout at the very end is tried after the features too, as `HeadOnly` has it: of the same
    random numbers it must make the same. Frozen BatchNorm is in eval mode in training (see
    `freeze`), so it changes nothing.
    """
    if any(parameter.requires_grad for parameter in model.backbone.parameters()):
        return False
    few = next(feed.batches(TRIED)).inputs
    devices = [feed.device] if feed.device.type == "cuda" else []
    dropout = last_dropout(model, feed)
    with torch.random.fork_rng(devices=devices):
        train_mode(model)
        trained = model.features(few)
    with torch.random.fork_rng(devices=devices):
        model.eval()
        cached = model.features(few)
        if dropout is not None:
            cached = dropout.train()(cached)
            dropout.eval()
        return torch.equal(trained, cached)


@torch.no_grad()
def features_of(model: nn.Module, feed: Feed) -> Feed | None:
    """The same samples as features of a classifier, or as what a frozen part of it gives.

    None when they would not fit.

    What is trained on them equals what is trained on the inputs, but for rounding: a row's sum
    may be taken in another order in a batch of another size.
    """
    model.eval()
    features = model.features if isinstance(model, Classifier) else model
    parts: list[Tensor] = []
    for batch in evaluation_batches(feed):
        parts.append(features(batch.inputs).float())
        if parts[0].nbytes / len(parts[0]) * len(feed) > MOST_BYTES:
            return None
    return Feed(torch.cat(parts), feed.target, None, feed.device, feed.weight)
