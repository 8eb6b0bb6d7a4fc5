"""AdaBoost over decision trees (SAMME), fitted by scikit-learn: a baseline that is no network."""

from __future__ import annotations

import time

import numpy as np

from counterpoise.errors import DataError
from counterpoise.experiments.tasks import Context, StageTask
from counterpoise.experiments.worker.read import fit_preprocess, read_data, read_split
from counterpoise.models.classifier import Classifier
from counterpoise.models.trees import BoostedTrees
from counterpoise.recipes import build
from counterpoise.train.feed import Feed

CHUNK = 4096


def fit_trees(task: StageTask, context: Context) -> tuple[Classifier, float]:
    """The classifier with its trees, and the seconds that fitting took.

    Trees see what a network would: the training part of the split, after preprocessing.

    Raises:
        DataError: the first tree is no better than chance.
    """
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.tree import DecisionTreeClassifier

    split = read_split(context.splits, task.data_split)
    inputs, labels = read_data(context)
    train = split["train"]
    model = build.build_model(task.recipe, inputs.shape[1:], len(context.classes), task.seed)
    trees = model.head
    assert isinstance(trees, BoostedTrees), "a recipe of trees has a model of trees"
    feed = Feed(
        inputs[train], labels[train], fit_preprocess(task.recipe, inputs, train), context.device
    )
    parts = [model.features(batch.inputs).float().cpu().numpy() for batch in feed.batches(CHUNK)]
    fitted = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=trees.depth),
        n_estimators=trees.members,
        learning_rate=trees.learning_rate,
        random_state=task.seed,
    )
    started = time.perf_counter()
    try:
        fitted.fit(np.concatenate(parts), labels[train])
    except ValueError as error:
        raise DataError(f"scikit-learn cannot boost trees on these data: {error}") from error
    trees.fill(fitted)
    return model, time.perf_counter() - started
