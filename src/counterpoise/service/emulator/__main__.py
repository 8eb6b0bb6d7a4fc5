"""``python -m counterpoise.service.emulator FOLDER``: the emulator as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from counterpoise.service.emulator.server import Emulator


def _mixed(path: Path) -> tuple[str, Path]:
    """By name first, so that the folders of several classes are replayed side by side."""
    return path.name, path


async def serve(folder: Path) -> None:
    """Serve the pictures of a folder on a free port, until standard input ends."""
    pictures = [path.read_bytes() for path in sorted(folder.rglob("*.jp*g"), key=_mixed)]
    if not pictures:
        raise SystemExit(f"{folder} holds no JPEG file")
    runner = web.AppRunner(
        Emulator(pictures).application(),
        access_log=None,
        handler_cancellation=True,  # or a stalled camera outlives those who ask it
        shutdown_timeout=1.0,
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
