"""``counterpoise export``: a trained model for runtimes that know nothing of torch or of us."""

from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code

FORMATS = {"onnx": "onnx"}  # what --format takes -> name of the folder in the run's own


@with_exit_code
def export(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A run folder, or an output folder of compare: then the model that it advises.",
            show_default=False,
        ),
    ],
    form: Annotated[str, typer.Option("--format", metavar="F", help="onnx.")] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to make; default: onnx, in RUN."),
    ] = None,
    features: Annotated[
        bool,
        typer.Option("--features", help="Give what the head reads, too, as a further output."),
    ] = False,
) -> None:
    """Write RUN's model as ONNX: raw samples in, decisions out.

    Several runs of one method are one model, the mean of their probabilities, as in predict.
    DIR gets model.onnx, export.json (classes, inputs, rules, versions) and SHA256SUMS, or nothing.
    """
    from counterpoise.cli.saved import predictors
    from counterpoise.errors import ArgumentError, near

    if form not in FORMATS:
        raise ArgumentError(f"no export format '{form}'{near(form, FORMATS)}")
    folders, which = predictors(run)
    if features and len(folders) > 1:
        raise ArgumentError(
            f"--features is for one network, and {run} has several: {which} (export one of them, "
            f"such as {folders[0].parent}, or leave --features out)"
        )
    folder = out or (run if len(folders) > 1 else folders[0].parent) / FORMATS[form]

    from counterpoise.predict import Ensemble, load
    from counterpoise.predict.exported import export_onnx

    members = [load(path) for path in folders]
    predictor = Ensemble(members) if len(folders) > 1 else members[0]
    training, described = None, ""
    if features:
        from counterpoise.errors import DataError
        from counterpoise.experiments.training_part import training_samples

        try:
            training = training_samples(
                folders[0].parent, predictor.input_shape, predictor.input_dtype
            )
            described = f"features of {len(training)} training samples are described in export.json"
        except DataError as error:
            described = f"features of the training are not described: {error}"
    made = export_onnx(predictor, folder, features=features, training=training)
    there = "" if made.written else " (was there already, the same)"
    typer.echo(f"exported {which} to {made.folder}{there}")
    typer.echo(f"largest difference from PyTorch on made-up samples: {made.difference:.1e}")
    if described:
        typer.echo(described)
