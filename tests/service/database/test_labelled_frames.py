"""Only settled classes of the random tenth judge a model."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import update

from counterpoise.service.database import labels
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labelled_frames import random_tenth
from counterpoise.service.database.labels import BAD, CLASS, Verdict


def test_only_settled_classes_of_the_random_tenth(engine, frames) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(LabelFrame).where(LabelFrame.result_id.in_([1, 3, 4])).values(is_random=True)
        )
        for number, verdict in (
            (1, Verdict(CLASS, "dog")),
            (2, Verdict(CLASS, "cat")),
            (3, Verdict(BAD)),
        ):
            labels.give(connection, number, "ann", verdict, 5)
        (one,) = random_tenth(connection)
    assert (one.result, one.camera, one.truth, one.model, one.label) == (1, 2, "dog", 1, "cat")
    assert (one.probability, one.picture) == (0.75, "2/x/1.jpg")
    assert one.scores is not None
