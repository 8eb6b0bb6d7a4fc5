"""What a frame costs on this machine: fetched, decoded, classified, stored and recorded."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service import demo
from counterpoise.service.database.account import balance
from counterpoise.service.database.tables import Camera
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

CAMERAS = 16
RATE = 40.0  # frames/s that are asked for: the machine should not be full
WARM, SECONDS = 2.0, 8.0


def frame_cost(model: Path, pictures: Path | None = None, seconds: float = SECONDS) -> float:
    """CPU seconds a frame of a server with emulated cameras, in a folder that is then removed.

    Args:
        model: an exported folder.
        pictures: JPEG files that the cameras show; None for made ones of 160 x 160 pixels.
        seconds: to measure for.

    Raises:
        ArgumentError: no frame was analysed.
        CheckpointError: the model is missing or damaged.
    """
    analyst = ExportedModel.load(model)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if pictures is None:
            _, pictures = demo.pictures(folder)
        with (
            demo.emulator(pictures) as address,
            System(
                Settings(folder=folder / "server"), analyst, model.name, demo.place(address)
            ) as system,
        ):
            with system.engine.begin() as connection:
                rows = [
                    {
                        "name": str(number),
                        "kind": "snapshot",
                        "interval": CAMERAS / RATE,
                        "url": f"{address}/{number}/good/snapshot",
                    }
                    for number in range(1, CAMERAS + 1)
                ]
                connection.execute(insert(Camera), rows)
            system.reassign()
            time.sleep(WARM)
            before, begun = _analysed(system), time.process_time()
            time.sleep(seconds)
            used, frames = time.process_time() - begun, _analysed(system) - before
    if not frames:
        raise ArgumentError(
            f"{model} classified no frame in {seconds:g} s (is it a model of images? does "
            "`counterpoise serve` run with it?)"
        )
    return used / frames


def _analysed(system: System) -> int:
    with system.engine.connect() as connection:
        return balance(connection).analysed
