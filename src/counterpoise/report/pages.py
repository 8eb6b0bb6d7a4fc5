"""The templates of pages, and how numbers are written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoise.report.documentation import address_of
from counterpoise.report.number_format import duration, plain, shorter, signed, signed_range
from counterpoise.report.searches import in_words, is_table, table_rows, written
from counterpoise.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MINUS = str.maketrans("-", "−")


def template(name: str) -> Template:
    """A template of ours; a name that it uses and is not given is an error."""
    return _environment().get_template(name)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("counterpoise.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shorter": _shorter,
        "plain": lambda value: plain(value).translate(MINUS),
        "signed": lambda value: signed(value).translate(MINUS),
        "signed_range": lambda value: signed_range(value).translate(MINUS),
        "duration": duration,
    }
    environment.filters |= {"address_of": address_of}
    environment.globals["version"] = __version__
    environment.filters |= {"written": written, "in_words": in_words}
    environment.filters |= {"is_table": is_table, "table_rows": table_rows}
    return environment


def _shorter(value: float | None, digits: int = 3) -> str:
    return shorter(value, digits).translate(MINUS)
