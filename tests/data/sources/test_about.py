"""What is known of each named set is whole, and said by `show`."""

import re

import pytest
from typer.testing import CliRunner

from counterpoise.cli import app
from counterpoise.data.sources.about import ABOUT, NAMED


@pytest.mark.parametrize("name", list(ABOUT))
def test_source_and_licence_are_said(name: str) -> None:
    about = ABOUT[name]
    assert about.source
    assert about.licence
    assert re.search(r"(19|20)\d\d", about.source)
    assert NAMED[name] == about.title
    said = CliRunner().invoke(app, ["show", name]).output
    assert about.source in said
    assert f"licence: {about.licence}" in said
    assert not about.wanted or about.places, "what is wanted lies somewhere"
