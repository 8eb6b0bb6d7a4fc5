"""``counterpoise inspect``: what is in a data set, before anything is trained on it."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.shared_options import AsJson, Data, DataRoot, Drop, Label, Size

if TYPE_CHECKING:
    from counterpoise.data.labelled import LabelledSet
    from counterpoise.data.sources.rows import TableQuestion

MOST = 20  # classes that are listed
PARTS = ("train", "validation", "test")


@with_exit_code
def inspect(
    data: Data,
    label: Label = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of a table: as in compare.")
    ] = None,
    drop: Drop = None,
    categories: Annotated[
        str | None, typer.Option(metavar="A,B", help="Of a table: as in compare.")
    ] = None,
    data_root: DataRoot = None,
    skip_corrupt: Annotated[
        bool,
        typer.Option("--skip-corrupt", help="Decode every image now; leave damaged ones out."),
    ] = False,
    size: Size = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="P", help="As in compare: also count what it would train on and test with."
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="V", help="Likewise, with validation: profiled, beside, balanced or none."
        ),
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(metavar="S", help="Of each class's training samples; needs --validation."),
    ] = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Decode every image; name the damaged ones, leave none out."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count and check DATA; train nothing.

    Class counts, imbalance, image sizes and modes, what is left out, exact duplicates within and
    across parts, tiny classes, and groups that file names suggest.
    """
    from counterpoise.data.inspect import inspect as inspect_set
    from counterpoise.data.label_codes import one_line
    from counterpoise.data.load import load
    from counterpoise.data.splits.checks import KINDS

    root = None if data_root is None else str(data_root)
    question = _question(data, label, group, drop, categories)
    dataset = load(data, data_root=root, size=size, skip_corrupt=skip_corrupt, table=question)
    report = inspect_set(dataset, deep=deep)
    asked = (profile, validation, validation_share) != (None, None, None)
    parts = _divided(dataset, profile, validation, validation_share) if asked else {}
    if as_json:
        whole = {**report.to_dict(), "skipped": list(dataset.skipped)}
        typer.echo(json.dumps({**whole, **({"split": parts} if asked else {})}, indent=1))
        return
    typer.echo(report.text())
    if deep:
        _echo_damaged(dataset, report.damaged)
    if asked:
        typer.echo(one_line(f"divided as by compare --profile {profile or 'none'} "
                            f"--validation {validation or KINDS[0]}, seed 0:"))  # fmt: skip
        _echo_parts(dataset.classes, parts)
    for name in dataset.skipped:
        typer.echo(one_line(f"skipped: {name}"))


def _question(
    data: str, label: str | None, group: str | None, drop: str | None, categories: str | None
) -> "TableQuestion | None":
    """Which column of a table is what."""
    from counterpoise.data.sources.rows import TableQuestion
    from counterpoise.data.tables.column_list import column_list
    from counterpoise.data.tables.without_label import without_label
    from counterpoise.errors import ArgumentError

    if label is None:
        given = {"--group": group, "--drop": drop, "--categories": categories}
        for option, value in given.items():
            if value:
                raise ArgumentError(without_label(option, "--label", data, value))
        return None
    return TableQuestion(label, group or "", column_list(drop or ""), column_list(categories or ""))


def _echo_damaged(dataset: "LabelledSet", damaged: Sequence[str]) -> None:
    """What came of decoding every image."""
    from counterpoise.data.image_files import FileInputs
    from counterpoise.data.label_codes import one_line

    if not isinstance(dataset.inputs, FileInputs):
        typer.echo("decoded: nothing, as the samples are no image files")
        return
    typer.echo(f"decoded: {len(dataset)} images, {len(damaged)} damaged")
    for fault in damaged:
        typer.echo(one_line(f"damaged: {fault}"))


def _divided(
    dataset: "LabelledSet", profile: str | None, validation: str | None, share: float | None
) -> dict[str, list[int]]:
    """Samples of each class in each part of the first split."""
    import numpy as np

    from counterpoise.data import parse
    from counterpoise.data.splits.checks import KINDS
    from counterpoise.data.splits.split import make_splits
    from counterpoise.data.splits.validation import SHARE
    from counterpoise.errors import ArgumentError, near

    kind = next((kind for kind in KINDS if kind == (validation or KINDS[0])), None)
    if kind is None:
        listed = ", ".join(KINDS[:-1])
        raise ArgumentError(
            f"--validation is {listed} or {KINDS[-1]}; got '{validation}'"
            f"{near(validation or '', KINDS)}"
        )
    if share is not None and not 0 < share < 1:
        raise ArgumentError(f"--validation-share lies between 0 and 1; got {share:g}")
    if share is not None and kind == "none":
        raise ArgumentError("--validation-share is a share of nothing with --validation none")
    (split,) = make_splits(
        dataset,
        parse(profile or "none"),
        seeds=[0],
        validation=kind,
        validation_share=SHARE if share is None else share,
    )
    return {
        part: np.bincount(
            dataset.labels[getattr(split, part)], minlength=len(dataset.classes)
        ).tolist()
        for part in PARTS
    }


def _echo_parts(classes: Sequence[str], parts: Mapping[str, Sequence[int]]) -> None:
    """A line for each class, that with the most training samples first."""
    from counterpoise.data.label_codes import one_line

    order = sorted(range(len(classes)), key=lambda k: (-parts["train"][k], k))
    half = MOST // 2
    shown = order if len(order) <= MOST else [*order[:half], *order[-half:]]
    names = [one_line(name)[:28] for name in classes]
    wide = max(5, *(len(names[k]) for k in shown))
    typer.echo(f"{'class':<{wide}}" + "".join(f"{part:>12}" for part in parts))
    for place, k in enumerate(shown):
        if len(order) > MOST and place == half:
            typer.echo(f"... {len(order) - MOST} classes in between")
        typer.echo(f"{names[k]:<{wide}}" + "".join(f"{counts[k]:>12}" for counts in parts.values()))
    total = "".join(f"{sum(counts):>12}" for counts in parts.values())
    typer.echo(f"{'all':<{wide}}{total}")
