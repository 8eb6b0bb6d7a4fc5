"""How numbers are written: one place, so that terminal, HTML and Markdown agree."""

from __future__ import annotations

from collections.abc import Sequence

MISSING = "–"


def plain(value: float | None, digits: int = 3) -> str:
    """Fixed digits; a dash for None.

    >>> plain(0.84649), plain(None)
    ('0.846', '–')
    """
    return MISSING if value is None else f"{value:.{digits}f}"


def shorter(value: float | None, digits: int = 3) -> str:
    """As `plain`, without the zero before the point.

    >>> shorter(0.84649), shorter(-0.012), shorter(1.0)
    ('.846', '-.012', '1.000')
    """
    text = plain(value, digits)
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def signed(value: float | None, digits: int = 3) -> str:
    """With a sign, as differences are written; plus or minus zero is plain zero.

    >>> signed(0.0312), signed(-0.0312), signed(0.0)
    ('+.031', '-.031', '.000')
    """
    text = shorter(value, digits)
    if value is None or not text.strip("-.0"):
        return text.lstrip("-")
    return text if text.startswith("-") else f"+{text}"


def signed_range(interval: Sequence[float] | None, digits: int = 3) -> str:
    """Both ends of an interval of a difference, in brackets; empty for None.

    >>> signed_range((-0.01, 0.052))
    '[-.010, +.052]'
    """
    if interval is None:
        return ""
    return f"[{', '.join(signed(end, digits) for end in interval)}]"


def quoted(name: str, most: int = 24) -> str:
    """A name in quotation marks; of a long one both ends, so that a line stays a line.

    >>> quoted("water_lilly"), quoted("dilated_cardiomyopathy_of_unknown_origin")
    ("'water_lilly'", "'dilated_card…nown_origin'")
    """
    half = most // 2
    return f"'{name if len(name) <= most else name[:half] + '…' + name[half + 1 - most :]}'"


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names one after the other; of more than `most`, as many as leave room to say how many more.

    >>> listed(["a", "b"]), listed(list("abcdefg"), most=3)
    ('a, b', 'a, b and 5 more')
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def duration(seconds: float | None) -> str:
    """Seconds, or minutes and hours when there are many.

    >>> duration(3.21), duration(75), duration(7380)
    ('3.2 s', '1 min 15 s', '2 h 03 min')
    """
    if seconds is None:
        return MISSING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
