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


@pytest.mark.parametrize("world", [1, 2, 3, 4, 7])
def test_an_iterator_gives_what_take_gives(world) -> None:
    """Also where one step of all ranks lies across two or three blocks."""
    for rank in range(world):
        taken = counting(40, rank=rank, world=world)
        iterated = counting(40, rank=rank, world=world)
        for _ in range(2):
            assert list(iterated) == taken.take(len(taken)).tolist()
            assert iterated.state_dict() == taken.state_dict()


@pytest.mark.parametrize("world", [1, 2, 4])
@pytest.mark.parametrize("used", [0, 1, 2, 5, 9])
def test_a_state_within_an_iteration_is_where_the_caller_is(world, used) -> None:
    stream, resumed = counting(40, world=world), counting(40, world=world)
    running = iter(stream)
    given = [next(running) for _ in range(used)]
    resumed.load_state_dict(stream.state_dict())
    again = resumed.state_dict()
    assert again == stream.state_dict(), "a state that is saved again before it is used"
    assert given + list(resumed) == list(counting(40, world=world)), "the rest of the round"
    assert list(running) == list(counting(40, world=world))[used:]
    assert list(resumed) == list(stream), "the next round is whole"


def test_a_round_that_was_broken_off_is_not_resumed() -> None:
    stream, resumed = counting(6), counting(6)
    for index in stream:
        if index == 3:
            break
    resumed.load_state_dict(stream.state_dict())
    assert list(resumed) == [4, 5, 6, 7, 8, 9]


def test_what_happens_within_an_iteration_counts_at_once() -> None:
    stream = counting(8)
    running = iter(stream)
    assert [next(running), next(running)] == [0, 1]
    assert stream.take(2).tolist() == [2, 3]
    assert next(running) == 4
    stream.restart({"next": 100})
    assert list(running) == [100, 101, 102, 103, 104], "five of eight are left"


def test_two_iterators_share_one_stream() -> None:
    stream = counting(4)
    one, other = iter(stream), iter(stream)
    assert [next(one), next(other), next(one)] == [0, 1, 2]
    assert list(one) == [3, 4]
    assert list(other) == [5, 6, 7]


def test_skipping_leaves_the_rest_of_a_round() -> None:
    stream = counting(6)
    stream.skip(2)
    assert list(stream) == [2, 3, 4, 5]
    assert list(stream) == [6, 7, 8, 9, 10, 11]
    stream.skip(6)
    assert list(stream) == [18, 19, 20, 21, 22, 23], "a whole round was skipped"


def test_a_state_of_another_number_of_processes() -> None:
    stream, resumed = counting(16, world=2), counting(16, world=4, rank=1)
    running = iter(stream)
    assert [next(running), next(running)] == [0, 2]
    resumed.load_state_dict(stream.state_dict())
    assert list(resumed) == [5, 9, 13], "12 of 16 are left, 3 for each of 4"


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
