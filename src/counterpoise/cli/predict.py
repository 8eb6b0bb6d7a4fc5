"""``counterpoise predict``: classify files with a saved run, or as a comparison advises."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.shared_options import AsJson, Device, Prior, RunOrReport
from counterpoise.printable import printable

if TYPE_CHECKING:
    from counterpoise.predict import Ensemble, Prediction

Row = tuple[str, str | None, list[float] | None]


@with_exit_code
def predict(
    folder: RunOrReport,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATHS...",
            help="Image files, folders of images, x.csv or x.parquet of a model of tables, or "
            "x.npy with raw samples (N, ...).",
            show_default=False,
        ),
    ],
    prior: Prior = None,
    device: Device = "cpu",
    skip_corrupt: Annotated[
        bool,
        typer.Option("--skip-corrupt", help="Leave damaged images out; stderr lists them."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Classify PATHS with a saved model.

    Prints one line for each input: its name (of a row of a table, file and line), the class and,
    unless the model makes margins, the probability, separated by tabs. A row without a single
    value keeps its place, without a class. In names, a tab, a line break and a backslash are
    written as \\t, \\n and \\\\; --json has them as they are. Several runs of one method predict
    together.
    """
    from counterpoise.cli.predict_inputs import gather, read_prior, whole, with_listed
    from counterpoise.cli.saved import predictors
    from counterpoise.data.label_codes import one_line
    from counterpoise.errors import DataError

    shares = None if prior is None else read_prior(prior)
    folders, which = predictors(folder)
    files, arrays = gather(paths)

    from counterpoise.predict import Ensemble, load

    model = Ensemble([load(path, device) for path in folders])
    if model.columns is None:
        files, arrays = with_listed(files, arrays)
    if shares is not None:
        model = model.with_prior(shares)
    skipped: list[str] = []
    if skip_corrupt:
        files, skipped = whole(files, model.input_shape)
        for reason in skipped:
            typer.echo(one_line(f"skipped: {reason}"), err=True)
        if not files and not arrays:
            raise DataError(f"none of {len(skipped)} images can be read")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        rows = _predictions(model, files, arrays)
    for message in dict.fromkeys(str(warning.message) for warning in warned):
        typer.echo(one_line(f"warning: {message}"), err=True)
    typer.echo(f"predicted by {which}", err=True)
    if as_json:
        said = {
            "predictor": which,
            "classes": list(model.classes),
            "prior": shares,
            "skipped": skipped,
            "predictions": [
                {"input": name, "class": label, "probabilities": probabilities}
                for name, label, probabilities in rows
            ],
        }
        typer.echo(json.dumps(said, indent=1, allow_nan=False))
        return
    for name, label, probabilities in rows:
        sure = [] if probabilities is None else [f"{max(probabilities):.4f}"]
        typer.echo("\t".join([_cell(name), _cell(label or ""), *sure]))


def _cell(name: str) -> str:
    r"""A name between tabs in one line: what is not printed is written as in Python's literals.

    >>> print(_cell("a\tb\\c"))
    a\tb\\c
    """
    from counterpoise.data.label_codes import one_line

    return one_line(printable(name.replace("\\", "\\\\")))


def _predictions(model: "Ensemble", files: Sequence[Path], arrays: Sequence[Path]) -> list[Row]:
    """One of each input, in order: name, class and probabilities; of an empty row the name."""
    import numpy as np

    from counterpoise.cli.predict_inputs import read_array
    from counterpoise.data.tables.row_names import RowNames
    from counterpoise.predict.batches import predict_files

    found: list[Row] = []
    if files:
        found += _rows([str(path) for path in files], predict_files(model, files))
    for path in arrays:
        samples, names = read_array(path, model.columns)
        rows = _rows(list(names), model.predict(np.asarray(samples)))
        if isinstance(names, RowNames) and names.empty:
            typer.echo(
                f"warning: {path}: without a single value, so without a prediction: "
                f"{names.listed(names.empty)}",
                err=True,
            )
            numbered = dict(zip(names.numbers, rows, strict=True))
            numbered |= {number: (names.called(number), None, None) for number in names.empty}
            rows = [numbered[number] for number in sorted(numbered)]
        found += rows
    return found


def _rows(names: Sequence[str], prediction: "Prediction") -> list[Row]:
    table = prediction.probabilities
    return [
        (name, label, None if table is None else [float(p) for p in table[i]])
        for i, (name, label) in enumerate(zip(names, prediction.names, strict=True))
    ]
