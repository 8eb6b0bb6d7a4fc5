"""Figures and tables that need no training: what is calculated for one cell of their grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Point = Mapping[str, int | float]
Values = dict[tuple[str, str], tuple[float, ...]]  # (line, metric) -> a value for each repeat


@dataclass(frozen=True)
class Computed:
    """What can be calculated.

    Args:
        lines: names of its curves or columns, which an entry has as `methods`.
        metrics: key -> what its axis is called.
        function: settings of the entry, with the values of a cell's axes -> what is found there.
    """

    lines: tuple[str, ...]
    metrics: Mapping[str, str]
    function: Callable[[Mapping[str, Any]], Values]


def growing_alpha(settings: Mapping[str, Any]) -> Values:
    """Alpha of `weights.Incremental` in one round, a line for each temperature.

    Settings: temperatures, rounds, epoch.
    """
    from counterpoise.counts import ClassCounts
    from counterpoise.weights import Incremental

    found: Values = {}
    for place, temperature in enumerate(settings["temperatures"]):
        weights = Incremental(
            ClassCounts((1, 1)), rounds=int(settings["rounds"]), temperature=float(temperature)
        )
        found[f"temperature-{place}", "alpha"] = (weights.alpha(int(settings["epoch"])),)
    return found


def growing_weights(settings: Mapping[str, Any]) -> Values:
    """Weights of the classes in one round of `weights.Incremental`, and what they grow to.

    Settings: counts, rounds, epoch.
    """
    from counterpoise.counts import ClassCounts
    from counterpoise.weights import Balanced, Incremental

    counts, rounds = ClassCounts(tuple(settings["counts"])), int(settings["rounds"])
    weights = Incremental(counts, rounds=rounds)
    weights.set_epoch(int(settings["epoch"]))
    final = Balanced(counts).class_weights.tolist()
    found: Values = {}
    for place, (weight, last) in enumerate(zip(weights.class_weights.tolist(), final, strict=True)):
        found[f"class-{place}", "weight"] = (weight,)
        found[f"final-{place}", "weight"] = (last,)
    found["uniform", "weight"] = (1.0,)
    return found


def batch_shares(settings: Mapping[str, Any]) -> Values:
    """Share of a class in the loss of a batch where all samples cost the same.

    Settings: counts, batch, place of the class, draws; each of 5 repeats averages so many
    batches. Lines: ``plain`` loss, ``batch-balanced``, and ``balanced`` by the training set.
    """
    import torch

    from counterpoise.counts import ClassCounts
    from counterpoise.weights import Balanced, BatchBalanced

    counts = tuple(int(n) for n in settings["counts"])
    place, batch = int(settings["place"]), int(settings["batch"])
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    balance, inverse = BatchBalanced(len(counts)), Balanced(ClassCounts(counts)).class_weights
    random = torch.Generator().manual_seed(0)
    shares: dict[str, list[float]] = {"plain": [], "batch-balanced": [], "balanced": []}
    for _ in range(5):
        sums = dict.fromkeys(shares, 0.0)
        for _ in range(int(settings["draws"])):
            target = labels[torch.randperm(len(labels), generator=random)[:batch]]
            ours = target == place
            for line, each in (
                ("plain", torch.ones(batch)),
                ("batch-balanced", balance.weights(target, torch.ones(batch))),
                ("balanced", inverse[target]),
            ):
                sums[line] += float(each[ours].sum() / each.sum())
        for line, total in sums.items():
            shares[line].append(total / settings["draws"])
    return {(line, "share"): tuple(values) for line, values in shares.items()}


def network_memory(settings: Mapping[str, Any]) -> Values:
    """GiB that a training step of a DenseNet keeps for its backward pass.

    Settings: depth, batch, growth, side and classes. Lines: ``naive`` and ``efficient``.
    """
    import torch

    from counterpoise.models import cost_counters
    from counterpoise.models.assemble import create

    shape, batch = (3, int(settings["side"]), int(settings["side"])), int(settings["batch"])
    options: dict[str, Any] = {"depth": int(settings["depth"]), "growth": int(settings["growth"])}
    found: Values = {}
    for line in ("naive", "efficient"):
        with torch.device("meta"):  # tensors without content
            model = create(
                "densenet-cifar", shape, int(settings["classes"]), **options, memory=line
            )
        found[line, "gib"] = (cost_counters.saved(model, {}, batch, shape)[-1] / 2**30,)
    return found


def forward_cost(settings: Mapping[str, Any]) -> Values:
    """Millions of multiply-accumulates of one image, and of parameters.

    What a method does in training alone changes neither. Settings: side and classes. Lines: models.
    """
    from counterpoise.models.cost import cost

    side = int(settings["side"])
    found: Values = {}
    for line in FORWARD:
        total = cost(line, (3, side, side), int(settings["classes"]), {}).total
        found[line, "macs"] = (total.macs / 1e6,)
        found[line, "parameters"] = (total.parameters / 1e6,)
    return found


def epoch_length(settings: Mapping[str, Any]) -> Values:
    """Updates of one pass of our samplers over a training set.

    Settings: counts, as text with spaces, and batch. Lines: ``plain`` and ``oversampling``.
    """
    import torch

    from counterpoise.samplers import RandomOver, Shuffled

    counts = torch.tensor([int(n) for n in str(settings["counts"]).split()])
    labels = torch.repeat_interleave(torch.arange(len(counts)), counts)
    lengths = {
        "plain": len(Shuffled(labels, seed=0)),
        "oversampling": len(RandomOver(labels, seed=0)),
    }
    batch = int(settings["batch"])
    return {(line, "updates"): (float(-(-n // batch)),) for line, n in lengths.items()}


FORWARD = ("densenet121", "e-densenet121", "resnet18")
MOST = 10  # classes or temperatures
COMPUTED = {
    "growing-alpha": Computed(
        tuple(f"temperature-{place}" for place in range(MOST)), {"alpha": "Alpha"}, growing_alpha
    ),
    "growing-weights": Computed(
        ("uniform", *(f"{kind}-{place}" for kind in ("class", "final") for place in range(MOST))),
        {"weight": "Weight"},
        growing_weights,
    ),
    "batch-shares": Computed(
        ("plain", "batch-balanced", "balanced"),
        {"share": "Share of a class in the loss of a batch"},
        batch_shares,
    ),
    "network-memory": Computed(
        ("naive", "efficient"),
        {"gib": "GiB kept for the backward pass"},
        network_memory,
    ),
    "epoch-length": Computed(
        ("plain", "oversampling"), {"updates": "Updates of an epoch"}, epoch_length
    ),
    "forward-cost": Computed(
        FORWARD,
        {"macs": "Millions of multiply-accumulates", "parameters": "Millions of parameters"},
        forward_cost,
    ),
}
