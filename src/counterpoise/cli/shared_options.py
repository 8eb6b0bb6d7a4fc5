"""Options that several commands have, each said once."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A named set (counterpoise ls data), a folder of class folders, x.npz, x.csv or "
        "x.parquet.",
        show_default=False,
    ),
]
Label = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Of a table: the column of the class.")
]
Drop = Annotated[str | None, typer.Option(metavar="A,B", help="Of a table: columns to leave out.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="N", help="Side of resized images in pixels, or as in 160x120."),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where named sets lie; default: $COUNTERPOISE_DATA."),
]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", help="Trainings at once; default: one per core.")
]
Device = Annotated[str, typer.Option(metavar="D", help="auto, cpu, cuda or cuda:N.")]
Stack = Annotated[
    str,
    typer.Option(
        metavar="N",
        help="Train up to N networks of one shape as one model; auto: 32 on a GPU, else off.",
    ),
]
RunOrReport = Annotated[
    Path,
    typer.Argument(
        metavar="RUN_OR_REPORT",
        help="A run folder, or an output folder of compare: the method it advises.",
        show_default=False,
    ),
]
Prior = Annotated[
    str | None,
    typer.Option(
        metavar="P,P,...",
        help="Class shares where the model is used, in the order of its classes; sum 1.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Check and count the runs; train nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", show_default=False)]
