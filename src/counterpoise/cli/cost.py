"""What ``counterpoise show MODEL --input 3x224x224`` prints."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from counterpoise.models.cost import Cost

HEADINGS = ("block", "parameters", "MACs", "bytes kept")
NOTE = """\
For one sample, in float32. 1 MAC (multiply-accumulate) is 2 FLOP; those of convolutions, matrix
products and attention are counted. Bytes kept: what a training step holds for its backward pass,
weights not included."""


def show_cost(
    name: str, size: str, num_classes: int, settings: Sequence[str], as_json: bool
) -> None:
    """Print parameters, multiply-accumulates and activation memory of a model.

    Raises:
        ArgumentError: no such model or option, or an input that it cannot take.
    """
    from counterpoise.errors import ArgumentError
    from counterpoise.models import catalog

    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*)*", size):
        raise ArgumentError(
            f"--input takes the sizes of one sample joined by x, such as 3x224x224; got '{size}'"
        )
    if num_classes < 2:
        raise ArgumentError(f"--classes is at least 2; got {num_classes}")
    options = _options(settings)
    catalog.check_options(catalog.check(name), options)
    shape = tuple(int(side) for side in size.split("x"))

    from counterpoise.models.cost import cost

    found = cost(name, shape, num_classes, options)
    if as_json:
        asked = {"model": name, "input": list(shape), "classes": num_classes, "options": options}
        typer.echo(json.dumps(asked | _json(found), indent=1, allow_nan=False))
        return
    given = "".join(f", {key} = {value}" for key, value in options.items())
    typer.echo(f"{name} for {size}, {num_classes} classes{given}\n")
    for line in _table(found):
        typer.echo(line)
    total = found.total
    typer.echo(
        f"\n{total.parameters / 1e6:.3g} M parameters, {_short(total.macs)}MACs, "
        f"{_short(total.saved)}B kept for each sample of a training batch.\n"
        f"Prediction holds at most {_short(found.peak)}B of activations a sample at once."
    )
    typer.echo(NOTE)


def _options(settings: Sequence[str]) -> dict[str, Any]:
    from counterpoise.cli.settings import read_settings
    from counterpoise.errors import ArgumentError

    given, faults = read_settings(settings)
    faults += [
        f"--set {key}: beside --input only model. has settings" for key in given if _other(key)
    ]
    if faults:
        raise ArgumentError("\n".join(faults))
    return {key.removeprefix("model."): value for key, value in given.items()}


def _other(key: str) -> bool:
    return not key.startswith("model.") or key in ("model.name", "model.weights")


def _table(found: "Cost") -> list[str]:
    rows: list[tuple[str, ...]] = [HEADINGS]
    rows += [
        (
            block.name,
            *(f"{n:,}".replace(",", " ") for n in (block.parameters, block.macs, block.saved)),
        )
        for block in (*found.blocks, found.total)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{cell:>{width}}" if place else f"{cell:<{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _json(found: "Cost") -> dict[str, Any]:
    def numbers(block: Any) -> dict[str, int]:
        return {
            "parameters": block.parameters,
            "macs": block.macs,
            "saved_bytes": block.saved,
        }

    return {
        **numbers(found.total),
        "peak_bytes": found.peak,
        "blocks": [{"name": block.name, **numbers(block)} for block in found.blocks],
    }


def _short(number: int) -> str:
    """Three digits and a power of 1000: "1.81 G"."""
    value, power = float(number), 0
    while value >= 999.5 and power < 4:
        value, power = value / 1000, power + 1
    return f"{value:.3g} {('', 'k', 'M', 'G', 'T')[power]}"
