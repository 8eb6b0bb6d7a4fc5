"""A refused request is answered by one sentence, for programs and for people."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.web.limits import LARGEST
from counterpoise.service.web.refusal import LONGEST, sentence


def test_a_program_hears_the_field_the_rule_and_what_arrived(browse) -> None:
    answer = browse("viewer").get("/api/cameras", params={"latitude": "91"})
    assert answer.status_code == 422
    said = answer.json()["detail"]
    assert said == "latitude: Input should be less than or equal to 90 (got 91)"


def test_a_person_sees_a_page(browse) -> None:
    answer = browse("viewer").get("/camera/north")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")


def test_several_faults_are_one_line(browse) -> None:
    asked = {"latitude": "91", "km": "-1"}
    said = browse("viewer").get("/api/cameras", params=asked).json()["detail"]
    assert "latitude: " in said
    assert "; km: " in said
    assert "\n" not in said


def test_what_arrived_is_cut() -> None:
    said = sentence([{"loc": ("body", "name"), "msg": "too long", "input": "x" * 1000}])
    assert said == f"name: too long (got {'x' * LONGEST})"


def test_a_body_that_is_too_large_is_refused_in_json(browse) -> None:
    headers = {"Content-Length": str(LARGEST + 1), "Content-Type": "application/json"}
    answer = browse("operator").post("/api/cameras", content=b"{}", headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"] == f"a request has at most {LARGEST} bytes"
