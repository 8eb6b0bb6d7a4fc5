"""``counterpoise show``: one method, axis member, model or data set in full."""

from collections.abc import Iterator
from typing import Annotated

import typer

from counterpoise.cli.columns import echo_pairs
from counterpoise.cli.exits import with_exit_code


@with_exit_code
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A method, a class such as CrossEntropy or losses.CrossEntropy, a model or a "
            "data set.",
            show_default=False,
        ),
    ],
    size: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="CxHxW",
            help="What model NAME costs for inputs of this size, such as 3x224x224 or 20: "
            "parameters, multiply-accumulates and memory, block by block.",
        ),
    ] = None,
    num_classes: Annotated[
        int | None,
        typer.Option(
            "--classes", metavar="K", help="With --input.  [default: 10]", show_default=False
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="With --input: a setting of the model, such as model.width=64; may be repeated.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --input: print JSON.")] = False,
) -> None:
    """Show NAME: a recipe, or arguments and text."""
    if size is not None:
        from counterpoise.cli.cost import show_cost

        show_cost(name, size, 10 if num_classes is None else num_classes, settings or [], as_json)
        return
    _require_input(num_classes, settings, as_json)
    _explain(name)


def _require_input(num_classes: int | None, settings: list[str] | None, as_json: bool) -> None:
    from counterpoise.errors import ArgumentError

    given = {"--classes": num_classes is not None, "--set": bool(settings), "--json": as_json}
    alone = ", ".join(option for option, there in given.items() if there)
    if alone:
        raise ArgumentError(f"{alone}: only together with --input, for what a model costs")


def _explain(name: str) -> None:
    from counterpoise.data import NAMED
    from counterpoise.errors import ArgumentError, near
    from counterpoise.metrics import METRICS
    from counterpoise.metrics.names import MEANINGS
    from counterpoise.models import catalog as models
    from counterpoise.recipes.published import published
    from counterpoise.recipes.shipped import method_names
    from counterpoise.registry import AXES, members

    axis_of = {
        spelled: (axis, member)
        for axis in AXES
        for member in members(axis)
        for spelled in (f"{axis}.{member}", member)
    }
    methods = (*method_names(), *published())
    if name in methods:
        _method(name)
    elif name in axis_of:
        _member(*axis_of[name])
    elif models.known(name):
        typer.echo(f"{name}: {models.about(name).summary}")
        typer.echo(f"\nuse: counterpoise compare DATA --model {name}")
        typer.echo(f"cost: counterpoise show {name} --input CxHxW")
    elif name in METRICS:
        typer.echo(f"{name}: {METRICS[name]}, {MEANINGS[name]}")
        typer.echo(f"\nuse: counterpoise compare DATA --select {name}")
    elif name in NAMED:
        _data(name)
    else:
        known = [*methods, *axis_of, *models.NAMES, *models.torchvision_names()]
        known += [*METRICS, *NAMED]
        hint = near(name, known)
        if hint.startswith("; known"):
            hint = "; `counterpoise ls` lists all names"
        raise ArgumentError(f"nothing is named '{name}'{hint}")


def _data(name: str) -> None:
    from counterpoise.data.sources.about import ABOUT

    about = ABOUT[name]
    typer.echo(f"{name}: {about.title}\nsource: {about.source}\nlicence: {about.licence}")
    if about.places:
        typer.echo(f"below the data root: {' or '.join(about.places)}")
    typer.echo(f"\nuse: counterpoise inspect {name}")


def _method(name: str) -> None:
    from counterpoise.recipes.load import load_methods
    from counterpoise.recipes.published import PUBLISHED, published
    from counterpoise.recipes.shipped import differences, method_text
    from counterpoise.recipes.toml import dumps

    typer.echo(method_text(name).rstrip())
    if apart := differences(name).values():
        typer.echo()
    for words in apart:
        typer.echo(f"differs from the paper: {words}")
    if f"{name}{PUBLISHED}" in published():
        typer.echo(f"exactly as published: counterpoise show {name}{PUBLISHED}")
    (recipe,) = load_methods([name], {}, {})
    typer.echo('\n# With the defaults of every method; 0 and "auto" are chosen from the data:')
    typer.echo(dumps(recipe.as_dict()).rstrip())


def _member(axis: str, name: str) -> None:
    from counterpoise.registry import members

    member = members(axis)[name]
    typer.echo(f"{axis}.{name}: {member.summary}\n")
    typer.echo(f"from {member.module.rpartition('.')[0]} import {name}\n")
    if member.parameters:
        typer.echo("arguments:")
        echo_pairs(_arguments(axis, name), indent="  ")
        typer.echo()
    typer.echo(member.doc.partition("\n")[2].strip("\n"))


def _arguments(axis: str, name: str) -> Iterator[tuple[str, str]]:
    from counterpoise.registry import members

    for key, parameter in members(axis)[name].parameters.items():
        default = "required" if parameter.required else f"= {parameter.default}"
        yield key, f"{parameter.annotation} {default}".strip()
