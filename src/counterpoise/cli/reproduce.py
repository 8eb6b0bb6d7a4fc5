"""``counterpoise reproduce``: run a published table or figure again, reported beside measured."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.shared_options import DataRoot, Device, Jobs, PlanOnly, Stack
from counterpoise.reproduce import OUT

if TYPE_CHECKING:
    from counterpoise.reproduce.library import Known
    from counterpoise.reproduce.plan import Asked


@with_exit_code
def reproduce(
    entry: Annotated[
        str | None,
        typer.Argument(
            metavar="[PAPER/ENTRY]",
            help="What to run, such as buda2018/fig3-mnist; left out: what there is.",
        ),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AXIS=A,B", help="Only these values of an axis, as rho=10,100; may be repeated."
        ),
    ] = None,
    methods: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these of the entry's methods.")
    ] = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Repeats; the paper's number is in the list.")
    ] = 3,
    scale: Annotated[
        float,
        typer.Option(
            metavar="S", help="Length of each training, as a share of the paper's, such as 0.1."
        ),
    ] = 1.0,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="90s, 30m or 2h: most time to spend, least decided claims first."
        ),
    ] = None,
    plan: PlanOnly = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of all entries, which the same resumes.")
    ] = Path(OUT),
    jobs: Jobs = None,
    device: Device = "auto",
    engine: Annotated[
        str, typer.Option(metavar="E", help="local, or ray[://HOST:PORT]: on a Ray cluster.")
    ] = "local",
    stack: Stack = "off",
    data_root: DataRoot = None,
) -> None:
    """Run tables and figures of papers again: reported beside measured, a verdict on each claim."""
    from counterpoise.errors import ArgumentError
    from counterpoise.experiments.option_words import parse_duration
    from counterpoise.reproduce.library import find, read_papers

    if not (math.isfinite(scale) and 0 < scale <= 1):
        raise ArgumentError(f"--scale is above 0 and at most 1 (the paper's length); got {scale:g}")
    seconds = None if budget is None else parse_duration(budget, "--budget")
    root = None if data_root is None else str(data_root)
    known = read_papers()
    if entry is None:
        from counterpoise.reproduce.listing import listing

        for line in listing(list(known.values()), out, root):
            typer.echo(line)
        return
    from counterpoise.reproduce.plan import Asked

    asked = Asked(
        grid=_grid(grid or []),
        seeds=seeds,
        scale=scale,
        out=out,
        methods=tuple(m.strip() for m in methods.split(",")) if methods else (),
        jobs=jobs,
        device=device,
        engine=engine,
        stack=stack,
        data_root=root,
    )
    found = find(entry, known)
    if plan:
        _plan(found, asked)
        return
    if len(found) > 1:
        names = "\n  ".join(one.name for one in found)
        raise ArgumentError(f"'{entry}' is several entries; name one of them:\n  {names}")
    _run(found[0], asked, seconds)


def _run(known: "Known", asked: "Asked", seconds: float | None) -> None:
    from counterpoise.reproduce.conduct import conduct
    from counterpoise.reproduce.page import summary, verdicts, write_page

    measured = conduct(known, asked, lambda line: typer.echo(line, err=True), seconds)
    path = write_page(known, asked, measured)
    found = verdicts(known, asked, measured)
    typer.echo(f"report: {path}\n")
    typer.echo(summary(found))
    for one in found:
        why = f" ({one.why})" if one.why else ""
        typer.echo(f"  {one.said}: {one.claim.says}{why}")


def _plan(found: "Sequence[Known]", asked: "Asked") -> None:
    from counterpoise.reproduce.conduct import planned, stacked_lines
    from counterpoise.reproduce.listing import seconds_a_run
    from counterpoise.reproduce.plan import cells, command, rounds, trials
    from counterpoise.time_words import clock

    for one in found:
        why = one.why_not(asked.data_root)
        planning = cells if why else planned
        made = planning(one, asked)
        if one.entry.compute:
            typer.echo(f"{one.name}: cells {len(made)}; calculated, nothing is trained")
            continue
        methods = sum(len(cell.options["methods"]) for cell in made)
        number, tried = methods * asked.seeds, methods * trials(one, asked)
        runs = f"runs {number}{f' and {tried} trials of settings' if tried else ''}"
        ready = f"cannot be run here: {why}" if why else "can be run here"
        each = seconds_a_run(one, asked.out)
        share = rounds(one, asked) / one.entry.rounds
        time = (
            "time not measured"
            if each is None
            else f"about {clock(each * share * (number + tried))}"
        )
        typer.echo(f"{one.name}: cells {len(made)}, {runs}, {time}; {ready}")
        if len(found) == 1 and not why:
            for line in stacked_lines(made):
                typer.echo(f"  {line}")
    if len(found) == 1 and not why:
        typer.echo(f"next: {command(found[0], asked, asked.grid)}")


def _grid(lines: list[str]) -> dict[str, tuple[float, ...]]:
    from counterpoise.errors import ArgumentError

    found: dict[str, tuple[float, ...]] = {}
    for line in [part for text in lines for part in text.split()]:
        axis, _, values = line.partition("=")
        try:
            more = [float(value) for value in values.split(",")]
        except ValueError:
            raise ArgumentError(
                f"--grid names an axis and its values, as rho=10,100; got '{line}'"
            ) from None
        found[axis.strip()] = tuple(dict.fromkeys([*found.get(axis.strip(), ()), *more]))
    return found
