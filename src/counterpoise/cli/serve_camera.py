"""``counterpoise serve camera``: the cameras of a server, from a terminal, while it runs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_settings import FOLDER, database_in, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

BY = "the command line"
TOLD = 200  # refused rows that are printed

camera = typer.Typer(
    help="List, add, change, remove, import, export or try cameras, also while the server runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[Path | None, FOLDER]
Number = Annotated[int, typer.Argument(metavar="NUMBER", show_default=False)]
Fields = Annotated[
    list[str],
    typer.Argument(metavar="FIELD=VALUE...", help="As name=Pier city=Oslo.", show_default=False),
]
Searched = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FIELD=VALUE...]",
        help="As words=pier health=offline; as in the search of the map.",
        show_default=False,
    ),
]


@camera.command("list")
@with_exit_code
def list_(search: Searched = None, folder: Folder = None) -> None:
    """List the cameras of a search, the first 500."""
    from counterpoise.service.database import cameras

    with database_in(folder) as engine, engine.connect() as connection:
        found, number = cameras.find(connection, _search(search, folder))
    for row in found:
        place = ", ".join(filter(None, (row["city"], row["state"], row["country"])))
        typer.echo(
            "  ".join(
                (f"{row['id']:>6}", f"{row['health']:<8}", f"{row['kind']:<8}", row["name"], place)
            ).rstrip()
        )
    if number > len(found):
        typer.echo(f"and {number - len(found)} more: search for fewer")


@camera.command()
@with_exit_code
def add(fields: Fields, folder: Folder = None) -> None:
    """Add a camera."""
    from counterpoise.service.database import cameras
    from counterpoise.service.runtime.clock import now

    whole = _checked(_given(fields), folder)
    with database_in(folder) as engine, engine.begin() as connection:
        number = cameras.add(connection, whole, now(), BY)
    typer.echo(f"camera {number}: {whole.name}")


@camera.command()
@with_exit_code
def show(number: Number, folder: Folder = None) -> None:
    """Show a camera and its account."""
    from counterpoise.service.database import account
    from counterpoise.service.exchange.checking import FIELDS, TOLD

    with database_in(folder) as engine, engine.connect() as connection:
        row = _row(connection, number)
        found = account.balance(connection, number)
    for name in (*FIELDS, *TOLD):
        if row[name] not in ("", None):
            typer.echo(f"{name:<16} {row[name]}")
    dropped = sum(found.dropped.values())
    typer.echo(
        f"{'frames':<16} {found.fetched} fetched = {found.analysed} analysed + {dropped} dropped "
        f"+ {found.in_flight} in flight"
    )


@camera.command()
@with_exit_code
def change(number: Number, fields: Fields, folder: Folder = None) -> None:
    """Change fields of a camera; those that are not named stay as they are."""
    from counterpoise.service.database import cameras
    from counterpoise.service.exchange.checking import FIELDS
    from counterpoise.service.runtime.clock import now

    given = _given(fields)
    with database_in(folder) as engine, engine.begin() as connection:
        before = _row(connection, number)
        whole = _checked({name: before[name] for name in FIELDS} | given, folder)
        changed = cameras.change(connection, number, whole, now(), BY)
    typer.echo(f"camera {number}: {', '.join(changed) or 'nothing'} changed")


@camera.command()
@with_exit_code
def remove(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...")], folder: Folder = None
) -> None:
    """Remove cameras with all their results; all of those named, or none."""
    from counterpoise.service.database import cameras
    from counterpoise.service.runtime.clock import now

    with database_in(folder) as engine, engine.begin() as connection:
        for number in numbers:
            cameras.remove(connection, number, now(), BY)
    typer.echo(f"{len(numbers)} removed")


@camera.command("import")
@with_exit_code
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, JSON or GeoJSON; - for stdin.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    folder: Folder = None,
) -> None:
    """Import a file of cameras: new ones are added, known ones changed, wrong rows refused."""
    from counterpoise.errors import DataError
    from counterpoise.service.exchange.importing import import_file
    from counterpoise.service.gazetteer.gazetteer import Gazetteer
    from counterpoise.service.runtime.clock import now
    from counterpoise.service.system import guard

    settings = settings_of({} if folder is None else {"folder": folder})
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from None
    with database_in(folder) as engine:
        report = import_file(
            engine,
            guard(settings),
            content,
            now(),
            BY,
            source=file.name,
            places=Gazetteer(settings.folder),
            dry=dry_run,
        )
    for refused in report.refused[:TOLD]:
        typer.echo(str(refused), err=True)
    if len(report.refused) > TOLD:
        typer.echo(f"and {len(report.refused) - TOLD} more", err=True)
    if report.ignored:
        typer.echo(f"columns that no camera has: {', '.join(report.ignored)}", err=True)
    typer.echo(
        f"{report.rows} rows: {report.added} {'would be ' if dry_run else ''}added, "
        f"{report.changed} changed, {report.unchanged} as they were, "
        f"{report.rows_refused} refused"
    )
    if report.refused:
        raise typer.Exit(1)


@camera.command()
@with_exit_code
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".csv, .json or .geojson.")],
    search: Searched = None,
    folder: Folder = None,
) -> None:
    """Export the cameras of a search, without their passwords."""
    from counterpoise.atomic import replacing
    from counterpoise.service.database import cameras
    from counterpoise.service.exchange.exporting import exported

    with database_in(folder) as engine, engine.connect() as connection:
        content = exported(
            cameras.every(connection, _search(search, folder)),
            file.suffix.lower().removeprefix("."),
        )
    with replacing(file) as stream:
        stream.write(content)


@camera.command("try")
@with_exit_code
def try_(
    what: Annotated[
        list[str],
        typer.Argument(metavar="NUMBER|FIELD=VALUE...", help="As kind=mjpeg url=https://..."),
    ],
    private_network: Annotated[
        list[str] | None,
        typer.Option(metavar="NET", help="As of counterpoise serve.", show_default=False),
    ] = None,
    folder: Folder = None,
) -> None:
    """Fetch one frame of a camera, and say in words what is wrong if none comes."""
    from counterpoise.errors import DataError
    from counterpoise.service.runtime.device import Source
    from counterpoise.service.runtime.failure import DeviceError
    from counterpoise.service.runtime.probe import probe
    from counterpoise.service.system import guard

    given: dict[str, Any] = {} if folder is None else {"folder": folder}
    if private_network:
        given["private_networks"] = tuple(private_network)
    settings = settings_of(given)
    if len(what) == 1 and what[0].isdecimal():
        with database_in(folder) as engine, engine.connect() as connection:
            row = _row(connection, int(what[0]))
    else:
        row = _checked({"name": "it"} | _given(what), folder).model_dump()
    try:
        frame = probe(row["kind"], Source(row["url"], row["interval"]), guard(settings))
    except DeviceError as error:
        raise DataError(str(error)) from None
    typer.echo(f"it works: a picture of {len(frame.content) / 1000:.0f} kB came")


def _row(connection: "Connection", number: int) -> dict[str, Any]:
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import cameras

    row = cameras.get(connection, number)
    if row is None:
        raise ArgumentError(f"there is no camera {number}; counterpoise serve camera list")
    return row


def _given(fields: Sequence[str]) -> dict[str, Any]:
    """What words such as city=Oslo say."""
    from counterpoise.errors import ArgumentError

    found = {}
    for field in fields:
        name, sign, value = field.partition("=")
        if not sign:
            raise ArgumentError(f"a field is written name=value; got '{field}'")
        found[name.strip()] = value.strip() or None
    return found


def _checked(values: dict[str, Any], folder: Path | None) -> Any:
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


def _search(words: Sequence[str] | None, folder: Path | None) -> Any:
    from pydantic import ValidationError

    from counterpoise.errors import ArgumentError
    from counterpoise.service.database.search import Search
    from counterpoise.service.gazetteer.gazetteer import Gazetteer
    from counterpoise.service.gazetteer.locating import located

    settings = settings_of({} if folder is None else {"folder": folder})
    given = {name: value for name, value in _given(words or ()).items() if value is not None}
    try:
        return located(Search.model_validate(given), Gazetteer(settings.folder)).search
    except ValidationError as error:
        said = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ArgumentError("\n".join(said)) from None
