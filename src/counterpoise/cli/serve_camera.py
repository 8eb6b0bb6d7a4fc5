"""``counterpoise serve camera``: the cameras of a server, from a terminal, while it runs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.camera_words import checked_fields, given_of, row_of, search_of
from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_settings import FOLDER, database_in, settings_of
from counterpoise.cli.shared_options import DryRun, Number

BY = "the command line"
TOLD = 200  # refused rows that are printed

camera = typer.Typer(
    help="List, add, change, remove, import, export or try cameras, also while the server runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[Path | None, FOLDER]
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
        found, number = cameras.find(connection, search_of(search, folder))
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

    whole = checked_fields(given_of(fields), folder)
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
        row = row_of(connection, number)
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

    given = given_of(fields)
    with database_in(folder) as engine, engine.begin() as connection:
        before = row_of(connection, number)
        whole = checked_fields({name: before[name] for name in FIELDS} | given, folder)
        changed = cameras.change(connection, number, whole, now(), BY)
    typer.echo(f"camera {number}: {', '.join(changed) or 'nothing'} changed")


@camera.command()
@with_exit_code
def remove(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...")], folder: Folder = None
) -> None:
    """Remove cameras with all their results; all of those named, or none."""
    from counterpoise.service.database import removal
    from counterpoise.service.runtime.clock import now

    with database_in(folder) as engine:
        removal.remove(engine, numbers, now(), BY)
    typer.echo(f"{len(numbers)} removed")


@camera.command("import")
@with_exit_code
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, JSON or GeoJSON; - for stdin.")
    ],
    dry_run: DryRun = False,
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
            cameras.every(connection, search_of(search, folder)),
            file.suffix.lower().removeprefix("."),
        )
    with replacing(file) as stream:
        stream.write(content)
