"""1, 2 and 4 real processes see one stream, split."""

import inspect
import json
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist

from counterpoise import samplers
from counterpoise.samplers.sampler import StreamSampler

# report in between, is resumed in mid-round, and gathers what all were given.
RANK = """
import inspect, json, os, sys
import torch
import torch.distributed as dist
from counterpoise import samplers
from counterpoise.metrics import Evaluation

LABELS = torch.arange(3).repeat_interleave(torch.tensor([8, 4, 11]))


def build(cls, rank, world):
    offered = {"rounds": 10, "batch_size": 8}
    names = inspect.signature(cls).parameters
    given = {name: value for name, value in offered.items() if name in names}
    return cls(LABELS, seed=3, rank=rank, world=world, **given)


def stream(cls, rank, world, report):
    sampler = build(cls, rank, world)
    first = list(sampler)
    sampler.observe(report)
    sampler.set_epoch(1)
    running = iter(sampler)
    second = [next(running) for _ in range(2)]
    resumed = build(cls, rank, world)
    resumed.load_state_dict(json.loads(json.dumps(sampler.state_dict())))
    return first, second + list(resumed) + resumed.take(16 // world).tolist()


def work(rank, world, file):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=world)
    rank, world = dist.get_rank(), dist.get_world_size()
    # the report exists on rank 0 and is broadcast, as after an evaluation
    confusion = torch.tensor([[9, 1, 0], [0, 1, 1], [2, 1, 1]]) if rank == 0 else torch.zeros(3, 3)
    confusion = confusion.long()
    dist.broadcast(confusion, 0)
    report = Evaluation(confusion=confusion.numpy())
    found = {}
    for name in samplers.__all__:
        mine = stream(getattr(samplers, name), rank, world, report)
        everyone = [None] * world
        dist.all_gather_object(everyone, mine)
        found[name] = everyone
    dist.destroy_process_group()
    if rank == 0:
        print(json.dumps([world, found]), flush=True)


codes = []
for world in (1, 2, 4):
    children = []
    for rank in range(world):
        child = os.fork()  # of a process that has torch loaded and has used none of it
        if child == 0:
            try:
                work(rank, world, f"{sys.argv[1]}/{world}")
            except BaseException as error:
                print(f"rank {rank} of {world}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(child)
    codes += [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
sys.exit(max(codes))
"""


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """What each sampler gave to each rank: world -> name -> rank -> (first, second) round."""
    if not dist.is_gloo_available():
        pytest.skip("this torch has no gloo")
    folder = tmp_path_factory.mktemp("rendezvous")
    done = subprocess.run(
        [sys.executable, "-c", RANK, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


def steady(kind) -> bool:
    """Whether a sampler depends neither on the round nor on reports."""
    return (kind.set_epoch, kind.observe) == (StreamSampler.set_epoch, StreamSampler.observe)


def joined(ranks: list[list[int]]) -> list[int]:
    """What all ranks were given, in the order of the stream."""
    return torch.tensor(ranks).T.flatten().tolist()


@pytest.mark.parametrize("world", [1, 2, 4])
@pytest.mark.parametrize("name", samplers.__all__)
def test_processes_see_one_stream_split(given, name, world) -> None:
    (whole,) = given[1][name]
    ranks = given[world][name]
    assert len(ranks) == world
    first, second = (joined([rank[part] for rank in ranks]) for part in (0, 1))
    length = len(whole[0])
    padding = -length % world
    assert first[:length] == whole[0], "nothing lost, nothing doubled, nothing moved"
    assert len(first) == length + padding, "rounds are padded with the beginning of the next"
    alone, together = whole[1], second
    if steady(getattr(samplers, name)):  # nothing begins anew with a round
        alone, together = whole[0] + whole[1], first + second
    compared = min(len(alone), len(together))
    assert compared >= length + 16
    assert together[:compared] == alone[:compared]


@pytest.mark.parametrize("world", [2, 4])
def test_a_padded_pass_goes_on_where_it_stopped(given, world) -> None:
    """23 samples over 4 processes: 24 indices, of which the last begins the second pass."""
    ranks = given[world]["Shuffled"]
    first, second = (joined([rank[part] for rank in ranks]) for part in (0, 1))
    stream = first + second
    assert sorted(stream[:23]) == sorted(stream[23:46]) == list(range(23))
    assert len(first) == 24


def test_every_sampler_is_given_its_rank() -> None:
    for name in samplers.__all__:
        assert {"rank", "world"} <= set(inspect.signature(getattr(samplers, name)).parameters)
