"""Text that was made of any bytes can be encoded, and what could be before stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.printable import printable


@given(st.binary())
def test_any_name_on_disk_can_be_encoded(name: bytes) -> None:
    text = printable(name.decode("utf-8", "surrogateescape"))
    assert text == name.decode("utf-8", "backslashreplace")
    text.encode("utf-8")


@given(st.text(st.characters(categories=["L", "N", "Cs", "Zs"])))
def test_any_text_can_be_encoded(text: str) -> None:
    printable(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\u00e9 \t.png", "caf\u00e9 \t.png"),
        ("caf\udce9/\udcff.png", "caf\\xe9/\\xff.png"),
        ("half \ud83d", "half \\ud83d"),
        ("whole \U0001f600", "whole \U0001f600"),
    ],
)
def test_only_halves_of_pairs_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
