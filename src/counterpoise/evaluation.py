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
from counterpoise.data.sets.stored import stored
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.cells import SUFFIXES as TABLES
from counterpoise.data.tables.given import is_frame
from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments import option_rules
from counterpoise.experiments.identity import environment
from counterpoise.python_words import as_asked, errors_as_asked, python_call, python_data
from counterpoise.report.downloads import label_csv
from counterpoise.report.errors import errors_of
from counterpoise.report.errors.samples import Arrays
from counterpoise.report.evaluation.evaluated import Evaluated, judge
from counterpoise.report.evaluation.files import record, write_predictions
from counterpoise.report.evaluation.page import page
from counterpoise.report.number_format import listed

if TYPE_CHECKING:
    import numpy.typing as npt

    from counterpoise.predict import Ensemble, Predictor

ARGUMENTS = frozenset({"label", "group", "drop", "out", "data_root", "skip_corrupt"})
WORDS = "the model"
MOST_NAMED = 5  # classes that the model does not know
PER_CLASS = 6  # of the most confident errors that are shown


def evaluate(
    model: Predictor | Ensemble,
    dataset: object,
    *,
    label: str | None = None,
    group: str | None = None,
    drop: str | Sequence[str] = (),
    out: str | Path | None = None,
    words: str = WORDS,
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
        model: as ``predict.load`` gives it.
        dataset: what `compare` takes: a path or a name, a DataFrame, a pair (X, y), or a data set
            of torchvision or Hugging Face; what lies in memory is written below
            ``counterpoise-out/given``.
        label: of a table, the column of the class; by default as in training.
        group: column of samples that belong together; by default as in training.
        drop: of Hugging Face, columns that are not looked at.
        out: folder for evaluation.json, evaluation.html, predictions.csv and label-errors.csv; None
            writes nothing.
        words: what the model is, for the report.
        data_root: where named sets lie.
        skip_corrupt: leave damaged images out.
        trained_on: checksum of the data that the model was trained on, to warn of the same data; by
            default what a model of `compare` says of itself.
        command: as it was typed; by default this call, as Python has it.

    Raises:
        DataError: the data cannot be read, have a class that the model does not know, or no
            sample.
        ArgumentError: samples of another shape or kind than the model takes, or data that `compare`
            refuses, too.
        OutputError: `out` cannot be written.
    """
    given = {
        "label": label,
        "group": group,
        "drop": drop or None,
        "out": out,
        "words": None if words == WORDS else words,
        "data_root": data_root,
        "skip_corrupt": skip_corrupt or None,
        "trained_on": trained_on,
    }
    from counterpoise.predict.batches import predict_files  # loads torch

    data_words, note = python_data(dataset)
    call = python_call(
        "counterpoise.evaluate",
        ["model", data_words],
        {name: value for name, value in given.items() if value is not None},
        note,
    )
    with errors_as_asked(command, ARGUMENTS):
        size, channels = _form(model.input_shape)
        columns = model.columns
        source, question = _asked(model, dataset, {"label": label, "group": group, "drop": drop})
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
        labels_of = _matched(loaded, model.classes)
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
            words,
            tuple(model.classes),
            labels_of[loaded.labels[chosen]],
            names,
            predicted.scores,
            predicted.probabilities,
            None if loaded.groups is None else loaded.groups[chosen],
            tuple(
                as_asked(line, command, ARGUMENTS)
                for line in _warnings(
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


def _asked(
    model: Predictor | Ensemble, given: object, options: Mapping[str, object]
) -> tuple[str, TableQuestion | None]:
    """The data as a path or a name, and which column of a table is what."""
    columns = model.columns
    if columns is not None:
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
        return source, None
    if not isinstance(given, str | os.PathLike) and Path(source).suffix not in TABLES:
        raise ArgumentError(
            f"this model reads a table with the columns {listed([c.name for c in columns.columns])}"
            f"; got {type(given).__name__} (give a DataFrame with them)"
        )
    return source, TableQuestion(str(asked["label"]), str(asked["group"] or ""))


def _reads(model: Predictor | Ensemble) -> str:
    return f"this model reads samples of shape {model.input_shape}, no tables"


def _form(shape: tuple[int, ...]) -> tuple[str | None, int | None]:
    """Size and channels that images of other forms are brought to; None for other samples."""
    if len(shape) != 3:
        return None, None
    channels, height, width = shape
    return f"{width}x{height}", channels if channels in (1, 3) else None


def _matched(dataset: LabelledSet, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number of each of the data's classes among those of the model, -1 for one without samples."""
    number = {name: k for k, name in enumerate(classes)}
    present = np.bincount(dataset.labels, minlength=len(dataset.classes)) > 0
    unknown = [
        name
        for name, there in zip(dataset.classes, present, strict=True)
        if there and name not in number
    ]
    if unknown:
        some = ", ".join(f"'{name}'" for name in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        ours = ", ".join(f"'{name}'" for name in classes[:MOST_NAMED])
        ours += f" and {len(classes) - MOST_NAMED} more" if len(classes) > MOST_NAMED else ""
        raise DataError(
            f"the classes of '{dataset.name}' are among those of the model ({ours}); got {some}"
            f"{more} (rename its folders or labels, or leave these samples out)"
        )
    return np.array([number.get(name, -1) for name in dataset.classes], dtype=np.int64)


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


def _warnings(dataset: LabelledSet, classes: Sequence[str], *, was_trained_on: bool) -> list[str]:
    said = []
    if was_trained_on:
        said.append(
            "these are the very data that the model was trained on, so the numbers say nothing of "
            "new samples; the comparison's report has its test samples"
        )
    missing = sorted(set(classes) - {dataset.classes[k] for k in np.unique(dataset.labels)})
    if missing:
        named = ", ".join(f"'{name}'" for name in missing[:MOST_NAMED])
        said.append(
            f"{len(missing)} of {len(classes)} classes of the model have no sample here, so nothing"
            f" is said of them: {named}{' ...' if len(missing) > MOST_NAMED else ''}"
        )
    return [*said, *dataset.notes, *(f"left out: {reason}" for reason in dataset.skipped[:20])]
