"""What the commands of ``counterpoise serve`` have in common: the folder, and its settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

FOLDER = typer.Option(
    metavar="DIR", help="Database and pictures; default: counterpoise-serve.", show_default=False
)


def settings_of(given: dict[str, Any]) -> Any:
    """The settings of the service, as far as they are given here or in the environment."""
    from counterpoise.errors import ArgumentError

    try:
        from pydantic import ValidationError

        from counterpoise.service.settings import Settings
    except ImportError as error:
        raise ArgumentError(
            f"counterpoise serve needs {error.name}: pip install 'counterpoise[serve]'"
        ) from None
    try:
        return Settings(**given)
    except ValidationError as error:
        said = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ArgumentError("\n".join(said)) from None


@contextmanager
def database_in(folder: Path | None) -> Iterator["Engine"]:
    """The database of a server, which may run meanwhile.

    Raises:
        ArgumentError: there is none.
    """
    settings = settings_of({} if folder is None else {"folder": folder})
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database.address import place
    from counterpoise.service.database.engine import open_database
    from counterpoise.service.system import no_database

    where = place(settings.folder, settings.database)
    if isinstance(where, Path) and not where.is_file():
        raise ArgumentError(no_database(settings.folder))
    engine = open_database(where)
    try:
        yield engine
    finally:
        engine.dispose()
