"""Every kind of camera and of rule is explained, and forms show what each uses."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import alerts
from counterpoise.service.runtime.kinds import KINDS, require_place
from counterpoise.service.web.kind_words import ADDRESSED, KIND_WORDS, LOGGED_IN, RULE_WORDS


def test_each_kind_has_its_words() -> None:
    assert list(KIND_WORDS) == list(KINDS)
    assert set(RULE_WORDS) == set(alerts.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_there_where_an_address_is_and_is_one(system, kind: str) -> None:
    assert bool(KIND_WORDS[kind].example) == (kind in ADDRESSED)
    if kind in LOGGED_IN:
        require_place(kind, KIND_WORDS[kind].example, system.guard)


def test_the_forms_say_which_field_is_of_which_kind(browse) -> None:
    client = browse("operator")
    camera = client.get("/cameras/new").text
    assert {*re.findall(r'data-for="([^",]*)">', camera)} >= set(KINDS)
    (of_address,) = re.findall(r'data-for="([^"]*)"><label for="url"', camera)
    assert set(KINDS) - {*of_address.split(",")} == {"push", "sensor"}
    rule = client.get("/alerts/new").text
    for field, kinds in (
        ("label", {"class seen", "class rate"}),
        ("probability", {"class seen"}),
        ("window", {"class rate"}),
        ("clear_at", {"class rate", "drift", "disk"}),
    ):
        (shown,) = re.findall(rf'data-for="([^"]*)"><label for="{field}"', rule)
        assert {*shown.split(",")} == kinds


@pytest.mark.parametrize("kind", alerts.KINDS)
def test_a_rule_needs_only_the_fields_that_its_form_shows(browse, token, kind: str) -> None:
    client = browse("operator")
    sent = {"csrf": token(client), "name": "a", "kind": kind, "is_active": "on"}
    if kind.startswith("class"):
        sent["label"] = "light"
    assert client.post("/alerts/new", data=sent).status_code == 201
