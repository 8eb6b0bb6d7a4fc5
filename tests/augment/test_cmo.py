"""CMO: which area is pasted, and whose."""

import pytest
import torch

from counterpoise.augment import CMO
from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError


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


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError):
        CMO([0, 1], seed=0, probability=2)
    with pytest.raises(ArgumentError):
        CMO([0, 1], seed=0)(Batch(torch.eye(4), torch.tensor([0, 1, 1, 0])))
