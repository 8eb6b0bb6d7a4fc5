"""Frames that people are asked about."""

import numpy as np
import pytest


@pytest.fixture
def frames(engine) -> list[int]:
    """Six frames of two cameras in the queue, the first of them of the random tenth."""
    pytest.importorskip("alembic", reason="needs the extra serve: alembic")
    from sqlalchemy import insert

    from counterpoise.service.database import cameras, label_queue
    from counterpoise.service.database.cameras import CameraFields
    from counterpoise.service.database.label_queue import Queued
    from counterpoise.service.database.tables import Model, Result

    with engine.begin() as connection:
        model = {"id": 1, "digest": "x", "name": "m", "classes": '["cat", "dog"]', "since": 1}
        connection.execute(insert(Model).values(model))
        for number in (1, 2):
            fields = CameraFields(name=f"camera {number}", kind="push", url="")
            assert cameras.add(connection, fields, 1, "me") == number
        rows = [
            {
                "id": n, "camera_id": 1 + n % 2, "model_id": 1, "at": 100 * n, "recorded": 1,
                "label": "cat", "probability": 0.75, "picture": f"{1 + n % 2}/x/{n}.jpg",
                "scores": np.array([0.75, 0.25], "<f4").tobytes(),
                "width": 1, "height": 1, "size": 1,
            }
            for n in range(1, 7)
        ]  # fmt: skip
        connection.execute(insert(Result), rows)
        queued = [
            Queued(n, 1 + n % 2, "cat", "rare", "it is rare", n == 1, 1 + (n == 6), float(-n))
            for n in range(1, 7)
        ]
        assert label_queue.put(connection, queued, 5, "me") == 6
    return list(range(1, 7))
