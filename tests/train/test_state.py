"""Checkpoints: whole or absent, of one stage, and with the generators that training draws from."""

from pathlib import Path

import pytest
import torch

from counterpoise.errors import CheckpointError
from counterpoise.train import state

CPU = torch.device("cpu")


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint" / "state.pt"
    assert state.load(path, "a") is None
    state.save(path, {"identity": "a", "weight": torch.arange(3), "best": None, "update": 7})
    found = state.load(path, "a")
    assert found is not None
    assert torch.equal(found["weight"], torch.arange(3))
    assert (found["best"], found["update"]) == (None, 7)


def test_that_of_another_stage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    state.save(path, {"identity": "a"})
    with pytest.raises(CheckpointError, match="belongs to stage a, not b"):
        state.load(path, "b")


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_damaged_one_says_what_to_do(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "state.pt"
    state.save(path, {"identity": "a", "weight": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="delete the file to start the stage again"):
        state.load(path, "a")


def test_random_numbers_go_on_where_they_were() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        torch.rand(5)
        kept = state.random_state(CPU)
        expected = torch.rand(4)
        torch.manual_seed(99)
        state.set_random_state(kept, CPU)
        assert torch.equal(torch.rand(4), expected)
