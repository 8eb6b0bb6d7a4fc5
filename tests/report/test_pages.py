"""Templates are ours, and a name that they use and were not given is an error."""

import pytest
from jinja2 import UndefinedError

from counterpoise.report.pages import template


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        template("evaluation.html.j2").render(found=None)
