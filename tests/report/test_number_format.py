"""How numbers and times are written."""

import pytest

from counterpoise.report.number_format import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.04, "0.0 s"), (59.4, "59.4 s"), (60, "1 min 00 s"), (7199.9, "2 h 00 min")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
