"""Passes over a list one after the other: what stands where, and nothing twice in a pass."""

import numpy as np
import pytest
import torch

from counterpoise.samplers.cycle import Cycle

MEMBERS = torch.tensor([3, 5, 8, 13, 21])


def test_each_pass_holds_every_member_once_in_an_order_of_its_own() -> None:
    taken = Cycle(MEMBERS, 0).take(0, 50).reshape(10, 5)
    assert all(sorted(row) == MEMBERS.tolist() for row in taken.tolist())
    assert len({tuple(row) for row in taken.tolist()}) > 5


@pytest.mark.parametrize(("cursor", "num"), [(0, 0), (0, 3), (3, 4), (4, 13), (27, 1)])
def test_a_position_holds_the_same_however_it_is_reached(cursor, num) -> None:
    whole = Cycle(MEMBERS, 0).take(0, 50)
    assert np.array_equal(Cycle(MEMBERS, 0).take(cursor, num), whole[cursor : cursor + num])


def test_seeds_and_keys_have_orders_of_their_own() -> None:
    orders = [Cycle(torch.arange(20), *key).take(0, 20).tolist() for key in ((0,), (1,), (0, 1))]
    assert len({tuple(order) for order in orders}) == 3


def test_a_list_of_one_is_repeated() -> None:
    assert Cycle(torch.tensor([7]), 0).take(5, 3).tolist() == [7, 7, 7]
