"""Times as people read them and as a budget is written, for whoever says or asks for one."""

from __future__ import annotations

import math

ROUND = (30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600)  # seconds; then whole hours


def at_least(seconds: float) -> float:
    """A round number of seconds that a person would give for these.

    >>> at_least(70), at_least(4000)
    (120, 7200)
    """
    return next((one for one in ROUND if one >= seconds), 3600 * math.ceil(seconds / 3600))


def larger(budget: float, enough: float | None) -> str:
    """A budget in place of one that ended too early: round, and twice as long or more.

    Twice, as an estimate that was right would have been kept.

    >>> larger(60, 250), larger(60, None)
    ('5m', '2m')
    """
    return as_budget(at_least(max(enough or 0.0, 2 * budget)))


def as_budget(seconds: float) -> str:
    """As a budget is written.

    >>> as_budget(23.4), as_budget(90), as_budget(7200)
    ('24s', '1m30s', '2h')
    """
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h" * (hours > 0) + f"{minutes}m" * (minutes > 0) + f"{rest}s" * (rest > 0)


def clock(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> clock(42), clock(125), clock(7300)
    ('0:42', '2:05', '2:01:40')
    """
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
