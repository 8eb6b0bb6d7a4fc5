"""``counterpoise run``: one recipe, or the rest of an interrupted run."""

from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import OURS, complain, with_exit_code
from counterpoise.cli.shared_options import DataRoot, Device


@with_exit_code
def run(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="RECIPE.toml|RUN_FOLDER",
            help="A recipe with a [data] table, or the folder of a run to finish.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output folder; default: counterpoise-out/RECIPE."),
    ] = None,
    device: Device = "auto",
    devices: Annotated[
        int | None,
        typer.Option(metavar="N", help="Devices that share the training's batches; default: one."),
    ] = None,
    data_root: DataRoot = None,
) -> None:
    """Train one recipe, or resume a run folder."""
    from counterpoise.errors import ArgumentError

    if not path.exists():
        raise ArgumentError(f"{path}: no such recipe or run folder")

    from counterpoise.experiments.run_recipe import run as run_one
    from counterpoise.records import RunRecord

    root = None if data_root is None else str(data_root)
    folder = run_one(path, out=out, device=device, devices=devices, data_root=root)
    said = RunRecord.read(folder / "report.json")
    typer.echo(f"{said.method} {said.split}: {said.status} ({folder})")
    typer.echo(f"numbers: counterpoise report {folder.parents[2]}")
    if said.status == "failed":
        complain(f"{said.method} failed: {str(said.error).splitlines()[0]}")
        raise typer.Exit(OURS)
