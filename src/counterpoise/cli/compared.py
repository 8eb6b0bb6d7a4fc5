"""What ``counterpoise compare`` does with its options: compare, once or over a grid, and print."""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from counterpoise.cli.exits import OURS, complain

WIDTH = 120  # where no terminal says another


def compare_once(asked: Mapping[str, object], faults: Sequence[str], *, as_json: bool) -> None:
    """One comparison, its table and its advice.

    Args:
        asked: option -> what was typed.
        faults: what is wrong already.
        as_json: whether report.json is printed instead.
    """
    from counterpoise.experiments.option_words import on_command_line
    from counterpoise.experiments.options import Options

    options = Options.of(asked, on_command_line, faults)

    from counterpoise.comparison import report_of

    # Python loads libraries first: that is time of the command, too
    made = report_of(options, time.monotonic() - time.process_time())
    _show(options.out, made.as_json if as_json else None, made.text)
    for method in made.methods:
        if method.status == "failed":
            complain(f"{method.name} failed: {str(method.error).splitlines()[0]}")
    if made.failed:
        raise typer.Exit(OURS)


def compare_grid(
    lines: Sequence[str],
    asked: Mapping[str, object],
    faults: Sequence[str],
    *,
    plan: bool,
    as_json: bool,
) -> None:
    """The same at every point of a grid, or what there would be to do.

    Args:
        lines: what `--sweep` says, one axis each.
        asked: option -> what was typed.
        faults: what is wrong already.
        plan: whether nothing is trained.
        as_json: whether sweep.json is printed.
    """
    from counterpoise.experiments.option_words import on_command_line
    from counterpoise.sweep import door
    from counterpoise.sweep.grid import parse_axes
    from counterpoise.sweep.outline import lines as in_words

    axes = parse_axes(lines) if lines else {}
    question = door.ask(axes, asked, on_command_line, faults)
    if plan:
        for line in in_words(door.planned(question)):
            typer.echo(line)
        return
    found = door.conduct(question, lambda line: typer.echo(line, err=True))
    _show(found.folder, found.record().as_json if as_json else None, found.text)
    if found.broken:
        raise typer.Exit(OURS)


def _show(folder: Path, as_json: Callable[[], Any] | None, text: Callable[[int], str]) -> None:
    if as_json is not None:
        typer.echo(json.dumps(as_json(), indent=1, allow_nan=False))
        return
    typer.echo(f"report: {folder / 'report.html'}\n")
    typer.echo(text(shutil.get_terminal_size((WIDTH, 24)).columns))
