"""``counterpoise ls``: the methods, models, data sets and axis members there are."""

import tomllib
from typing import Annotated

import typer

from counterpoise.cli.columns import echo_pairs
from counterpoise.cli.exits import with_exit_code

OTHERS = "torchvision"
NO_TIMM = "any model of timm, once there: pip install 'counterpoise[timm]'"


@with_exit_code
def ls(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[methods|models|data|AXIS]", help="What to list; default: everything."
        ),
    ] = None,
) -> None:
    """List methods, models, data sets, axes."""
    from counterpoise.errors import ArgumentError, near
    from counterpoise.registry import AXES

    known = ("methods", "models", "data", *AXES)
    if what is not None and what not in known:
        raise ArgumentError(f"nothing is listed under '{what}'{near(what, known)}")
    for section in known if what is None else [what]:
        rows = _rows(section)
        if what is None and section == "models":
            rest = [name for name, text in rows if text.startswith(OTHERS)]
            rows = [row for row in rows if not row[1].startswith(OTHERS)]
            rows.append(("...", f"{len(rest)} of torchvision: counterpoise ls models"))
        if what is None and rows:
            typer.echo(f"{section}:")
        echo_pairs(rows, indent="  " if what is None else "")


def _rows(section: str) -> list[tuple[str, str]]:
    if section == "methods":
        from counterpoise.recipes.shipped import method_names, method_text

        tables = {name: tomllib.loads(method_text(name)) for name in method_names()}
        return [(name, str(table.get("title", name))) for name, table in tables.items()]
    if section == "models":
        from counterpoise.models import catalog

        ours = [(name, catalog.about(name).summary + _weights(name)) for name in catalog.NAMES]
        others = sorted(catalog.torchvision_names())
        count = len(catalog.timm_names())
        timm = f"one of {count} of timm; timm.list_models() names them" if count else NO_TIMM
        named = [(name, OTHERS + _weights(name)) for name in others]
        return [*ours, *named, (f"{catalog.TIMM}NAME", timm)]
    if section == "data":
        from counterpoise.data import NAMED

        return list(NAMED.items())
    if section == "metrics":
        from counterpoise.metrics import LOWER_IS_BETTER, METRICS

        better = {name: "; lower is better" if name in LOWER_IS_BETTER else "" for name in METRICS}
        return [(name, f"{title}{better[name]}") for name, title in METRICS.items()]
    from counterpoise.registry import members

    return [(name, member.summary) for name, member in members(section).items()]


def _weights(name: str) -> str:
    """What is known of the published weights of a model, for who chooses a backbone."""
    from counterpoise.models.backbones import BACKBONES, MACHINE

    known = BACKBONES.get(name)
    if known is None:
        return ""
    return (
        f"; ImageNet weights {known.megabytes:.0f} MB ({known.licence}), {known.speed:.0f} "
        f"images/s at 224 x 224 on {MACHINE}"
    )
