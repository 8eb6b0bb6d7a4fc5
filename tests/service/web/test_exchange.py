"""The import page: what it would do, doing it, and who may; the exports of a search."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CSV = b"""name,kind,url,city
<b>Pier,snapshot,https://x.example/1.jpg,Oslo
wrong,<i>tv</i>,,
"""


@pytest.fixture
def operator(browse):
    return browse("operator")


def send(client, token, content: bytes = CSV, **data: str):
    files = {"file": ("<x>.csv", content)} if content else {}
    return client.post("/cameras/import", data={"csrf": token(client), **data}, files=files)


def test_a_file_is_looked_at_first_and_imported_once_it_is_confirmed(operator, token) -> None:
    assert "import a file of them" in operator.get("/").text
    assert operator.get("/cameras/import").status_code == 200
    said = send(operator, token).text
    assert "&lt;x&gt;.csv has 2 rows: 1 camera would be added, 0 changed" in said
    assert "<b>" not in said
    assert "<i>" not in said
    assert re.search(r"<td>line 3</td><td>kind</td><td>one of snapshot.*</td><td>.*tv", said)
    assert operator.get("/api/cameras").json()["number"] == 0
    digest = re.search(r'name="confirmed" value="(\w+)"', said)
    assert digest is not None
    done = send(operator, token, b"", confirmed=digest[1]).text
    assert "Of 2 rows, 1 camera was added, 0 were changed, 0 were known already" in done
    assert operator.get("/api/cameras").json()["number"] == 1
    again = send(operator, token, b"", confirmed=digest[1])
    assert again.status_code == 409
    assert "choose it again" in again.text


def test_what_is_no_file_is_said(operator, token) -> None:
    assert "choose a file" in send(operator, token, b"").text
    assert "no JSON" in send(operator, token, b"{").text


def test_who_may_and_from_where(browse, operator, token) -> None:
    viewer = browse("viewer")
    assert viewer.get("/cameras/import").status_code == 403
    assert viewer.post("/cameras/import", files={"file": ("x", CSV)}).status_code == 403
    assert operator.post("/cameras/import", files={"file": ("x", CSV)}).status_code == 403
    assert browse().post("/cameras/import", files={"file": ("x", CSV)}).status_code in (303, 401)


@pytest.mark.parametrize("form", ["csv", "json", "geojson"])
def test_the_list_exports_its_search(browse, camera, form: str) -> None:
    client = browse("viewer")
    assert f'href="/cameras/export.{form}?words=pier"' in client.get("/?words=pier").text
    found = client.get(f"/cameras/export.{form}?words=pier")
    assert "Pier" in found.text
    assert "Pier" not in client.get(f"/cameras/export.{form}?words=x").text
    assert f"cameras.{form}" in found.headers["content-disposition"]


def test_exports_that_cannot_be(browse, camera) -> None:
    client = browse("viewer")
    assert client.get("/cameras/export.xls").status_code == 404
    assert client.get("/cameras/export.csv?km=3").status_code == 422


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_no_file_is_a_defect(operator, token, content: bytes) -> None:
    answer = send(operator, token, content or b" ")
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("form", ["csv", "json", "geojson"])
def test_the_page_has_a_file_to_begin_with_that_it_takes(browse, operator, token, form) -> None:
    address = f"/cameras/import/example.{form}"
    assert f'href="{address}"' in operator.get("/cameras/import").text
    example = operator.get(address)
    assert "attachment" in example.headers["content-disposition"]
    said = send(operator, token, example.content).text
    assert "Nothing is imported yet" in said
    assert "0 rows would be refused" in said
    assert operator.get("/cameras/import/example.xls").status_code == 404
    assert browse("viewer").get(address).status_code == 403
