"""What pages show of times and probabilities."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import age, moment, percent, why


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s ago"), (119, "119 s ago"), (120, "2 min ago"), (7200, "2 h ago"), (-5, "0 s ago")],
)
def test_ages(seconds: int, said: str) -> None:
    assert age(now() - seconds * 1_000_000) == said


def test_a_time_zone_that_is_none_is_utc() -> None:
    assert moment(0, "Nowhere/Land") == moment(0, "../../etc/passwd") == "1970-01-01 00:00:00 UTC"


def test_a_probability_never_rounds_to_certainty() -> None:
    assert [percent(p) for p in (None, 0.0, 0.5, 0.995, 1.0)] == [
        "",
        "0 %",
        "50 %",
        "> 99 %",
        "100 %",
    ]


def test_reasons_are_sentences() -> None:
    assert why("dns") == "its name has no address"
    assert why("no such reason") == "no such reason"
