"""The application as a whole: no dead link, no missing file, errors in words."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


def test_no_page_has_a_dead_link(browse, seen) -> None:
    client = browse("admin")
    waiting, known = ["/"], {"/"}
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["content-type"]:
            found = re.findall(r'(?:href|src|hx-get|data-world|data-url)="(/[^"]*)"', answer.text)
            new = {link.replace("&amp;", "&") for link in found} - known
            known |= new
            waiting += sorted(new)
    assert {"/health", "/users", "/audit", f"/cameras/{seen}/edit", "/static/map.js"} <= known


def test_errors_are_pages_for_people_and_json_for_programs(browse) -> None:
    client = browse("viewer")
    lost = client.get("/nowhere").text
    assert "There is no such page" in lost
    assert "Nothing is at this address." in lost
    assert 'href="/analysis"' in lost, "the pages are there for those who are logged in"
    assert 'href="/analysis"' not in browse().get("/nowhere").text
    assert client.get("/api/nowhere").json() == {"detail": "Not Found"}
    refused = client.get("/users")
    assert refused.status_code == 403
    assert "this takes the role admin; yours is viewer" in refused.text
