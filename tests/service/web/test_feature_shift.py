"""The shift of a camera's features on a page, as part of one, and by REST."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.analyzer.feature_shift import Shift

FAR = Shift(frames=96, stretches=24, unit="hours", distance=2.5, chance=0.75, p=1 / 2001)


def test_what_is_measured_is_said(browse, system, camera, monkeypatch) -> None:
    monkeypatch.setattr(system.shifting, "of", lambda number: FAR)
    visitor, address = browse("viewer"), f"/models/drift/features/{camera}"
    whole = visitor.get(address).text
    assert "<h1>Features of" in whole
    assert "2.5 standard deviations of the training away, more than chance" in whole
    part = visitor.get(address, headers={"HX-Request": "true"}).text
    assert "<strong>features are 2.5" in part
    assert "<h1>" not in part
    found = visitor.get(f"/api/models/drift/features/{camera}").json()
    assert (found["distance"], found["chance"], found["frames"]) == (2.5, 0.75, 96)
    assert found["more_than_chance"] is True


def test_an_export_without_says_so(browse, camera) -> None:
    visitor = browse("viewer")
    found = visitor.get(f"/api/models/drift/features/{camera}").json()
    assert found["said"] == "not recorded in this export"
    assert found["distance"] is None
    assert "not recorded in this export" in visitor.get(f"/models/drift/features/{camera}").text
    assert visitor.get("/models/drift/features/999").status_code == 404
