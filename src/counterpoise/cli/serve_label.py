"""``counterpoise serve label``: labels of a server from a terminal, while it runs or not."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_settings import FOLDER, database_in, settings_of
from counterpoise.cli.shared_options import AsJson, DryRun

if TYPE_CHECKING:
    from sqlalchemy import Connection

BY = "the command line"
TOLD = 200  # refused rows that are printed
LONGEST = 100  # characters of a person's name
FORMATS = {".zip": "class folders and CSV", ".json": "Label Studio's JSON"}

label = typer.Typer(
    help="See what is to be labelled, label it, and import or export labels.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[Path | None, FOLDER]


def _person(name: str) -> str:
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise typer.BadParameter(f"a name has 1 to {LONGEST} characters that can be printed")
    return name


By = Annotated[
    str,
    typer.Option("--by", metavar="NAME", help="Whose labels they are.", callback=_person),
]


@label.command()
@with_exit_code
def queue(
    most: Annotated[
        int, typer.Option("--most", metavar="N", min=1, max=100_000, help="Frames.")
    ] = 12,
    by: By = BY,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List the frames that a person is to label next: number, what the model saw, and why.

    A server that runs fills the queue while somebody labels; this command does not.
    """
    from counterpoise.service.database import label_counts, label_queue

    with database_in(folder) as engine, engine.connect() as connection:
        found = label_queue.next_for(connection, by, most)
        counts = label_counts.states(connection)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(one) for one in found], indent=1))
        return
    for one in found:
        state = "" if one.state == "open" else f"({one.state}) "
        typer.echo(
            f"{one.result:>8}  {one.predicted:<16}  {one.camera_name}  {state}{one.reason}: "
            f"{one.why}"
        )
    said = ", ".join(f"{counts.get(state, 0)} {state}" for state in ("settled", "disputed", "open"))
    typer.echo(f"{said}; counterpoise serve label say NUMBER CLASS")


@label.command()
@with_exit_code
def say(
    frame: Annotated[
        int, typer.Argument(metavar="NUMBER", min=0, max=2**63 - 1, show_default=False)
    ],
    what: Annotated[
        str,
        typer.Argument(metavar="CLASS", help="A class of the model that runs.", show_default=False),
    ] = "",
    none: Annotated[bool, typer.Option("--none", help="None of the classes.")] = False,
    bad: Annotated[bool, typer.Option("--bad", help="A bad picture.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Somebody else is to say.")] = False,
    by: By = BY,
    folder: Folder = None,
) -> None:
    """Label a frame, in place of what the same person said of it before."""
    from counterpoise.errors import ArgumentError, near
    from counterpoise.service.database import labels
    from counterpoise.service.database.labels import BAD, CLASS, NONE, SKIPPED, Verdict

    given = [kind for kind, is_given in ((NONE, none), (BAD, bad), (SKIPPED, skip)) if is_given]
    if len(given) + bool(what) != 1:
        raise ArgumentError("a label is one of: a class, --none, --bad, --skip")
    with database_in(folder) as engine, engine.begin() as connection:
        from counterpoise.service.runtime.clock import now

        classes = _classes(connection)
        if what and what not in classes:
            raise ArgumentError(
                f"the model that runs has no class '{what[:80]}'{near(what, classes)}"
            )
        verdict = Verdict(CLASS, what) if what else Verdict(given[0])
        state = labels.give(connection, frame, by, verdict, now())
    typer.echo(f"frame {frame}: {verdict.words}; {state}")


@label.command()
@with_exit_code
def undo(by: By = BY, folder: Folder = None) -> None:
    """Take back the newest label of a person."""
    from counterpoise.service.database import labels

    with database_in(folder) as engine, engine.begin() as connection:
        from counterpoise.service.runtime.clock import now

        frame = labels.undo(connection, by, now())
    typer.echo("there is nothing to take back" if frame is None else f"frame {frame}: taken back")


@label.command("import")
@with_exit_code
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV, or JSON of Label Studio; - for stdin."),
    ],
    dry_run: DryRun = False,
    by: By = BY,
    folder: Folder = None,
) -> None:
    """Label the frames that a file names; a row with an unknown frame or class is refused.

    Exit code 1 when a row is refused; the others are labelled all the same.
    """
    from counterpoise.errors import DataError
    from counterpoise.service.labelling.reading import import_file

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from None
    with database_in(folder) as engine:
        from counterpoise.service.runtime.clock import now

        with engine.connect() as connection:
            classes = _classes(connection)
        report = import_file(engine, content, classes, now(), by, source=file.name, dry=dry_run)
    for refused in report.refused[:TOLD]:
        typer.echo(str(refused), err=True)
    if len(report.refused) > TOLD:
        typer.echo(f"and {len(report.refused) - TOLD} more", err=True)
    typer.echo(
        f"{report.rows} rows: {len(report.taken)} frames {'would be ' if dry_run else ''}labelled, "
        f"{len(report.refused)} rows refused"
    )
    if report.refused:
        raise typer.Exit(1)


@label.command()
@with_exit_code
def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".zip (class folders, CSV) or .json (tasks).")
    ],
    address: Annotated[
        str, typer.Option(metavar="URL", help="Of the server, in tasks of Label Studio.")
    ] = "http://127.0.0.1:8000",
    folder: Folder = None,
) -> None:
    """Export what is settled: a .zip that counterpoise trains with, or tasks of Label Studio."""
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import labels
    from counterpoise.service.database.labels import BAD, CLASS, NONE

    suffix = file.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(f"{one} ({what})" for one, what in FORMATS.items())
        raise ArgumentError(f"labels are exported as {known}; got '{file.name}'")
    settings = settings_of({} if folder is None else {"folder": folder})
    with database_in(folder) as engine, engine.connect() as connection:
        frames = labels.settled(connection, verdicts=(CLASS, NONE, BAD))

    from counterpoise.atomic import replacing
    from counterpoise.service.labelling import files
    from counterpoise.service.pictures.store import PictureStore

    if suffix == ".json":
        origin = address.rstrip("/")
        content = files.label_studio(
            frames, lambda one: f"{origin}/cameras/{one.camera}/picture?result={one.result}"
        )
        with replacing(file) as stream:
            stream.write(content)
        typer.echo(f"{file}: {len(frames)} frames")
        return
    with replacing(file) as stream:
        written = files.write_zip(stream, frames, PictureStore(settings.picture_store))
    for frame, why in written.left_out[:TOLD]:
        typer.echo(f"frame {frame} is left out: {why}", err=True)
    typer.echo(f"{file}: {len(written.frames)} pictures, {len(written.left_out)} left out")


def _classes(connection: "Connection") -> list[str]:
    """Those of the model that runs.

    Raises:
        ArgumentError: no model ever ran.
    """
    from sqlalchemy import select

    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import model_choices
    from counterpoise.service.database.tables import Model

    running = model_choices.current(connection)
    if running is None:
        raise ArgumentError("no model has run here yet: start the server once")
    found = connection.scalar(select(Model.classes).where(Model.id == running.model))
    return Model.names(found or "[]")
