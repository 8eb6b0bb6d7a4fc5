"""Markers that skip themselves, with the reason; and one thread, so that sums do not move."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine makes single examples slow now and then; pytest-timeout bounds the whole test.
settings.register_profile("counterpoise", deadline=None, print_blob=True)
settings.load_profile("counterpoise")

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason_for in REASONS.items():
            for mark in item.iter_markers(name):
                reason = reason_for(mark.args)
                if reason is not None:
                    item.add_marker(pytest.mark.skip(reason=reason))


def _gpu(_: tuple[str, ...]) -> str | None:
    import torch

    return None if torch.cuda.is_available() else "no CUDA device"


def _browser(_: tuple[str, ...]) -> str | None:
    found = any(shutil.which(name) for name in CHROMIUM)
    return None if found else f"no headless Chromium: none of {', '.join(CHROMIUM)} is on the PATH"


def _data(needed: tuple[str, ...]) -> str | None:
    """``@pytest.mark.data("gtsrb_20_80.npz")`` names what has to lie under a data root."""
    roots = [Path(p) for p in os.environ.get("COUNTERPOISE_DATA", "").split(os.pathsep) if p]
    if not roots:
        return "COUNTERPOISE_DATA is not set (docs/data.md)"
    missing = [name for name in needed if not any((root / name).exists() for root in roots)]
    return f"not under COUNTERPOISE_DATA: {', '.join(missing)}" if missing else None


REASONS = {"gpu": _gpu, "browser": _browser, "data": _data}
