"""Names of columns in one text, as the command line has them."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterable


def column_list(text: str) -> tuple[str, ...]:
    """Names joined by commas; one that holds a comma or a quote stands in double quotes.

    >>> column_list("age, days since; total")
    ('age', 'days since; total')
    >>> column_list('"income, net",id')
    ('income, net', 'id')
    """
    (cells,) = csv.reader([text.replace("\n", " ")], skipinitialspace=True)
    return tuple(name.strip() for name in cells if name.strip())


def as_typed(names: Iterable[str]) -> str:
    """Names as one word of a shell, which `column_list` reads.

    >>> print(as_typed(["age", "id"]), as_typed(["days since"]), as_typed(["income, net"]))
    age,id 'days since' '"income, net"'
    """
    quoted = (f'"{name.replace(chr(34), 2 * chr(34))}"' if {",", chr(34)} & set(name) else name
              for name in names)  # fmt: skip
    text = ",".join(quoted)
    return text if all(c.isalnum() or c in "_.,-" for c in text) else shlex.quote(text)
