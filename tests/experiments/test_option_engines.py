"""Where trainings go on: how many are one model."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments.options import Options


@pytest.mark.parametrize(("given", "stack"), [("auto", "auto"), ("off", "off"), ("3", 3), (2, 2)])
def test_a_stack_is_a_number_or_a_word(given: object, stack: object) -> None:
    assert Options.of({"dataset": "digits", "stack": given}).stack == stack
    assert Options.of({"dataset": "digits"}).stack == "off"


@pytest.mark.parametrize("given", ["on", "1", 0, -2, True, 2.5, None])
def test_what_is_no_stack(given: object) -> None:
    with pytest.raises(ArgumentError, match=r"auto, off, or how many .* at least 2"):
        Options.of({"dataset": "digits", "stack": given})


@pytest.mark.parametrize("other", [{"engine": "ray"}, {"devices": 2}])
def test_a_number_is_refused_where_trainings_are_shared_otherwise(
    other: dict[str, object],
) -> None:
    asked = {"dataset": "digits", **other}
    with pytest.raises(ArgumentError, match="leave one of them out"):
        Options.of({**asked, "stack": 2})
    assert Options.of({**asked, "stack": "auto"}).stack == "auto"
