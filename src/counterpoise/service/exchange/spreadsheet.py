"""Text in a CSV file that spreadsheet programs would run as a formula, and back."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(text: str) -> str:
    """Text that no spreadsheet program takes for a formula: an apostrophe is put in front.

    >>> defused("=1+1"), defused("'=1+1"), defused("pier")
    ("'=1+1", "''=1+1", 'pier')
    """
    return "'" + text if _FORMULA.match(text) else text


def as_it_was(text: str) -> str:
    """Undo `defused`.

    >>> as_it_was(defused("'=1+1"))
    "'=1+1"
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
