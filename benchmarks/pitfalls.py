"""What makes comparisons on imbalanced data lie, each pitfall with a number measured here.

Balanced accuracy on test, in points, unless a sentence says otherwise. "ours" is the honest way,
"theirs" the pitfall; the interval is the bootstrap 95 % interval of the mean difference theirs -
ours over seeds, and a sentence holds when it leaves out 0. Nothing is timed, so a busy machine
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from harness import (
    Claim,
    Floats,
    Output,
    arguments,
    interval,
    load_if_present,
    percent,
    run,
    softmax,
    train,
)
from pitfall_digits import METHODS, PROFILE, TRAINED, Digits, Sizes

from counterpoise import data
from counterpoise.data import LabelledSet
from counterpoise.metrics import Evaluation
from counterpoise.posthoc import PriorThreshold
from counterpoise.recipes.load import load_methods


def finding(
    text: str, ours: Floats, theirs: Floats, holds: Callable[[float, float], bool] | None = None
) -> Claim:
    """A claim on the mean of theirs - ours over seeds; by default that it is not 0."""
    low, high = interval(theirs - ours, np.mean)
    base = float(ours.mean())
    return Claim(
        text,
        base,
        float(theirs.mean()),
        float(theirs.mean()) / base if base else None,
        0.0,
        (low > 0 or high < 0) if holds is None else holds(low, high),
        len(ours),
        (low, high),
    )


def equal_epochs(digits: Digits) -> Iterator[Claim]:
    """Oversampling's lead when it gets as many epochs of its larger set, or as many updates."""
    splits = data.make_splits(digits.dataset, data.parse(PROFILE), seeds=range(digits.sizes.seeds))

    def score(method: str, seed: int, updates: tuple[int, int]) -> float:
        split = splits[seed]
        scores = digits.fit(method, split, seed, updates, parts={}).logits(split.test)
        return digits.evaluate(scores, split.test).balanced_accuracy

    for epochs in digits.sizes.epochs:
        rows = []
        for seed, split in enumerate(splits):
            plain = -(-len(split.train) // 64)
            larger = -(-max(split.counts.values) * digits.dataset.num_classes // 64)
            baseline = score("baseline", seed, (epochs, plain))
            longer = score("baseline", seed, (epochs, larger))
            rows.append((baseline, longer, score("oversampling", seed, (epochs, larger))))
        baseline, longer, over = np.array(rows).T
        yield finding(
            f"equal epochs: over {epochs} epochs of its own set, oversampling ({percent(over)}) "
            f"leads the baseline ({percent(baseline)}) by {percent(over - baseline)}; the baseline "
            f"with as many updates has {percent(longer)}, and the lead is {percent(over - longer)}",
            over - longer,
            over - baseline,
        )


def balanced_validation(digits: Digits) -> Iterator[Claim]:
    """What a validation set with more minority labels than the training set brings in."""
    test, profiled, balanced = (digits.table(p) for p in ("test", "validation", "balanced"))
    rows = np.arange(len(test))
    by_profiled, by_balanced = profiled.argmax(1), balanced.argmax(1)
    ours, theirs = test[rows, by_profiled], test[rows, by_balanced]
    changed = (by_profiled != by_balanced).mean()
    yield finding(
        f"balanced validation: it chooses another of {len(METHODS)} methods in {changed:.0%} of "
        f"seeds; what it chooses has {percent(theirs)} on test, against {percent(ours)} when "
        "validation has the profile of the training set",
        ours,
        theirs,
    )
    baseline, best, enlarged = [], [], []
    for seed, split in enumerate(digits.splits):
        both = np.sort(np.concatenate((split.train, split.validation)))
        labels = digits.dataset.labels[both]
        counts = split.counts.from_labels(labels, digits.dataset.num_classes)
        larger = replace(split, train=both, counts=counts)
        per_round = -(-len(split.train) // 64)
        model = digits.fit("baseline", larger, seed, (digits.sizes.rounds, per_round), parts={})
        enlarged.append(digits.evaluate(model.logits(split.test), split.test).balanced_accuracy)
        baseline.append(test[seed, METHODS.index("baseline")])
        best.append(test[seed].max())
    yield finding(
        "balanced validation: its labels, put into training instead, take the baseline from "
        f"{percent(baseline)} to {percent(enlarged)}; the best remedy of each seed, picked on "
        f"test, has {percent(best)} without them",
        np.array(baseline),
        np.array(enlarged),
    )


def auc_of_what(digits: Digits) -> Iterator[Claim]:
    """The same model's macro AUC from four score tables."""
    rows = []
    for seed, split in enumerate(digits.splits):
        logits = digits.trained["baseline", seed].logits(split.test)
        plain = softmax(logits)
        divided = PriorThreshold(split.counts)(plain)
        tables = (plain, logits, divided, divided / divided.sum(1, keepdims=True))
        rows.append([digits.evaluate(table, split.test).auc for table in tables])
    plain, logits, divided, renormalised = np.array(rows).T
    yield finding(
        f"AUC: the baseline's macro AUC is {percent(plain)} from probabilities and "
        f"{percent(logits)} from logits of the same model",
        plain,
        logits,
    )
    yield finding(
        f"AUC: probabilities divided by the prior have {percent(divided)}, as before dividing; "
        f"renormalised to sum 1 they have {percent(renormalised)}",
        divided,
        renormalised,
    )
    yield finding(
        "AUC: dividing by the prior alone changes nothing",
        plain,
        divided,
        lambda low, high: max(abs(low), abs(high)) < 1e-9,
    )


def best_on_test(digits: Digits) -> Iterator[Claim]:
    """The best of all methods and rounds, picked on half of the test set or on validation."""

    def rounds(seed: int, part: str) -> Floats:
        return np.array(
            [
                record[part]["balanced_accuracy"]
                for method in TRAINED
                for record in digits.trained[method, seed].history
            ]
        )

    told, fresh, honest, validated = [], [], [], []
    for seed in range(len(digits.splits)):
        first, second = rounds(seed, "first"), rounds(seed, "second")
        a, b = first.argmax(), second.argmax()
        told.append((first[a] + second[b]) / 2)
        fresh.append((second[a] + first[b]) / 2)
        validation = rounds(seed, "validation")
        chosen = validation.argmax()
        honest.append((first[chosen] + second[chosen]) / 2)
        validated.append(validation[chosen])
    number = len(TRAINED) * digits.sizes.rounds
    yield finding(
        f"best on test: the best of {number} (method, round) pairs on half of the test set has "
        f"{percent(told)} there and {percent(fresh)} on the other half",
        np.array(fresh),
        np.array(told),
    )
    yield finding(
        f"best on validation: the best of {number} pairs on a profiled validation set has "
        f"{percent(validated)} there and {percent(honest)} on test, so its validation score may "
        "not be reported either",
        np.array(honest),
        np.array(validated),
    )


def straddling_groups(dataset: LabelledSet, sizes: Sizes, device: str) -> Iterator[Claim]:
    """German speed-limit signs: 30 frames a track, validation by track or at random."""
    inputs = dataset.inputs.read()
    (recipe,) = load_methods(["baseline"], {"train": {"rounds": sizes.signs_rounds}}, {})
    columns: dict[str, list[tuple[float, float]]] = {"track": [], "random": []}
    for name, given in (("track", dataset), ("random", replace(dataset, groups=None))):
        splits = data.make_splits(given, data.parse("none"), seeds=range(sizes.seeds))
        for seed, split in enumerate(splits):
            model = train(recipe, given, inputs, split, seed=seed, device=device, parts={})
            columns[name].append(
                tuple(
                    Evaluation.from_scores(
                        model.logits(part), dataset.labels[part], dataset.num_classes
                    ).balanced_accuracy
                    for part in (split.validation, split.test)
                )
            )
    (track, track_test), (loose, loose_test) = (np.array(columns[n]).T for n in columns)
    yield finding(
        f"groups that straddle: on gtsrb-20-80 a random validation set says {percent(loose)} where "
        f"the official test set says {percent(loose_test)}; one that keeps tracks whole says "
        f"{percent(track)} where the test set says {percent(track_test)} "
        "(ours and theirs: validation - test)",
        track - track_test,
        loose - loose_test,
    )


def three_seeds(digits: Digits) -> Iterator[Claim]:
    """How often three seeds name another winner, reverse two methods, or agree on a tie."""
    table = digits.table("test")
    number = len(table)
    triples = np.array(list(combinations(range(number), 3)))
    pairs = list(combinations(range(len(METHODS)), 2))

    def another_winner(scores: Floats) -> float:
        return float((scores[triples].mean(1).argmax(1) != scores.mean(0).argmax()).mean())

    def reversed_order(scores: Floats) -> float:
        flips = [
            (gap[triples].mean(1) * gap.mean() < 0).mean()
            for gap in (scores[:, a] - scores[:, b] for a, b in pairs)
        ]
        return float(np.mean([flip > 0.1 for flip in flips]))

    def claim(text: str, share: Callable[[Floats], float]) -> Claim:
        rng = np.random.default_rng(0)
        draws = [share(table[rng.integers(0, number, number)]) for _ in range(500)]
        low, high = (float(q) for q in np.quantile(draws, [0.025, 0.975]))
        return Claim(text, 0.0, share(table), None, 0.0, low > 0, number, (low, high))

    winner = METHODS[int(table.mean(0).argmax())]
    yield claim(
        f"three seeds: {another_winner(table):.0%} of the {len(triples)} triples of {number} seeds "
        f"name a winner other than {winner}, which {number} seeds name",
        another_winner,
    )
    yield claim(
        f"three seeds: {reversed_order(table):.0%} of the {len(pairs)} pairs of methods are put "
        f"the other way round by more than a tenth of the triples",
        reversed_order,
    )
    for a, b in pairs:
        gap = table[:, a] - table[:, b]
        low, high = interval(gap, np.mean)
        unanimous = float((np.abs(np.sign(gap[triples]).sum(1)) == 3).mean())
        if low <= 0 <= high:
            yield Claim(
                f"three seeds: {METHODS[a]} and {METHODS[b]} differ by {percent(gap)} over "
                f"{number} seeds, which is undecided; all three seeds of a triple agree on the "
                f"better one in {unanimous:.0%} of triples (spread: interval of the difference)",
                0.0,
                unanimous,
                None,
                0.0,
                unanimous > 0,
                number,
                (low, high),
            )


def main() -> None:
    """Measure one pitfall after the other."""
    options = arguments(__doc__ or "")
    output = Output(options)
    sizes = Sizes(6, 3, (2,), 1) if options.quick else Sizes()
    digits = Digits(sizes, options.device)
    for claim in equal_epochs(digits):
        output.claim(claim)
    digits.train_all(output)
    for pitfall in (balanced_validation, auc_of_what, best_on_test, three_seeds):
        for claim in pitfall(digits):
            output.claim(claim)
    signs = load_if_present("gtsrb-20-80")
    if signs is None:
        output.say("skipped groups that straddle: gtsrb-20-80 is not under COUNTERPOISE_DATA")
        return
    for claim in straddling_groups(signs, sizes, options.device):
        output.claim(claim)


if __name__ == "__main__":
    run(main)
