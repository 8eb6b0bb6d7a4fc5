"""Write a report: report.json, report.html and the pictures, each whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.errors import OutputError

if TYPE_CHECKING:
    from counterpoise.report.report import Report


def write(report: Report, out: Path) -> Path:
    """Return the path of report.html.

    Raises:
        OutputError: a file cannot be written.
    """
    from counterpoise.report.page import page
    from counterpoise.report.plots import draw_all

    try:
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report.as_json(), indent=2, allow_nan=False)
        _replace(out / "report.json", f"{text}\n".encode())
        pictures = draw_all(report)
        for picture in pictures:
            _replace(out / picture.file, picture.png)
        _replace(out / "report.html", page(report, pictures).encode())
    except OSError as error:
        raise OutputError(f"cannot write the report to {out}: {error.strerror}") from error
    return out / "report.html"


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.partial")
    try:
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
