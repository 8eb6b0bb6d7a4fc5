"""``counterpoise plan``: which machines to rent for these cameras."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.saved import exported_model

if TYPE_CHECKING:
    from counterpoise.service.planner.planning import Plan
    from counterpoise.service.planner.reading import Cameras, Prices

MONTH = 730  # hours


@with_exit_code
def plan(
    cameras: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="CSV, JSON or GeoJSON, as `serve camera export` writes it."
        ),
    ],
    instances: Annotated[
        Path,
        typer.Option(metavar="PRICES.toml", help="Types of machines with their prices an hour."),
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Run folder or exported model, to measure here what a frame costs."
        ),
    ] = None,
    cpu_per_frame: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds of a core a frame, instead of measuring."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.5, max=3600, help="Most time to plan for.")
    ] = 8.0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write which camera goes on which machine."),
    ] = None,
) -> None:
    """The cheapest machines for these cameras, beside a bound that no plan goes below."""
    from counterpoise.atomic import write_text
    from counterpoise.errors import ArgumentError

    if model is not None and cpu_per_frame is not None:
        raise ArgumentError("--model measures what --cpu-per-frame gives; name one of them")
    from counterpoise.service.planner.planning import plan as packed
    from counterpoise.service.planner.reading import priced, read_cameras, read_prices

    prices = read_prices(instances)
    if model is not None:
        cpu_per_frame = _measured(model)
    asked = read_cameras(cameras, priced(prices.frame, {"cpu": cpu_per_frame}))
    with _nothing_printed():
        found = packed(asked.streams, prices.instances, seconds)
    for line in _lines(asked, prices, found):
        typer.echo(line)
    if out is not None:
        write_text(out, json.dumps(_as_json(asked, prices, found), indent=1) + "\n")
        typer.echo(f"\nwhich camera goes on which machine: {out}")
    else:
        typer.echo(
            "\nnext: the same with --out plan.json writes which camera goes on which machine"
        )


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Keep off the page what the solver HiGHS prints in some cases even where it is told not to."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _measured(model: Path) -> float:
    from counterpoise.errors import ArgumentError

    try:
        from counterpoise.service.planner.measuring import frame_cost
    except ImportError as error:
        raise ArgumentError(
            f"measuring needs {error.name}: pip install 'counterpoise[serve]' (or give "
            "--cpu-per-frame)"
        ) from None
    typer.echo("measuring what a frame costs here: about 15 s", err=True)
    found = frame_cost(exported_model(model))
    typer.echo(f"a frame costs {1000 * found:.2f} ms of a core here", err=True)
    return found


def _lines(asked: "Cameras", prices: "Prices", found: "Plan") -> list[str]:
    from counterpoise.service.planner.problem import RESOURCES, UNITS, Machine

    names = [one.name for one in prices.instances]
    of: dict[int, list[Machine]] = {}
    for machine in found.machines:
        of.setdefault(machine.instance, []).append(machine)
    rent = ", ".join(f"{len(of[k])} x {names[k]}" for k in sorted(of))
    lines = [
        f"Rent {rent}: {found.price:.2f} an hour, {found.price * MONTH:.0f} a month, for "
        f"{len(asked.streams)} cameras and {asked.rate:.4g} frames/s."
    ]
    if found.is_proved:
        lines.append("No other choice from this price list is cheaper.")
    else:
        gap = found.price / found.bound - 1
        lines.append(
            f"No choice costs less than {found.bound:.2f}; this one is at most {gap:.1%} above the "
            "cheapest (--seconds 60 looks longer)."
        )
    beside = [f"a machine for each camera would cost {found.alone:.2f}"]
    if found.one_type is not None and found.only is not None:
        beside.append(f"only {names[found.only]}, the best single type, {found.one_type:.2f}")
    lines.append(f"Beside it: {'; '.join(beside)}.")
    if asked.resting:
        lines.append(f"{asked.resting} cameras are switched off and left out.")
    lines += ["", f"{'instance':20} machines cameras  fullest in"]
    for k in sorted(of):
        loads = [
            sum(asked.streams[n].ways[w][r] for machine in of[k] for n, w in machine.streams)
            / len(of[k])
            for r in range(len(RESOURCES))
        ]
        shares = [
            load / most if most else 0.0
            for load, most in zip(loads, prices.instances[k].capacity, strict=True)
        ]
        r = max(range(len(shares)), key=shares.__getitem__)
        inside = sum(len(machine.streams) for machine in of[k])
        lines.append(
            f"{names[k]:20} {len(of[k]):8} {inside:7}  {RESOURCES[r]}: {loads[r]:.3g} of "
            f"{prices.instances[k].capacity[r]:.3g} {UNITS[r]} each ({shares[r]:.0%})"
        )
    lines.append(f"(a headroom of {prices.headroom:.0%} of each machine is left free)")
    return lines


def _as_json(asked: "Cameras", prices: "Prices", found: "Plan") -> dict[str, object]:
    return {
        "price": round(found.price, 6),
        "bound": round(found.bound, 6),
        "machines": [
            {
                "instance": prices.instances[machine.instance].name,
                "cameras": [
                    {
                        "name": asked.streams[n].name,
                        "on": "gpu" if asked.streams[n].ways[w][2] else "cpu",
                    }
                    for n, w in machine.streams
                ],
            }
            for machine in found.machines
        ],
    }
