"""``counterpoise evaluate``: how good is a trained model on new labelled data?"""

import itertools
import shlex
import shutil
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.shared_options import DataRoot, Device, Prior, RunOrReport


@with_exit_code
def evaluate(
    folder: RunOrReport,
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="Labelled data, as compare takes them; classes go by their names.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder to write; default: counterpoise-out/NAME-evaluated, or a further one "
            "where that is another evaluation's.",
        ),
    ] = None,
    prior: Prior = None,
    device: Device = "cpu",
    data_root: DataRoot = None,
    skip_corrupt: Annotated[
        bool, typer.Option("--skip-corrupt", help="Leave damaged images out, and list them.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print evaluation.json on stdout.")
    ] = False,
) -> None:
    """Predict labelled DATA with a saved model, and say how good it is there.

    Of a data set with a test part of its own, that part is predicted, else everything. Writes
    evaluation.html, evaluation.json and predictions.csv (the most confident errors first).
    """
    from counterpoise.cli.predict_inputs import read_prior
    from counterpoise.cli.saved import predictors
    from counterpoise.data.label_codes import one_line
    from counterpoise.errors import ArgumentError
    from counterpoise.records import ClaimRecord

    shares = None if prior is None else read_prior(prior)
    if _is_model(Path(dataset)) and not _is_model(folder):
        raise ArgumentError(
            f"the model comes first, then the data; got the data '{folder}' first (counterpoise "
            f"evaluate {shlex.quote(dataset)} {shlex.quote(str(folder))})"
        )
    folders, which = predictors(folder)
    command = shlex.join(["counterpoise", *sys.argv[1:]])
    place = out or _default_place(dataset, command)
    if place.exists() and any(place.iterdir()) and not (place / "evaluation.json").is_file():
        raise ArgumentError(f"--out is an empty folder or one of an evaluation; got {place}")
    whole = folder if (folder / "claim.json").is_file() else folder.absolute().parents[2]
    claim = ClaimRecord.read_if_there(whole / "claim.json")

    from counterpoise.evaluation import evaluate as evaluated
    from counterpoise.predict import Ensemble, load
    from counterpoise.report.evaluation.sentences import text

    model = Ensemble([load(path, device) for path in folders])
    if shares is not None:
        model = model.with_prior(shares)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        found = evaluated(
            model,
            dataset,
            out=place,
            words=which,
            data_root=None if data_root is None else str(data_root),
            skip_corrupt=skip_corrupt,
            trained_on=None if claim is None else claim.dataset,
            command=command,
        )
    for message in dict.fromkeys(str(warning.message) for warning in warned):
        typer.echo(one_line(f"warning: {message}"), err=True)
    if as_json:
        typer.echo((place / "evaluation.json").read_text("utf-8"), nl=False)
        return
    typer.echo(f"predicted by {which}\nreport: {place / 'evaluation.html'}\n")
    typer.echo(text(found, shutil.get_terminal_size((100, 24)).columns))


def _is_model(folder: Path) -> bool:
    """Whether it is a run, or an output folder of compare."""
    return any((folder / name).exists() for name in ("predictor", "experiment.json", "claim.json"))


def _default_place(dataset: str, command: str) -> Path:
    """A folder named as that of a comparison, which holds nothing or the same evaluation."""
    from counterpoise.experiments.option_rules import folder_of

    named = [Path(dataset).stem or "data", "evaluated"]
    further = (folder_of(*named, str(number)) for number in itertools.count(2))
    places = itertools.chain([folder_of(*named)], further)
    return next(place for place in places if not place.exists() or _is_of(place, command))


def _is_of(place: Path, command: str) -> bool:
    """Whether a folder is empty, or its evaluation that of the command, however it is printed."""
    from counterpoise.errors import DataError
    from counterpoise.records import EvaluatedRecord

    if place.is_dir() and not any(place.iterdir()):
        return True
    try:
        found = EvaluatedRecord.read_if_there(place / "evaluation.json")
    except DataError:
        return False
    mine, other = (shlex.split(text) for text in (command, found.command if found else ""))
    return [word for word in mine if word != "--json"] == [w for w in other if w != "--json"]
