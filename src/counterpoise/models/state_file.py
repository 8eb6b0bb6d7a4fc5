"""State dicts on disk: tensors by name, read without running code from the file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from counterpoise.errors import CheckpointError


def read_state(path: Path) -> OrderedDict[str, Tensor]:
    """Read a state dict from .safetensors, or from .pth without running code from it.

    Raises:
        CheckpointError: damaged, or not a dict of tensors.
    """
    try:
        if path.suffix == ".safetensors":
            found: object = OrderedDict(safetensors.torch.load_file(path))
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files make the unpickler raise whatever it likes
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CheckpointError(
            f"{path} cannot be read as a state dict: {reason} (truncated? otherwise save it with "
            "torch.save(model.state_dict(), FILE))"
        ) from error
    for key in ("state_dict", "model"):  # how training scripts wrap theirs
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise CheckpointError(
            f"{path} holds no state dict; save it with torch.save(model.state_dict(), FILE)"
        )
    state: OrderedDict[str, Tensor] = OrderedDict(found)
    if hasattr(found, "_metadata"):
        state._metadata = found._metadata  # type: ignore[attr-defined]
    return state
