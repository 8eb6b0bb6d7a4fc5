"""Whoever stands still while it records is ended, and nobody else is."""

import contextlib
import time

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from counterpoise.service.database.dialect import is_postgresql, one_at_a_time
from counterpoise.service.database.standstill import end_who_stands_still
from counterpoise.service.database.tables import Camera

BOUND = 120.0  # seconds until a test gives up; nothing waits that long
CAMERA = {"name": "c", "kind": "push", "url": "", "interval": 1}


def test_it_is_ended_after_rows_that_were_sent_together_too(engine) -> None:
    with contextlib.ExitStack() as stack:
        still, other, works = (stack.enter_context(engine.connect()) for _ in range(3))
        if not is_postgresql(works):
            assert end_who_stands_still(works, 0.0) == 0
            return
        one_at_a_time(still, "results")
        still.execute(insert(Camera), [CAMERA] * 3)
        one_at_a_time(other, "changes")
        assert end_who_stands_still(works) == 0, "it has some seconds"
        until = time.monotonic() + BOUND
        while not end_who_stands_still(works, 1.0):
            assert time.monotonic() < until
            time.sleep(0.01)
        one_at_a_time(works, "results")
        with pytest.raises(OperationalError):
            still.execute(insert(Camera), [CAMERA])
        still.invalidate()
        one_at_a_time(other, "changes")
