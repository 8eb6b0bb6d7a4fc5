r"""Text that can be printed and stored, whatever bytes a name on disk was made of.

Python stands for a byte that is no UTF-8 by half of a surrogate pair, which neither UTF-8 nor JSON
can hold.
"""

from __future__ import annotations

import re

SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    r"""The text with bytes that are no UTF-8 as ``\xff``, and other halves of pairs as ``\ud83d``.

    >>> printable("caf\udce9"), printable("café")
    ('caf\\xe9', 'café')
    """
    return SURROGATE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
