"""Bootstrap draws: totals, whole groups, common draws of seeds, fresh draws of folds."""

import numpy as np
import pytest

from counterpoise.report.bootstrap import draws
from counterpoise.report.runs import SplitTargets


def targets(start: int, num: int, group_size: int = 1) -> SplitTargets:
    index = np.arange(num)
    return SplitTargets(index + start, index % 2, index // group_size, index[:0])


def test_copies_sum_to_the_number_of_splits() -> None:
    copies = draws.split_copies(5, 100)
    assert copies.shape == (5, 100)
    assert (copies.sum(0) == 5).all()
    assert copies.max() > 1


def test_seeds_share_one_draw_of_the_test_set() -> None:
    (block,) = draws.blocks([targets(0, 30)] * 3, draws=50)
    assert block.splits == (0, 1, 2)
    assert block.weights.shape == (30, 50)
    assert (block.weights.sum(0) == 30).all()
    np.testing.assert_array_equal(block.copies, draws.split_copies(3, 50))


def test_every_copy_of_a_fold_is_drawn_afresh() -> None:
    found = list(draws.blocks([targets(0, 30), targets(100, 20)], draws=50))
    assert [block.splits for block in found] == [(0,), (1,)]
    assert sum(len(block.draws) for block in found) == 2 * 50
    copies = draws.split_copies(2, 50)
    for s, block in enumerate(found):
        np.testing.assert_array_equal(np.bincount(block.draws, minlength=50), copies[s])
        assert (block.copies == 1).all()
        twice = np.flatnonzero(np.diff(block.draws) == 0)
        assert len(twice)
        pairs = block.weights[:, twice] != block.weights[:, twice + 1]
        assert pairs.any(axis=0).all()


def test_groups_are_drawn_whole() -> None:
    (block,) = draws.blocks([targets(0, 40, group_size=8)], draws=30)
    by_group = block.weights.reshape(5, 8, 30)
    assert (by_group == by_group[:, :1]).all()
    assert (by_group[:, 0].sum(0) == 5).all()


def test_memory_is_bounded_and_draws_do_not_depend_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = draws.blocks([targets(0, 30)], draws=20)
    monkeypatch.setattr(draws, "BLOCK_BYTES", 30 * 4 * 7)
    parts = list(draws.blocks([targets(0, 30)], draws=20))
    assert [block.weights.shape[1] for block in parts] == [7, 7, 6]
    np.testing.assert_array_equal(np.concatenate([b.weights for b in parts], axis=1), whole.weights)
