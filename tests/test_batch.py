"""Batches: labels of any integer type become int64 once, and dense targets stay."""

import pytest
import torch

from counterpoise.batch import Batch, Mixed, class_indices

INPUTS = torch.zeros(3, 2)
KINDS = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_labels_are_int64(kind) -> None:
    target = torch.tensor([0, 1, 1]).to(kind)
    batch = Batch(INPUTS, target)
    mixed = Mixed(INPUTS, target, target.flip(0), torch.ones(3))
    for found in (batch.target, mixed.target, mixed.other.flip(0), class_indices(target)):
        assert found.dtype == torch.int64
        assert found.tolist() == [0, 1, 1]


def test_what_is_right_already_is_not_copied() -> None:
    target, dense = torch.tensor([0, 1, 1]), torch.eye(3)
    assert class_indices(target) is target
    assert Batch(INPUTS, dense).target is dense
