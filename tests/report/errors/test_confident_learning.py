"""Likely wrong labels: the rule as a slow loop, and flipped labels are found."""

import numpy as np
import pytest

from counterpoise.report.errors.confident_learning import label_issues


def slow(labels: list[int], table: list[list[float]]) -> list[tuple[int, int]]:
    """Northcutt et al. 2021, equations 1 and 2: sample and class of the off-diagonal."""
    num = len(table[0])
    thresholds = []
    for j in range(num):
        own = [row[j] for row, label in zip(table, labels, strict=True) if label == j]
        thresholds.append(sum(own) / len(own) if own else float("inf"))
    found = []
    for i, (row, label) in enumerate(zip(table, labels, strict=True)):
        confident = [j for j in range(num) if row[j] >= thresholds[j] - 1e-6]
        if confident:
            best = max(confident, key=lambda j: row[j])
            if best != label:
                found.append((i, best))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_rule_is_the_papers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 60)  # the fourth class has no sample
    table = rng.dirichlet([0.6] * 4, 60)
    found = label_issues(labels, table)
    expected = slow(labels.tolist(), table.tolist())
    assert expected
    assert sorted(zip(found.samples.tolist(), found.suggested.tolist(), strict=True)) == expected
    assert (np.diff(found.margins) >= 0).all()
    assert 3 not in found.suggested


def test_flipped_labels_come_first_even_of_a_rare_class() -> None:
    rng = np.random.default_rng(0)
    true = np.repeat([0, 1, 2], [200, 60, 12])
    logits = rng.normal(size=(len(true), 3)) + np.log([0.7, 0.25, 0.05])
    logits[np.arange(len(true)), true] += 5.0
    table = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = true.copy()
    flipped = [3, 50, 210, 262]
    labels[flipped] = [1, 2, 0, 0]
    found = label_issues(labels, table)
    assert set(found.samples[:4].tolist()) == set(flipped)
    suggested = dict(zip(found.samples.tolist(), found.suggested.tolist(), strict=True))
    assert [suggested[i] for i in flipped] == [0, 0, 1, 2]


def test_certain_predictions_of_every_label_are_no_issue() -> None:
    found = label_issues(np.array([0, 1, 1]), np.eye(2)[[0, 1, 1]])
    assert len(found.samples) == 0
