"""What must be saved so that a killed training goes on bit for bit."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch

from counterpoise.atomic import replacing
from counterpoise.errors import CheckpointError

State = dict[str, Any]


def save(path: Path, state: State) -> None:
    """Write a checkpoint, whole or not at all."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with replacing(path) as stream:
        stream.write(buffer.getbuffer())


def load(path: Path, identity: str) -> State | None:
    """The checkpoint at `path`, or None when there is none.

    Raises:
        CheckpointError: it is damaged, or belongs to another stage.
    """
    if not path.exists():
        return None
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"cannot read checkpoint {path}: {error} (delete the file to start the stage again)"
        ) from error
    if state.get("identity") != identity:
        raise CheckpointError(
            f"checkpoint {path} belongs to stage {state.get('identity')}, not {identity} "
            "(delete the file, or use another output folder)"
        )
    return state


def random_state(device: torch.device) -> State:
    """State of torch's default generators that a training on `device` draws from."""
    state: State = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: State, device: torch.device) -> None:
    """Continue the default generators where `random_state` found them."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
