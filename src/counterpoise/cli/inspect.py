"""``counterpoise inspect``: what is in a data set, before anything is trained on it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code


@with_exit_code
def inspect(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A named set (counterpoise ls data), a folder of class folders, x.npz or x.csv.",
            show_default=False,
        ),
    ],
    data_root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where named sets lie; default: $COUNTERPOISE_DATA."),
    ] = None,
    skip_corrupt: Annotated[
        bool,
        typer.Option("--skip-corrupt", help="Decode every image now; leave damaged ones out."),
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(metavar="N", help="Side of resized images in pixels, or as in 160x120."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count and check DATA; train nothing.

    Class counts, imbalance, image sizes and modes, what is left out, exact duplicates within and
    across parts, tiny classes, and groups that file names suggest.
    """
    from counterpoise.data import load
    from counterpoise.data.inspect import inspect as inspect_set
    from counterpoise.data.label_codes import one_line

    root = None if data_root is None else str(data_root)
    dataset = load(data, data_root=root, size=size, skip_corrupt=skip_corrupt)
    report = inspect_set(dataset)
    if as_json:
        typer.echo(json.dumps({**report.to_dict(), "skipped": list(dataset.skipped)}, indent=1))
        return
    typer.echo(str(report))
    for name in dataset.skipped:
        typer.echo(one_line(f"skipped: {name}"))
