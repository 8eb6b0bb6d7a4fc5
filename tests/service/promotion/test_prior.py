"""A correction is offered with its effect on labelled frames, or a reason why not."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.service.database.labelled_frames import LabelledFrame
from counterpoise.service.database.tables import Result
from counterpoise.service.promotion import prior as module
from counterpoise.service.promotion.prior import Correction, correction


def test_a_correction_and_its_effect(system, record_seen, monkeypatch) -> None:
    """Nearly all is dark here, so a grey just above the middle is dark, too."""
    monkeypatch.setattr(module, "LEAST", 10)
    record_seen([40] * 18 + [136] * 2)
    with system.engine.connect() as connection:
        rows = connection.execute(select(Result)).mappings().all()
        frames = [
            LabelledFrame(
                row["id"], row["camera_id"], "dark", 1, row["label"], row["probability"],
                row["scores"], None,
            )
            for row in rows
        ]  # fmt: skip
        found = correction(connection, system.model, 1, frames)
        assert isinstance(found, Correction)
        assert found.number == 20
        assert found.shares[0] > 0.8
        assert found.judged.number == 20
        recall = found.judged.recalls[0]
        assert recall.running is not None
        assert recall.candidate is not None
        assert (recall.running.value, recall.candidate.value) == (0.9, 1.0)
        others = [LabelledFrame(9, 1, "dark", 7, "dark", 0.9, None, None)]
        again = correction(connection, system.model, 1, others)
        assert isinstance(again, Correction)
        assert again.judged.number == 0, "what another model said is not corrected"


def test_why_there_is_none(system, stub) -> None:
    with system.engine.connect() as connection:
        assert "takes 100 results of this model; there are 0" in str(
            correction(connection, system.model, 1, [])
        )
        assert "so no correction is offered" in str(correction(connection, stub, 1, []))
