"""How a page is made: the templates, the time as a person reads it, the system behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.failure import REASONS
from counterpoise.service.system import System
from counterpoise.version import __version__

STATIC = Path(__file__).parent / "static"


def system(request: Request) -> System:
    """The running system."""
    found: System = request.app.state.system
    return found


Running = Annotated[System, Depends(system)]


def page(
    request: Request, template: str, status_code: int = 200, /, **context: Any
) -> HTMLResponse:
    """A template, filled in."""
    person = getattr(request.state, "person", None)
    given = {"person": person, "path": request.url.path, "version": __version__, **context}
    return HTMLResponse(_templates.get_template(f"{template}.html.j2").render(given), status_code)


def age(at: int | None) -> str:
    """How long ago `at` was, in microseconds since 1970.

    >>> age(None)
    'never'
    """
    if at is None:
        return "never"
    return f"{duration(max(0, (now() - at) // 1_000_000))} ago"


def duration(seconds: float) -> str:
    """How long something lasts.

    >>> duration(7.5), duration(130), duration(90000)
    ('7 s', '2 min', '25 h')
    """
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def moment(at: int, zone: str = "UTC") -> str:
    """A time as it is in a zone.

    >>> moment(0, "Europe/Berlin")
    '1970-01-01 01:00:00 CET'
    """
    try:
        there = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        there = ZoneInfo("UTC")
    return datetime.fromtimestamp(at / 1e6, UTC).astimezone(there).strftime("%Y-%m-%d %H:%M:%S %Z")


def percent(share: float | None) -> str:
    """A probability as a person reads it; empty for a model without.

    >>> percent(0.999), percent(1.0)
    ('> 99 %', '100 %')
    """
    if share is None:
        return ""
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")


def plain(value: str | float | bool | None) -> str:
    """A value of a program as a person reads it.

    >>> plain(0.123456), plain(True), plain(None), plain("x")
    ('0.1235', 'yes', 'none', 'x')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "none" if value is None else str(value)


def why(reason: str) -> str:
    """The sentence of a reason of `runtime/failure.py`."""
    return REASONS.get(reason, reason)


_templates = Environment(
    loader=PackageLoader("counterpoise.service.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(
    age=age, duration=duration, moment=moment, percent=percent, why=why, plain=plain
)
