"""The command line: one file per verb. A verb imports what it needs when it runs.

``counterpoise --help`` answers before torch, numpy or rich could be loaded, and what a user
mistypes is found before torch is.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from counterpoise.cli.compare import compare
from counterpoise.cli.doctor import doctor
from counterpoise.cli.evaluate import evaluate
from counterpoise.cli.export import export
from counterpoise.cli.inspect import inspect
from counterpoise.cli.ls import ls
from counterpoise.cli.plan import plan
from counterpoise.cli.predict import predict
from counterpoise.cli.report import report
from counterpoise.cli.reproduce import reproduce
from counterpoise.cli.run import run
from counterpoise.cli.serve import serve
from counterpoise.cli.several import spread
from counterpoise.cli.show import show
from counterpoise.cli.streams import forgive_encodings
from counterpoise.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    name="counterpoise",
    add_completion=False,
    rich_markup_mode=None,  # plain text: pipes read it, and rich need not be loaded for it
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"counterpoise {__version__}")
        raise typer.Exit


@app.callback()
def _counterpoise(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Learning from class-imbalanced data: remedies, and an honest comparison of them.

    Exit code: 0 good, 1 a run failed or a defect of counterpoise, 2 something that you can mend,
    130 interrupted.
    """


for _verb in (compare, inspect, ls, show, run, report, reproduce):
    app.command(_verb.__name__)(_verb)
for _other in (predict, evaluate, export, plan, doctor):
    app.command(_other.__name__)(_other)
app.add_typer(serve, name="serve")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` is ``sys.argv[1:]`` if left out."""
    forgive_encodings()
    try:
        words = sys.argv[1:] if arguments is None else arguments
        app(args=spread(words), prog_name="counterpoise")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0
