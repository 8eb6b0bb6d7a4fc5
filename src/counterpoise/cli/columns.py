"""Two columns of plain text: a name, and what it is."""

from collections.abc import Iterable
from textwrap import wrap

import typer


def echo_pairs(pairs: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Print names left, what they are right, wrapped at 100 columns under itself."""
    rows = list(pairs)
    width = max((len(name) for name, _ in rows), default=0)
    room = max(30, 98 - len(indent) - width)
    for name, text in rows:
        first, *rest = wrap(text, room) or [""]
        typer.echo(f"{indent}{name:<{width}}  {first}".rstrip())
        for line in rest:
            typer.echo(f"{indent}{'':<{width}}  {line}")
