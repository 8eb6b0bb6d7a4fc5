"""F1-driven sampling: worked numbers and its edge cases."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from counterpoise.apportion import apportion
from counterpoise.errors import ArgumentError
from counterpoise.samplers import F1Driven, f1_driven
from counterpoise.samplers.f1_driven import class_f1, shares

ALL = np.ones(4, dtype=bool)
LABELS = torch.arange(4).repeat_interleave(torch.tensor([100, 40, 12, 5]))


@dataclass
class Report:
    confusion: np.ndarray


def of_batches(sampler, num, size) -> np.ndarray:
    """Class counts (num, K) of the next batches."""
    drawn = LABELS[sampler.take(num * size)].view(num, size)
    return np.stack([np.bincount(row, minlength=4) for row in drawn.numpy()])


def test_worked_shares_and_totals() -> None:
    q = shares(np.array([0.9, 0.5, 0.2, 0.0]), ALL, floor=0.0)
    assert q == pytest.approx([0.0416667, 0.2083333, 0.3333333, 0.4166667], abs=1e-7)
    assert apportion(q * 128, 128).tolist() == [5, 27, 43, 53]
    assert apportion(q * 32, 32).tolist() == [1, 7, 11, 13]


def test_worked_perfect_class() -> None:
    q = shares(np.array([1, 0.75, 0.6]), np.ones(3, dtype=bool), floor=0.0)
    assert q == pytest.approx([0, 0.3846154, 0.6153846], abs=1e-7)
    assert apportion(q * 30, 30).tolist() == [0, 12, 18]


def test_all_perfect_is_uniform_and_a_floor_forgets_nobody() -> None:
    assert shares(np.ones(4), ALL, floor=0.0) == pytest.approx([0.25] * 4)
    q = shares(np.array([1.0, 0.0, 0.0, 0.0]), ALL, floor=0.2)
    assert q[0] == pytest.approx(0.05)
    assert q.sum() == pytest.approx(1)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=12), st.integers(1, 40))
def test_totals_are_exact_and_in_the_long_run_fair(f1, total) -> None:
    q = shares(np.array(f1), np.ones(len(f1), dtype=bool), floor=0.0)
    carry, given_out = np.zeros(len(f1)), np.zeros(len(f1))
    for _ in range(50):
        wanted = q * total + carry
        whole = apportion(wanted, total)
        assert whole.sum() == total
        assert whole.min() >= 0
        carry = wanted - whole
        given_out += whole
    assert np.abs(given_out - 50 * total * q).max() < 2


def test_f1_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    true, predicted = random.integers(4, size=200), random.integers(4, size=200)
    confusion = np.zeros((4, 4), dtype=np.int64)
    np.add.at(confusion, (true, predicted), 1)
    expected = f1_score(true, predicted, average=None)
    assert class_f1(confusion, ALL, balanced=False) == pytest.approx(expected)
    weight = 1 / np.bincount(true)[true]
    expected = f1_score(true, predicted, average=None, sample_weight=weight)
    assert class_f1(confusion, ALL, balanced=True) == pytest.approx(expected)


def test_before_the_first_report_all_classes_alike() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=24)
    assert (of_batches(sampler, 5, 24) == 6).all()


def test_each_batch_has_its_shares_and_fractions_are_carried() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=128, floor=0.0)
    sampler.take(130)
    sampler.observe(Report(np.diag([90, 50, 20, 0]) + _spread()))
    f1 = class_f1(np.diag([90, 50, 20, 0]) + _spread(), ALL, balanced=True)
    q = (1 - f1) / (1 - f1).sum()
    counts = of_batches(sampler, 60, 128)
    assert (np.abs(counts - q * 128) < 2).all()
    assert np.abs(counts.sum(0) - 60 * 128 * q).max() < 1.01


def _spread() -> np.ndarray:
    """Mistakes that bring each row to 100."""
    return np.array([[0, 10, 0, 0], [50, 0, 0, 0], [40, 40, 0, 0], [50, 0, 50, 0]])


def test_small_classes_come_in_whole_passes() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=24)
    drawn = sampler.take(24 * 5)
    rarest = drawn[LABELS[drawn] == 3]
    assert torch.bincount(rarest - 152).tolist() == [6, 6, 6, 6, 6]
    largest = drawn[LABELS[drawn] == 0]
    assert len(set(largest.tolist())) == len(largest) == 30


def test_round_mode_shares_a_whole_pass() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=10, mode="round", floor=0.0)
    sampler.observe(Report(np.diag([90, 50, 20, 0]) + _spread()))
    q = np.array(sampler.seen) / len(sampler)
    drawn = np.bincount(LABELS[sampler.take(160)], minlength=4)
    assert drawn.tolist() == apportion(q * 160, 160).tolist()


def test_round_mode_skips_nobody_between_reports() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=64, mode="round", floor=1.0)
    drawn = []
    for _ in range(4):
        drawn.append(sampler.take(len(sampler)))
        sampler.observe(Report(np.eye(4, dtype=np.int64)))
    seen = torch.bincount(torch.cat(drawn), minlength=157)
    for k in range(4):
        mine = seen[LABELS.eq(k)]
        assert int(mine.max() - mine.min()) <= 1


@pytest.mark.parametrize(
    ("f1", "size", "floor", "total", "expected"),
    [
        ([0.9, 0.5, 0.2, 0.0], 128, 0.0, "kept", [5, 27, 43, 53]),
        ([0.9, 0.5, 0.2, 0.0], 128, 0.0, "printed", [1, 7, 11, 13]),
        ([1.0, 0.75, 0.6], 30, 0.0, "kept", [0, 12, 18]),
        ([1.0, 0.75, 0.6], 30, 0.1, "kept", [1, 11, 18]),
    ],
)
def test_worked_batches_come_out_of_the_sampler(
    monkeypatch: pytest.MonkeyPatch, f1, size, floor, total, expected
) -> None:
    monkeypatch.setattr(f1_driven, "class_f1", lambda *_, **__: np.array(f1))
    num = len(f1)
    labels = torch.arange(num).repeat_interleave(40)
    sampler = F1Driven(labels, seed=0, batch_size=size, floor=floor, total=total)
    sampler.observe(Report(np.eye(num, dtype=np.int64)))
    drawn = labels[sampler.take(sum(expected))]
    assert torch.bincount(drawn, minlength=num).tolist() == expected


def test_a_floor_is_paid_though_rounds_are_short() -> None:
    labels = torch.arange(20).repeat_interleave(30)
    sampler = F1Driven(labels, seed=0, batch_size=24, floor=0.1)
    confusion = np.zeros((20, 20), dtype=np.int64)
    confusion[0, 0] = 10  # the first class is perfect, the others are each other
    confusion[np.arange(1, 20), np.roll(np.arange(1, 20), 1)] = 10
    drawn, owed = np.zeros(20), np.zeros(20)
    for _ in range(100):
        owed += 3 * 24 * np.array(sampler.shares)
        drawn += np.bincount(labels[sampler.take(3 * 24)], minlength=20)
        sampler.observe(Report(confusion))
    assert drawn[0] == pytest.approx(owed[0], abs=1)
    assert np.abs(drawn - owed).max() < 2


@pytest.mark.parametrize("mode", ["batch", "round"])
def test_the_printed_total_shrinks_to_a_kth_after_the_first_round(mode: str) -> None:
    """Equation 4 shares out the mean class size, where the first round has the whole set."""
    sampler = F1Driven(LABELS, seed=0, batch_size=24, total="printed", floor=0.0, mode=mode)
    assert len(list(sampler)) == 168  # 157 samples, 7 batches
    sampler.observe(Report(np.diag([5, 5, 5, 5])))
    assert len(sampler) == len(list(sampler)) == 42
    assert sampler.seen == pytest.approx((10.5,) * 4)
    again = F1Driven(LABELS, seed=0, batch_size=24, total="printed", floor=0.0, mode=mode)
    again.load_state_dict(sampler.state_dict())
    assert len(again) == 42
    assert list(again) == list(sampler)


def test_the_kept_total_stays() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=24, floor=0.0)
    sampler.observe(Report(np.diag([5, 5, 5, 5])))
    assert len(sampler) == len(list(sampler)) == 168


def test_smoothing_keeps_a_part_of_the_last_f1() -> None:
    good, bad = np.diag([5, 5, 5, 5]), np.diag([5, 5, 5, 0]) + np.diag([5], -3)
    sampler = F1Driven(LABELS, seed=0, batch_size=24, smoothing=0.5, floor=0.0)
    sampler.observe(Report(good))
    sampler.observe(Report(bad))
    f1 = 0.5 + 0.5 * class_f1(bad, ALL, balanced=True)
    expected = (1 - f1) / (1 - f1).sum() * len(sampler)
    assert sampler.seen == pytest.approx(tuple(expected))


def test_a_class_without_a_contrast_sample_is_taken_as_not_learned() -> None:
    sampler = F1Driven(LABELS, seed=0, batch_size=24, floor=0.0)
    with pytest.warns(UserWarning, match="no sample of class 3"):
        sampler.observe(Report(np.diag([5, 5, 5, 0])))
    assert sampler.seen == (0.0, 0.0, 0.0, 168.0)  # 157 samples, 7 batches


def test_what_it_refuses() -> None:
    for wrong in ({"floor": 2}, {"smoothing": 1}, {"mode": "epoch"}, {"batch_size": 0}):
        with pytest.raises(ArgumentError):
            F1Driven(LABELS, **({"seed": 0, "batch_size": 24} | wrong))
    with pytest.raises(ArgumentError, match="4 classes"):
        F1Driven(LABELS, seed=0, batch_size=24).observe(Report(np.eye(3, dtype=np.int64)))
