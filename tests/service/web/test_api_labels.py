"""Labels by REST."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

BASE = "/api/labels"


@pytest.fixture
def labeller(browse, token, system, pictured):
    """A program of somebody who labels, with a queue of frames."""
    filler = system.labelling.filler
    filler.rules = replace(filler.rules, twice=0.0)  # one label settles a frame
    filler.fill(np.random.default_rng(0))
    client = browse("labeller")
    client.headers["X-CSRF-Token"] = token(client)
    return client


def test_from_the_queue_to_what_is_settled(labeller, system) -> None:
    asked = labeller.get(f"{BASE}/queue?most=12").json()
    assert len(asked) == 12
    assert set(asked[0]["shares"]) == {"dark", "light"}
    settled = []
    for one in asked:
        said = labeller.put(f"{BASE}/{one['result']}", json={"say": "class:dark"}).json()
        assert said["frame"] == one["result"]
        assert said["state"] == "settled"
        settled.append(one["result"])
    found = labeller.get(BASE).json()
    assert [one["result"] for one in found] == sorted(settled)
    assert {(one["verdict"], one["label"]) for one in found} == {("class", "dark")}
    first = found[0]["result"]
    rest = labeller.get(f"{BASE}?after={first}&most=2").json()
    assert [one["result"] for one in rest] == sorted(settled)[1:3]
    random = labeller.get(f"{BASE}?random=true").json()
    assert all(one["is_random"] for one in random)
    assert len(random) + len(labeller.get(f"{BASE}?random=false").json()) == len(found)
    last = labeller.post(f"{BASE}/undo").json()
    assert last == {"frame": asked[-1]["result"], "state": ""}


def test_what_is_no_label_and_what_is_no_frame(labeller) -> None:
    frame = labeller.get(f"{BASE}/queue?most=1").json()[0]["result"]
    for where, say in ((frame, "class:cat"), (frame, "dark"), (10**9, "class:dark")):
        assert labeller.put(f"{BASE}/{where}", json={"say": say}).status_code == 422
    assert labeller.get(BASE).json() == []
    assert labeller.post(f"{BASE}/undo").json() == {"frame": None, "state": ""}


def test_a_file_is_imported_and_its_wrong_rows_are_named(labeller, pictured) -> None:
    rows = f"frame,label\n{pictured[0]},dark\n{pictured[1]},cat\n999999,dark\n"
    tried = labeller.post(f"{BASE}/import?dry_run=true", content=rows).json()
    assert (tried["rows"], tried["taken"]) == (3, 1)
    assert [one["where"] for one in tried["refused"]] == ["line 3", "line 4"]
    assert labeller.get(BASE).json() == []
    assert labeller.post(f"{BASE}/import", content=rows).json() == tried
    assert [one["result"] for one in labeller.get(BASE).json()] == [pictured[0]]
    assert labeller.post(f"{BASE}/import", content="{").status_code == 422


def test_a_viewer_labels_nothing(browse, pictured) -> None:
    client = browse("viewer")
    assert client.get(BASE).status_code == client.get(f"{BASE}/queue").status_code == 403
    assert client.put(f"{BASE}/{pictured[0]}", json={"say": "bad"}).status_code == 403
