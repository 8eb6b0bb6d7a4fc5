"""Mixup, Remix and CMO: worked numbers, what is mixed with what, and who is pasted."""

import numpy as np
import pytest
import torch

from counterpoise.augment import CMO, Mixup, Remix
from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy

TARGET = torch.tensor([0, 1, 2, 0])


def one_hot_batch(**extra) -> Batch:
    """Inputs that say which sample they are."""
    return Batch(torch.eye(4), TARGET, **extra)


def test_inputs_and_labels_are_mixed_by_the_same_share() -> None:
    for seed in range(5):
        out = Mixup(seed=seed)(one_hot_batch())
        share = float(out.share[0])
        for i in range(4):
            row = out.inputs[i].clone()
            row[i] -= share
            partner = int(row.argmax())
            assert float(row[partner]) == pytest.approx(1 - share, abs=1e-6)
            assert out.other[i] == TARGET[partner]


def test_shares_follow_the_beta_distribution() -> None:
    for alpha in (0.2, 1.0, 4.0):
        mixup = Mixup(seed=0, alpha=alpha)
        shares = np.array([float(mixup(one_hot_batch()).share[0]) for _ in range(2000)])
        assert shares.mean() == pytest.approx(0.5, abs=0.03)
        assert shares.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.15)


def test_each_side_keeps_its_sample_weight() -> None:
    weight = torch.tensor([1.0, 0.0, 5.0, 2.0])
    out = Mixup(seed=2)(one_hot_batch(weight=weight))
    plain = Mixup(seed=2)(one_hot_batch())
    partner = (plain.inputs - torch.diag(plain.share)).argmax(1)
    torch.testing.assert_close(out.weight * out.share, plain.share * weight)
    torch.testing.assert_close(out.weight * (1 - out.share), (1 - plain.share) * weight[partner])


@pytest.mark.parametrize(
    ("n", "m", "share", "expected"),
    [
        (1000, 100, 0.3, 0.0),
        (1000, 100, 0.7, 0.7),
        (100, 1000, 0.3, 0.3),
        (100, 1000, 0.7, 1.0),
        (1000, 400, 0.3, 0.3),
    ],
)
def test_worked_label_shares_of_remix(n, m, share, expected) -> None:
    remix = Remix(ClassCounts((n, m)), seed=0, kappa=3, tau=0.5)
    got = remix.label_share(torch.tensor([0]), torch.tensor([1]), torch.tensor([share]))
    assert float(got) == pytest.approx(expected)


def test_remix_mixes_inputs_as_mixup_does() -> None:
    counts = ClassCounts((2, 1, 1))
    for seed in range(4):
        ours, theirs = Remix(counts, seed=seed), Mixup(seed=seed)
        assert torch.equal(ours(one_hot_batch()).inputs, theirs(one_hot_batch()).inputs)


def test_balanced_remix_is_mixup() -> None:
    for seed in range(4):
        ours = Remix(ClassCounts((5, 5, 5)), seed=seed)(one_hot_batch())
        assert torch.equal(ours.share, Mixup(seed=seed)(one_hot_batch()).share)


def labelled_images(labels) -> Batch:
    """Images of constant colour, the colour being the position in the batch."""
    num = len(labels)
    images = torch.arange(num, dtype=torch.float32)[:, None, None, None].expand(num, 1, 16, 12)
    return Batch(images.clone(), torch.tensor(labels))


def test_the_pasted_area_is_the_share_of_the_label() -> None:
    labels = [0, 0, 0, 1, 0, 2, 0, 0]
    cmo = CMO([0] * 90 + [1] * 9 + [2], seed=0, probability=1.0)
    for _ in range(20):
        given = labelled_images(labels)
        out = cmo(given)
        for i in range(8):
            own = float((out.inputs[i] == i).float().mean())
            others = set(out.inputs[i].unique().tolist()) - {float(i)}
            assert len(others) <= 1
            for colour in others:
                assert out.other[i] == labels[int(colour)]
                assert float(out.share[i]) == pytest.approx(own, abs=1e-6)


def test_foregrounds_from_the_training_set_are_of_all_classes_alike() -> None:
    labels = torch.tensor([0] * 900 + [1] * 90 + [2] * 10)
    cmo = CMO(labels, seed=0, probability=1.0)
    asked = []

    def fetch(index):
        asked.append(index)
        return Batch(torch.zeros(len(index), 1, 16, 12), labels[index])

    cmo.attach(fetch)
    others = torch.cat([cmo(labelled_images([0] * 50)).other for _ in range(40)])
    assert torch.bincount(others).tolist() == pytest.approx([667, 667, 667], abs=90)
    assert int(torch.cat(asked).max()) >= 990
    plain = CMO(labels, seed=0, probability=1.0, power=0.0)
    plain.attach(fetch)
    others = torch.cat([plain(labelled_images([0] * 50)).other for _ in range(40)])
    assert torch.bincount(others)[0] > 1700


def test_cmo_changes_a_share_of_the_batches() -> None:
    cmo = CMO([0, 1], seed=0, probability=0.3)
    changed = [isinstance(cmo(labelled_images([0, 1])), Mixed) for _ in range(400)]
    assert sum(changed) == pytest.approx(120, abs=40)
    never = CMO([0, 1], seed=0, probability=0.0)
    assert isinstance(never(labelled_images([0, 1])), Batch)


def test_a_mixed_batch_goes_through_the_criterion() -> None:
    out = Mixup(seed=0)(one_hot_batch())
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    loss = CrossEntropy()
    each = out.share * loss.per_sample(logits, out.target)
    each = each + (1 - out.share) * loss.per_sample(logits, out.other)
    torch.testing.assert_close(Weighted(loss)(logits, out), each.mean())


def test_settings_outside_their_range() -> None:
    counts = ClassCounts((2, 1))
    for make in (
        lambda: Mixup(seed=0, alpha=0),
        lambda: Remix(counts, seed=0, kappa=0.5),
        lambda: Remix(ClassCounts((2, 0)), seed=0),
        lambda: CMO([0, 1], seed=0, probability=2),
        lambda: CMO([0, 1], seed=0)(one_hot_batch()),
    ):
        with pytest.raises(ArgumentError):
            make()
