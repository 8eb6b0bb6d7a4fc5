"""Labelled frames are shown once to each model that did not see them."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.predict import ExportedModel
from counterpoise.service.database import candidates
from counterpoise.service.database.candidate_tables import Examined
from counterpoise.service.database.labelled_frames import LabelledFrame
from counterpoise.service.database.tables import Result
from counterpoise.service.promotion.examining import Examining, judgement, shares, unknown


@pytest.fixture
def frames(system, record_seen) -> list[LabelledFrame]:
    """Frames of the running model, of which one has no picture any more."""
    record_seen([100, 150] * 3)
    with system.engine.connect() as connection:
        rows = connection.execute(select(Result).order_by(Result.id).limit(6)).mappings().all()
    return [
        LabelledFrame(
            row["id"], row["camera_id"], "light", row["model_id"], row["label"],
            row["probability"], row["scores"], row["picture"] if k else None,
        )
        for k, row in enumerate(rows)
    ]  # fmt: skip


def test_a_model_is_asked_once_and_both_are_compared(system, frames, exported) -> None:
    model = ExportedModel.load(exported("second", 0.3))
    with system.engine.begin() as connection:
        number = candidates.model_of(connection, model.digest, "second", model.classes, 5)
        one = candidates.one(connection, candidates.add(connection, number, 5, "kim", "/srv"))
        assert unknown(connection, frames, 1) == [], "it saw them itself"
        assert len(unknown(connection, frames, number)) == 6
    examining = Examining(system.engine, system.pictures, lambda connection: frames)
    assert examining.look(model, number) == 0
    assert examining.look(model, number) == 0
    with system.engine.connect() as connection:
        kept = connection.execute(select(Examined).order_by(Examined.result_id)).all()
        found = judgement(connection, frames, 1, one)
    assert [row.label for row in kept] == [None] + ["light"] * 5
    assert found.number == 5, "the one without a picture is left out"
    light = found.recalls[1]
    assert light.candidate is not None
    assert light.running is not None
    assert light.candidate.value == 1 > light.running.value
    assert found.candidate_calibration is not None
    assert found.candidate_calibration.number == 5


def test_shares_of_a_model_of_margins_are_none() -> None:
    assert shares(b"\0\0\0\0", None) is None
    assert shares(None, 0.5) is None
    found = shares(b"\0\0\x80?", 0.5)
    assert found is not None
    assert found.tolist() == [1.0]
