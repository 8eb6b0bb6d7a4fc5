"""Formulas in a CSV file are made harmless, and come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.exchange.spreadsheet import as_it_was, defused


@given(st.text(st.sampled_from("'=+-@\t\rab1 ")))
def test_what_is_defused_is_no_formula_and_comes_back(text: str) -> None:
    assert defused(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert as_it_was(defused(text)) == text


def test_other_apostrophes_are_left_alone() -> None:
    assert defused("'t Hooft") == as_it_was("'t Hooft") == "'t Hooft"
