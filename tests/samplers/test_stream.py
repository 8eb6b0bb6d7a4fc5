"""The stream that all samplers contain."""

import pytest
import torch

from counterpoise.errors import ArgumentError
from counterpoise.samplers.stream import Stream, generator


def counting(length: int = 5, **kwargs) -> Stream:
    """Blocks of three consecutive numbers, with the number of blocks so far as memory."""

    def draw(number, memory):
        first = memory.get("next", 0)
        return torch.arange(first, first + 3), {"next": first + 3}

    return Stream(draw, length=length, **kwargs)


def test_blocks_are_joined_end_to_end() -> None:
    stream = counting()
    assert stream.take(4).tolist() == [0, 1, 2, 3]
    assert stream.take(6).tolist() == [4, 5, 6, 7, 8, 9]


def test_ranks_take_every_other() -> None:
    stream = counting(rank=1, world=2)
    assert len(stream) == 3
    assert stream.take(3).tolist() == [1, 3, 5]
    assert list(stream) == [7, 9, 11]


def test_a_state_before_the_first_and_at_the_end_of_a_block() -> None:
    for taken in (0, 3, 5):
        stream, resumed = counting(), counting()
        stream.take(taken)
        resumed.load_state_dict(stream.state_dict())
        assert resumed.take(7).tolist() == list(range(taken, taken + 7))


def test_restart_drops_the_rest_of_a_block() -> None:
    stream = counting()
    stream.take(4)
    stream.restart({"next": 100})
    assert stream.take(4).tolist() == [100, 101, 102, 103]
    assert stream.state_dict()["position"] == 8


def test_restart_at_the_end_of_a_block_draws_a_new_one() -> None:
    numbers = []

    def draw(number, memory):
        numbers.append(number)
        return torch.tensor([number]), memory

    stream = Stream(draw, length=1)
    stream.take(1)
    stream.restart({})
    assert stream.take(1).tolist() == [1]
    assert numbers == [0, 1]


def test_generators_depend_on_every_part_of_their_key() -> None:
    keys = [(0,), (1,), (0, 0), (0, 1), (1, 0), (0, 0, 1), (2**40, 3)]
    first = [int(torch.randint(2**60, (), generator=generator(*key))) for key in keys]
    assert len(set(first)) == len(keys)
    again = [int(torch.randint(2**60, (), generator=generator(*key))) for key in keys]
    assert first == again


def test_generators_are_the_same_on_every_machine() -> None:
    assert generator(3, 7).initial_seed() == 3314860567747590804


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ArgumentError, match="not negative"):
        counting().take(-1)
    with pytest.raises(ArgumentError, match="rank"):
        counting(rank=2, world=2)
