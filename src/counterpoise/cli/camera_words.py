"""Words of ``counterpoise serve camera``, such as city=Oslo, as fields and searches."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterpoise.cli.serve_settings import settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


def row_of(connection: "Connection", number: int) -> dict[str, Any]:
    """A camera by its number.

    Raises:
        ArgumentError: there is none.
    """
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import cameras

    row = cameras.get(connection, number)
    if row is None:
        raise ArgumentError(f"there is no camera {number}; counterpoise serve camera list")
    return row


def given_of(fields: Sequence[str]) -> dict[str, Any]:
    """What words such as city=Oslo say."""
    from counterpoise.errors import ArgumentError

    found = {}
    for field in fields:
        name, sign, value = field.partition("=")
        if not sign:
            raise ArgumentError(f"a field is written name=value; got '{field}'")
        found[name.strip()] = value.strip() or None
    return found


def checked_fields(values: dict[str, Any], folder: Path | None) -> Any:
    """The camera that these fields describe.

    Raises:
        ArgumentError: with everything that is wrong.
    """
    from counterpoise.errors import ArgumentError, near
    from counterpoise.service.exchange.checking import FIELDS, checked
    from counterpoise.service.exchange.formats import RawRow
    from counterpoise.service.system import guard

    for name in values:
        if name not in FIELDS:
            raise ArgumentError(f"a camera has no field '{name}'{near(name, FIELDS)}")
    settings = settings_of({} if folder is None else {"folder": folder})
    whole = checked([RawRow("", values)], guard(settings))
    if whole.refused:
        raise ArgumentError("\n".join(str(refused).lstrip(": ") for refused in whole.refused))
    return whole.rows[0].fields


def search_of(words: Sequence[str] | None, folder: Path | None) -> Any:
    """The search that these words are.

    Raises:
        ArgumentError: with everything that is wrong.
    """
    from pydantic import ValidationError

    from counterpoise.errors import ArgumentError
    from counterpoise.service.database.search import Search
    from counterpoise.service.gazetteer.gazetteer import Gazetteer
    from counterpoise.service.gazetteer.locating import located

    settings = settings_of({} if folder is None else {"folder": folder})
    given = {name: value for name, value in given_of(words or ()).items() if value is not None}
    try:
        return located(Search.model_validate(given), Gazetteer(settings.folder)).search
    except ValidationError as error:
        said = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ArgumentError("\n".join(said)) from None
