"""The time of day as the database has it: microseconds since 1970, UTC."""

from __future__ import annotations

import time


def now() -> int:
    """Microseconds since 1970, UTC. For durations take ``time.monotonic``: this one is set."""
    return time.time_ns() // 1000
