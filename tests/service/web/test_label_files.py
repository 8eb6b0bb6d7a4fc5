"""The page of labels in files."""

import re
import zipfile

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


@pytest.fixture
def labeller(browse, pictured):
    return browse("labeller")


def send(client, token, content: bytes = b"", **data: str):
    files = {"file": ("<x>.csv", content)} if content else {}
    return client.post("/label/import", data={"csrf": token(client), **data}, files=files)


def test_a_file_is_looked_at_first_and_imported_once_it_is_confirmed(
    labeller, token, pictured, tmp_path
) -> None:
    content = f"frame,label\n{pictured[0]},dark\n{pictured[1]},<i>cow</i>\n".encode()
    said = send(labeller, token, content).text
    assert "&lt;x&gt;.csv has 2 rows: 1 frame would be labelled" in said
    assert "<i>" not in said
    assert "<td>line 3</td><td>label</td>" in said
    digest = re.search(r'name="confirmed" value="(\w+)"', said)
    assert digest is not None
    done = send(labeller, token, confirmed=digest[1]).text
    assert "1 frame was labelled in your name, and 1 row was refused" in done
    assert send(labeller, token, confirmed=digest[1]).status_code == 409
    path = tmp_path / "labels.zip"
    path.write_bytes(labeller.get("/label/export.zip").content)
    with zipfile.ZipFile(path) as whole:
        assert sum(name.startswith("training/dark/") for name in whole.namelist()) == 1
    (task,) = labeller.get("/label/export.json").json()
    assert task["id"] == pictured[0]


def test_nothing_is_left_of_an_export(labeller, system) -> None:
    labeller.get("/label/export.zip")
    assert list((system.settings.folder / "uploads").iterdir()) == []


def test_what_is_no_file_is_said(labeller, token) -> None:
    assert "choose a file" in send(labeller, token).text
    assert "no JSON" in send(labeller, token, b"{").text


def test_who_may(browse, labeller, token) -> None:
    viewer = browse("viewer")
    assert viewer.post("/label/import", files={"file": ("x", b"y")}).status_code == 403
    assert viewer.get("/label/export.zip").status_code == 403
    assert labeller.post("/label/import", files={"file": ("x", b"y")}).status_code == 403
