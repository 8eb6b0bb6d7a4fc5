"""A model that scikit-learn fits at once, in place of a network and its updates."""

from __future__ import annotations

import time
import warnings

import numpy as np

from counterpoise.errors import DataError
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import Context, StageTask
from counterpoise.experiments.worker.read import fit_preprocess, read_data
from counterpoise.models.classifier import Classifier, FittedHead
from counterpoise.recipes import build
from counterpoise.train.feed import Feed

CHUNK = 4096
UNCONVERGED = (
    "scikit-learn's solver did not converge within {:,} iterations, so a longer fit may be better "
    "or worse (columns of very different scale, such as a few huge numbers, are the usual cause)"
)


def fit_model(task: StageTask, context: Context) -> tuple[Classifier, float, tuple[str, ...]]:
    """The fitted classifier, the seconds that fitting took, and what is to be said of it.

    It sees what a network would: the training part of the split, after preprocessing.

    Raises:
        DataError: scikit-learn refuses the data, such as where the first tree is no better than
            chance.
    """
    split = read_split(context.splits, task.data_split)
    inputs, labels = read_data(context, task.data_split)
    train = split["train"]
    preprocess = fit_preprocess(task.recipe, inputs, train, context)
    shape = preprocess.read_shape
    model = build.build_model(task.recipe, shape, len(context.classes), task.seed)
    head = model.head
    assert isinstance(head, FittedHead), "its entry in the catalogue says that it is fitted"
    feed = Feed(inputs[train], labels[train], preprocess, context.device)
    parts = [model.features(batch.inputs).float().cpu().numpy() for batch in feed.batches(CHUNK)]
    from sklearn.exceptions import ConvergenceWarning  # takes a second to import
    from threadpoolctl import threadpool_limits

    estimator = head.estimator(task.seed)
    started = time.perf_counter()
    try:
        with threadpool_limits(context.threads), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", ConvergenceWarning)
            estimator.fit(np.concatenate(parts).astype(np.float64), labels[train])
    except ValueError as error:
        name = task.recipe.model.name
        raise DataError(f"scikit-learn cannot fit {name} on these data: {error}") from error
    seconds = time.perf_counter() - started
    head.fill(estimator)  # it predicts as it is
    cut = any(issubclass(warning.category, ConvergenceWarning) for warning in warned)
    for warning in warned:
        if not issubclass(warning.category, ConvergenceWarning):
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return model, seconds, (UNCONVERGED.format(estimator.max_iter),) if cut else ()
