"""report.html as a browser shows it: from a file, with nothing else at hand."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.report import collect

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")


def browse(page: Path, *asked: str, profile: Path) -> str:
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    done = subprocess.run(
        [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", f"--user-data-dir={profile}", *asked, page.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 500])
def test_the_page_shows_table_verdict_and_figures(
    make: Callable[..., Path], tmp_path: Path, width: int
) -> None:
    out = make()
    report = collect(out)
    page = report.write(out)
    seen = browse(page, "--dump-dom", profile=tmp_path / "profile")
    assert report.verdict in seen
    assert all(method.name in seen for method in report.rows)
    shot = tmp_path / "page.png"
    asked = (f"--screenshot={shot}", f"--window-size={width},1000")
    browse(page, *asked, profile=tmp_path / "profile")
    pixels = np.asarray(Image.open(shot).convert("L"))
    assert pixels.shape == (1000, width)
    assert pixels.std() > 10, "a blank page"
