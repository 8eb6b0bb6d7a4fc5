"""``counterpoise serve model``: the models of a server, from a terminal, while it runs or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_settings import FOLDER, database_in, settings_of
from counterpoise.cli.shared_options import Number

if TYPE_CHECKING:
    from sqlalchemy import Engine

BY = "the command line"

model = typer.Typer(
    help="Add, try, promote and roll back models, also while the server runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[Path | None, FOLDER]


@model.command("list")
@with_exit_code
def list_(folder: Folder = None) -> None:
    """List the model that runs, and the candidates."""
    from counterpoise.service.database import candidates, model_choices

    with database_in(folder) as engine, engine.connect() as connection:
        running, found = model_choices.current(connection), candidates.every(connection)
    if running is not None:
        typer.echo(f"runs: {running.name} ({running.digest[:12]})")
    for one in found:
        is_running = running is not None and one.model == running.model
        state = "runs" if is_running else one.state
        typer.echo(
            f"{one.id:>6}  {state:<8}  {one.name}  {one.seen} frames seen  {one.fault}".rstrip()
        )


@model.command()
@with_exit_code
def add(
    export: Annotated[
        Path, typer.Argument(metavar="EXPORT", help="What counterpoise export wrote.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="Default: the folder's.")] = "",
    folder: Folder = None,
) -> None:
    """Add a candidate: a model that may take the running one's place."""
    from counterpoise.service.promotion.promoting import add

    with _changing(folder) as (engine, place, now):
        number = add(engine, place, export, BY, now, name=name)
    typer.echo(f"candidate {number} (counterpoise serve model shadow {number} shows it frames)")


@model.command()
@with_exit_code
def shadow(
    number: Number,
    by_rule: Annotated[
        bool, typer.Option("--by-rule", help="Promote it as soon as the rule holds.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Show a candidate the frames of the running model; no result comes of it."""
    from counterpoise.service.database import candidates
    from counterpoise.service.promotion.promoting import matched_classes

    with _changing(folder) as (engine, _, now), engine.begin() as connection:
        matched_classes(connection, candidates.one(connection, number).classes)
        candidates.shadow(connection, number, by_rule, now, BY)


@model.command()
@with_exit_code
def stop(number: Number, folder: Folder = None) -> None:
    """Show a candidate no more frames."""
    from counterpoise.service.database import candidates

    with _changing(folder) as (engine, _, now), engine.begin() as connection:
        candidates.stop(connection, number, now, BY)


@model.command()
@with_exit_code
def promote(number: Number, folder: Folder = None) -> None:
    """Have a candidate run in place of the model that runs."""
    from counterpoise.service.promotion.promoting import promote

    with _changing(folder) as (engine, place, now):
        name = promote(engine, place, number, BY, now)
    typer.echo(f"{name} runs, within a second where the server does")


@model.command()
@with_exit_code
def rollback(folder: Folder = None) -> None:
    """Have the model run again that ran before."""
    from counterpoise.service.promotion.promoting import roll_back

    with _changing(folder) as (engine, place, now):
        name = roll_back(engine, place, BY, now)
    typer.echo(f"{name} runs, within a second where the server does")


@model.command()
@with_exit_code
def remove(number: Number, folder: Folder = None) -> None:
    """Forget a candidate; results by it, if it ever ran, stay."""
    from counterpoise.service.promotion.promoting import remove

    with _changing(folder) as (engine, place, now):
        remove(engine, place, number, BY, now)


@contextmanager
def _changing(folder: Path | None) -> Iterator[tuple["Engine", Path, int]]:
    """The database, the server's folder, and now."""
    settings: Any = settings_of({} if folder is None else {"folder": folder})
    with database_in(folder) as engine:
        from counterpoise.service.runtime.clock import now

        yield engine, settings.folder, now()
