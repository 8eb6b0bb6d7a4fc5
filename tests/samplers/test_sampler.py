"""The base of all samplers: it hands on its stream, and answers for what members leave out."""

import torch

from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Stream


class Counting(StreamSampler):
    """0, 1, 2 and again; all it says is its stream."""

    seen = (1.0, 1.0, 1.0)

    def __init__(self) -> None:
        super().__init__(Stream(lambda number, memory: (torch.arange(3), memory), length=3))


def test_a_stream_is_enough() -> None:
    sampler = Counting()
    assert sampler.take(4).tolist() == [0, 1, 2, 0]
    assert list(sampler) == [1, 2, 0]
    assert len(sampler) == 3
    state = sampler.state_dict()
    resumed = Counting()
    resumed.load_state_dict(state)
    resumed.skip(1)
    assert resumed.take(2).tolist() == [2, 0]


def test_rounds_and_reports_change_nothing_unless_a_member_says_so() -> None:
    one, other = Counting(), Counting()
    one.set_epoch(5)
    one.observe(None)
    assert one.take(7).tolist() == other.take(7).tolist()
    assert (one.contrast_share, one.shares, one.f1, one.labels) == (None, None, None, None)
