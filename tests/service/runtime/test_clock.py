"""The time of day in the database's unit."""

import time

from counterpoise.service.runtime.clock import now


def test_now_is_in_microseconds_since_1970() -> None:
    before = time.time()
    assert before - 0.001 <= now() / 1e6 <= time.time() + 0.001
