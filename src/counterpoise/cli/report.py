"""``counterpoise report``: make the report of finished runs again, without training."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.errors import ArgumentError


@with_exit_code
def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Output folders of compare, with --sweep too.",
            show_default=False,
        ),
    ],
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD", help="Print recall, precision and F1 of each class by METHOD, too."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json, one object per folder.")
    ] = False,
) -> None:
    """Make the report of DIR again; train nothing."""
    from counterpoise.cli.saved import is_sweep, require_experiment

    sweeps = [folder for folder in folders if is_sweep(folder)]
    for folder in folders:
        if folder not in sweeps:
            require_experiment(folder)
        elif classes is not None:
            raise ArgumentError(
                f"{folder} is a sweep; --classes is of one comparison, as in a folder below it"
            )

    from counterpoise.report import collect

    for folder in folders:
        if folder in sweeps:
            _sweep(folder, as_json)
            continue
        made = collect(folder)
        made.write(folder)
        if as_json:
            typer.echo(json.dumps(made.as_json(), allow_nan=False))
        else:
            typer.echo(f"report: {folder / 'report.html'}\n")
            typer.echo(made.text(shutil.get_terminal_size((120, 24)).columns))
            if classes is not None:
                typer.echo(f"\n{made.by_class(classes)}")


def _sweep(folder: Path, as_json: bool) -> None:
    from counterpoise.sweep.read import read
    from counterpoise.sweep.write import write

    found = read(folder)
    path = write(found)
    if as_json:
        typer.echo(json.dumps(found.record().as_json(), allow_nan=False))
    else:
        typer.echo(f"report: {path}\n")
        typer.echo(found.text(shutil.get_terminal_size((120, 24)).columns))
