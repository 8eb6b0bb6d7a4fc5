"""What a stage's folder says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from counterpoise.errors import CheckpointError


def stage_done(folder: Path) -> dict[str, Any] | None:
    """What a finished stage wrote last, or None when it is not finished.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = folder / "done.json"
    try:
        done: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {error} (delete it)") from error
    return done
