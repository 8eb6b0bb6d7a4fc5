"""The notebook door to one trained model: what does it do on labelled data that it has not seen?"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from counterpoise.atomic import write_text
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.load import load
from counterpoise.data.sets.hugging_face import is_hugging_face
from counterpoise.data.sets.refused import as_given
from counterpoise.data.sets.stored import stored
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.cells import SUFFIXES as TABLES
from counterpoise.data.tables.cells import read_header
from counterpoise.data.tables.given import is_frame
from counterpoise.errors import ArgumentError, DataError, near
from counterpoise.experiments import option_rules
from counterpoise.experiments.identity import environment
from counterpoise.python_words import (
    as_asked,
    errors_as_asked,
    python_call,
    python_data,
    python_value,
)
from counterpoise.report import Report
from counterpoise.report.downloads import label_csv
from counterpoise.report.errors import errors_of
from counterpoise.report.errors.samples import Arrays
from counterpoise.report.evaluation.evaluated import Evaluated, judge
from counterpoise.report.evaluation.files import record, write_predictions
from counterpoise.report.evaluation.matched import matched, warnings_of
from counterpoise.report.evaluation.model import model_of
from counterpoise.report.evaluation.page import page
from counterpoise.report.number_format import listed

if TYPE_CHECKING:
    from counterpoise.predict import Ensemble, Predictor

ARGUMENTS = frozenset({"label", "group", "drop", "out", "data_root", "skip_corrupt"})
WORDS = "the model"
OTHER_NAME = "label= where that of the classes has another name"
PER_CLASS = 6  # of the most confident errors that are shown


def evaluate(
    model: Predictor | Ensemble | Report | str | os.PathLike[str],
    dataset: object,
    *,
    label: str | None = None,
    group: str | None = None,
    drop: str | Sequence[str] = (),
    out: str | Path | None = None,
    words: str | None = None,
    data_root: str | None = None,
    skip_corrupt: bool = False,
    trained_on: str | None = None,
    command: str = "",
) -> Evaluated:
    """Predict labelled data, and say how good the model is on them.

    Where the data set has a test part of its own, only that is predicted, else everything.
    Classes go by their names. Intervals are drawn over groups of samples where the data have
    groups.

    Args:
        model: as ``predict.load`` or ``report.predictor()`` gives it; a report, of which it is
            that predictor; or a folder of `compare`, of a run or of a saved predictor.
        dataset: what `compare` takes: a path or a name, a DataFrame, a pair (X, y), or a data set
            of torchvision or Hugging Face; what lies in memory is written below
            ``counterpoise-out/given``.
        label: of a table, the column of the class; by default as in training.
        group: column of samples that belong together; by default as in training.
        drop: of Hugging Face, columns that are not looked at.
        out: folder for evaluation.json, evaluation.html, predictions.csv and label-errors.csv; None
            writes nothing.
        words: what the model is, for the report; by default its method and how many runs.
        data_root: where named sets lie.
        skip_corrupt: leave damaged images out.
        trained_on: checksum of the data that the model was trained on, to warn of the same data; by
            default what a model of `compare` says of itself.
        command: as it was typed; by default this call, as Python has it.

    Raises:
        DataError: the data cannot be read, have a class that the model does not know, or no
            sample.
        ArgumentError: no model, samples of another shape or kind than the model takes, or data that
            `compare` refuses, too.
        OutputError: `out` cannot be written.
    """
    given = {
        "label": label,
        "group": group,
        "drop": drop or None,
        "out": out,
        "words": words,
        "data_root": data_root,
        "skip_corrupt": skip_corrupt or None,
        "trained_on": trained_on,
    }
    from counterpoise.predict.batches import predict_files  # loads torch
    from counterpoise.predict.described import method_words

    data_words, note = python_data(dataset)
    call = python_call(
        "counterpoise.evaluate",
        [_model_words(model), data_words],
        {name: value for name, value in given.items() if value is not None},
        note,
    )
    with errors_as_asked(command, ARGUMENTS), as_given(dataset):
        model = model_of(model)
        size, channels = _form(model.input_shape)
        columns = model.columns
        asked = {"label": label, "group": group, "drop": drop}
        other_name = "rename that of the classes" if command else OTHER_NAME
        source, question = _asked(model, dataset, asked, other_name)
        read = partial(
            load,
            source,
            data_root=data_root,
            skip_corrupt=skip_corrupt,
            ignore=out,
            resize=model.input_resize,
            table=question,
            columns=columns,
        )
        loaded = read(size=size, channels=channels)
        if group is not None and loaded.groups is None:
            raise ArgumentError(f"group= names a column of the data; there is no '{group}' in them")
        labels_of = matched(loaded, model.classes)
        known = {trained_on} if trained_on else _trained_on(model)
        test = loaded.indices(2)
        chosen = test if len(test) else np.arange(len(loaded))
        if not len(chosen):
            raise DataError(f"'{source}' has no labelled sample to predict")
        inputs = loaded.inputs.select(chosen)
        if isinstance(inputs, FileInputs):
            predicted = predict_files(model, inputs.paths)
            names: Sequence[str] = inputs.names
        else:
            predicted = model.predict(np.asarray(inputs.read()))
            names = [str(i) if loaded.rows is None else loaded.rows[int(i)] for i in chosen]
        found = judge(
            loaded.name,
            words or method_words(model) or WORDS,
            tuple(model.classes),
            labels_of[loaded.labels[chosen]],
            names,
            predicted.scores,
            predicted.probabilities,
            None if loaded.groups is None else loaded.groups[chosen],
            tuple(
                as_asked(line, command, ARGUMENTS)
                for line in warnings_of(
                    loaded,
                    model.classes,
                    was_trained_on=not len(test) and _is_among(known, loaded, model, read, size),
                )
            ),
            is_test_part=bool(len(test)),
        )
        if out is None:
            found = replace(found, is_written=False)
        else:
            folder = Path(out)
            made = record(found, environment("cpu", 1), command or call)
            write_text(folder / "evaluation.json", made.text(indent=2))
            write_predictions(found, folder / "predictions.csv")
            errors = errors_of(
                replace(found.predicted, indices=chosen),
                Arrays(replace(loaded, labels=labels_of[loaded.labels]), loaded.rows),
                found.classes,
                per_class=PER_CLASS,
            )
            write_text(folder / "label-errors.csv", label_csv(errors.label_lines))
            write_text(folder / "evaluation.html", page(found, errors))
        return found


def _model_words(given: object) -> str:
    """The model as it is written in a call."""
    if isinstance(given, str | os.PathLike):
        return python_value(given)
    return "report" if isinstance(given, Report) else "model"


def _asked(
    model: Predictor | Ensemble, given: object, options: Mapping[str, object], other_name: str
) -> tuple[str, TableQuestion | None]:
    """The data as a path or a name, and which column of a table is what.

    `other_name` says what to do where the column of the class is called otherwise.
    """
    columns = model.columns
    reason = TableQuestion.reason
    if columns is not None:
        if options["label"] is None:
            reason = f"the classes, as the model's training named it; {other_name}"
            _require_label(given, columns.label, reason)
        known = {"label": columns.label, "group": columns.group or None}
        options = {**options, **{name: options[name] or known[name] for name in known}}
    elif is_frame(given):
        raise ArgumentError(f"{_reads(model)}; got a DataFrame (arrays are given as a pair (X, y))")
    found, asked = stored(given, options)
    source = (
        os.fsdecode(found)
        if isinstance(found, str | os.PathLike)
        else option_rules.dataset(found)  # which says what data are
    )
    if columns is None:
        if asked.get("label") is not None:
            raise ArgumentError(f"{_reads(model)}, so there is no column for label=; leave it out")
        if _is_plain_table(Path(source).expanduser()):
            raise ArgumentError(
                f"{_reads(model)}; '{source}' is a table"
                + (
                    " (a list of images has the columns path and label)"
                    if _takes_images(model)
                    else ""
                )
            )
        return source, None
    if not isinstance(given, str | os.PathLike) and Path(source).suffix not in TABLES:
        raise ArgumentError(
            f"this model reads a table with the columns {listed([c.name for c in columns.columns])}"
            f"; got {type(given).__name__} (give a DataFrame with them)"
        )
    return source, TableQuestion(str(asked["label"]), str(asked["group"] or ""), reason=reason)


def _require_label(given: object, label: str, reason: str) -> None:
    """Raise where what lies in memory has columns, and none of that name."""
    names = getattr(given, "columns" if is_frame(given) else "features", None)
    if names is not None and label not in names and (is_frame(given) or is_hugging_face(given)):
        raise ArgumentError(f"the data have no column '{label}' ({reason}){near(label, names)}")


def _is_plain_table(file: Path) -> bool:
    """Whether it is a table, and no list of images."""
    if file.suffix.lower() not in TABLES or not file.is_file():
        return False
    return file.suffix.lower() != ".csv" or "path" not in map(str.lower, read_header(file))


def _takes_images(model: Predictor | Ensemble) -> bool:
    return len(model.input_shape) == 3


def _reads(model: Predictor | Ensemble) -> str:
    what = "images" if _takes_images(model) else "samples"
    return f"this model reads {what} of shape {model.input_shape}, no tables"


def _form(shape: tuple[int, ...]) -> tuple[str | None, int | None]:
    """Size and channels that images of other forms are brought to; None for other samples."""
    if len(shape) != 3:
        return None, None
    channels, height, width = shape
    return f"{width}x{height}", channels if channels in (1, 3) else None


def _trained_on(model: Predictor | Ensemble) -> set[str]:
    """Checksums of the data, as trainings of `compare` note them in their models."""
    members = getattr(model, "predictors", [model])
    return {str(member.metadata.get("data", "")) for member in members} - {""}


def _is_among(
    trained_on: set[str],
    dataset: LabelledSet,
    model: Predictor | Ensemble,
    read: Callable[..., LabelledSet],
    size: str | None,
) -> bool:
    """Whether they are data of a training, which a frozen backbone read in a form of its own.

    The checksum depends on the form of the images; that of such a training was what `compare`
    reads by default, or the size that was asked for, with the channels of the files.
    """
    members = getattr(model, "predictors", [model])
    if dataset.checksum in trained_on:
        return True
    if not trained_on or all(member.frozen is None for member in members):
        return False
    return any(read(size=form).checksum in trained_on for form in (None, size))
