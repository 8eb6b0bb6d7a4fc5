"""Score and save a run whose stages are trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.experiments.encoded import encoding_of
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.identity import environment
from counterpoise.experiments.run_folder import (
    BACKBONES,
    PREDICTOR,
    write_outputs,
    write_report,
    write_training,
)
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import Context, Outcome, RunTask, learning_rate
from counterpoise.experiments.worker import posthoc
from counterpoise.experiments.worker.adaboost import read_weights
from counterpoise.experiments.worker.extract import load_extractor
from counterpoise.experiments.worker.read import (
    Parts,
    fit_preprocess,
    load_model,
    parts_of,
    read_data,
)
from counterpoise.experiments.worker.stage_folder import read_history
from counterpoise.metrics import Evaluation
from counterpoise.models import describe
from counterpoise.models.catalog import about, whole_of
from counterpoise.models.classifier import Classifier
from counterpoise.predict import Ensemble, Predictor
from counterpoise.recipes import build
from counterpoise.recipes.schema import Recipe
from counterpoise.records import ResampledRecord, RunRecord
from counterpoise.records.run import Values
from counterpoise.train import device as devices
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed
from counterpoise.train.history import converged, mean_shares

Outputs = dict[str, npt.NDArray[np.generic]]


def score_run(task: RunTask, inherited: Outcome | None, context: Context) -> Outcome:
    """Score the last stage's model on validation and test, and write the run's folder."""
    folder = context.out / task.folder
    updated = about(task.recipe.model.name).fitted_by is None
    split = read_split(context.splits, task.data_split)
    parts = parts_of(
        task.recipe, split, read_data(context, task.data_split)[1], context.classes, task.seed
    )
    finished = [stage_done(context.out / "stages" / stage) for stage in task.stages]
    done = [stage for stage in finished if stage is not None]
    kind = build.loss_scores(task.recipe)
    made = partial(
        RunRecord,
        identity=task.identity,
        method=task.recipe.name,
        title=task.recipe.title,
        split=task.split,
        seconds=sum(stage.seconds for stage in done),
        evaluation_seconds=sum(stage.evaluation_seconds for stage in done),
        updates=sum(stage.updates for stage in done),
        stages=task.stages,
        lr=learning_rate(task.recipe) if updated else None,
        control=task.recipe.control,
        reference=task.recipe.reference,
        scores=kind,
        notes=(*task.notes, *parts.notes, *(note for stage in done for note in stage.notes)),
        probabilities=kind == "logits",
    )
    machine = environment(context.device, context.threads)
    write_training(folder, machine, _history(task, context))
    if inherited is not None and inherited.status != "ok":
        report = made(status=inherited.status, error=inherited.error, converged=None)
        write_report(folder, report)
        return Outcome(task.id, inherited.status, inherited.error)
    outputs, training = _outputs(task, context, folder, split, parts)
    write_outputs(folder, outputs, [context.out / "stages" / stage for stage in task.stages])
    if training is not None:
        made = partial(made, training_values=training)
    report = made(status="ok", error=None, converged=_converged(task, context) if updated else True)
    write_report(folder, report)
    return Outcome(task.id, "ok")


def _converged(task: RunTask, context: Context) -> bool | None:
    """Whether every stage was long enough for its loss to settle; None if it is not known."""
    stages = [read_history(context.out / "stages" / stage) for stage in task.stages]
    histories = [[done.plain() for done in rounds] for rounds in stages if rounds]
    steady = [converged(history, histories[0][0]) for history in histories]
    return False if False in steady else None if None in steady else True


def _outputs(
    task: RunTask,
    context: Context,
    folder: Path,
    split: Mapping[str, npt.NDArray[np.int64]],
    parts: Parts,
) -> tuple[Outputs, Values | None]:
    """Scores after posthoc for both evaluated parts; the predictor of a run is saved on the way.

    Validation scores are out of fold, so that a rule which learned there is not favoured. A split
    without validation has none, and no rule that learns. Metrics of the training samples come
    with them where the recipe has these recorded.
    ``*_before`` are the probabilities that posthoc was given, where there is any.
    """
    recipe = task.recipe
    inputs, labels = read_data(context, task.data_split)
    counts = parts.counts
    preprocess = fit_preprocess(recipe, inputs, split["train"], context)
    shape, classes = preprocess.read_shape, len(context.classes)
    fabric = devices.fabric(context.device, recipe.train.precision)
    models: dict[int, Classifier] = {}  # by place among the run's stages
    for place in _deciding(recipe, task.stages):
        number = place % len(recipe.stages)
        model = build.model_at(recipe, number, shape, classes, task.seed, context.data_root)
        model.load_state_dict(load_model(context.out / "stages" / task.stages[place]))
        models[place] = model.to(fabric.device)
    kind = build.loss_scores(recipe)
    rules = partial(build.build_posthoc, recipe, counts)
    raw: dict[str, npt.NDArray[np.float64]] = {}
    validates = len(split["validation"]) > 0
    where = {"validation": split["validation"]} if validates else {}
    where["test"] = split["test"]
    if recipe.train.record != "usual" and not task.is_trial:
        where["training"] = parts.train
    for part, positions in where.items():
        feed = Feed(inputs[positions], labels[positions], preprocess, fabric.device)
        found = [scores(model, feed).astype(np.float64) for model in models.values()]
        if recipe.ensemble is not None and recipe.ensemble.mean == "arithmetic":
            tables = found if kind == "margins" else [posthoc.probabilities(t) for t in found]
            raw[part] = np.mean(tables, axis=0)
            continue
        raw[part] = found[0] if len(found) == 1 else _mean_log(found)
        if kind == "logits":
            raw[part] = posthoc.probabilities(raw[part])
    target, groups = labels[split["validation"]], split.get("validation_groups")
    fitted = posthoc.fit(rules(), raw.get("validation", np.zeros((0, classes))), target)
    after: dict[str, npt.NDArray[np.floating[Any]]] = {}
    if validates:
        after["validation"] = posthoc.out_of_fold(rules, raw["validation"], target, groups)
    after["test"] = posthoc.apply(fitted, raw["test"])
    outputs: Outputs = {}
    for part, values in after.items():
        outputs[f"{part}_scores"] = values.astype(np.float32)
        if fitted and kind == "logits":
            outputs[f"{part}_before"] = raw[part].astype(np.float32)
        if kind == "logits":
            share = values / values.sum(1, keepdims=True)
            outputs[f"{part}_probabilities"] = share.astype(np.float32)
    training = None
    if "training" in where:
        seen = posthoc.apply(fitted, raw["training"])
        share = seen / seen.sum(1, keepdims=True) if kind == "logits" else None
        training = Evaluation.from_scores(seen, labels[parts.train], classes, share).values()
    if task.is_trial:
        return outputs, None
    members = [
        Predictor(
            model.cpu(),
            preprocess,
            context.classes,
            posthoc=fitted,
            scores=kind,
            prior=_prior(task, place, counts, labels[parts.train], context),
            frozen=load_extractor(context, task.data_split),
            table=encoding_of(context, task.data_split),
            metadata={
                "method": recipe.name,
                "split": task.split,
                "data": context.checksum,
                "counts": list(counts.values),
                "model": describe_model(recipe, model, context),
            },
        )
        for place, model in models.items()
    ]
    mean = "geometric" if recipe.ensemble is None else recipe.ensemble.mean
    saved = members[0] if len(members) == 1 else Ensemble(members, mean=mean)
    saved.save(folder / PREDICTOR, shelf=context.out / BACKBONES)
    return outputs, training


def _deciding(recipe: Recipe, stages: Sequence[str]) -> Sequence[int]:
    """Places of the stages whose models decide: the last one's, or one of each member."""
    if recipe.boosting is not None:
        return range(len(stages))
    each = len(recipe.stages)
    return range(each - 1, len(stages), each)


def _mean_log(members: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Mean log probabilities (N, K) of several models' scores."""
    from scipy.special import log_softmax  # half a second that few runs need

    mean: npt.NDArray[np.float64] = np.mean(log_softmax(members, axis=2), axis=0)
    return mean


def _prior(
    task: RunTask,
    place: int,
    counts: ClassCounts,
    labels: npt.NDArray[np.int64],
    context: Context,
) -> list[float]:
    """Class shares (K,) that a stage's loss saw: a member's by the weights of its samples."""
    recipe, number = task.recipe, place % len(task.recipe.stages)
    stage, folder = recipe.stages[number], context.out / "stages" / task.stages[place]
    if recipe.boosting is not None:
        weight = read_weights(folder, len(labels))
        seen = np.bincount(labels, weights=weight, minlength=counts.num_classes)
        return [float(share) for share in seen / seen.sum()]
    given = build.given(recipe, number, counts, _met(folder, labels), task.seed)
    return build.seen_prior(stage, given, _drawn(folder))


def _drawn(stage: Path) -> list[float] | None:
    """Mean share (K,) of each class in a stage's batches, where its sampler kept changing it."""
    return mean_shares([done.as_json() for done in read_history(stage)])


def _met(stage: Path, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Labels (N,) of the training set that a stage saw: its own, where it was resampled."""
    record = ResampledRecord.read_if_there(stage / "resampled.json")
    if record is None:
        return labels
    return np.repeat(np.arange(len(record.counts), dtype=np.int64), record.counts)


def describe_model(recipe: Recipe, model: Classifier, context: Context) -> str:
    """A model in words, such as "lenet5 (431 080 parameters)"."""
    text = describe(model)
    weights = recipe.model.parameters.get("weights")
    text += f", weights {Path(str(weights)).name}" if weights else ""
    if context.frozen:
        backbone = dict(context.frozen)
        model_name = str(backbone["model"])
        half = whole_of(model_name) != model_name
        of = f"the first half of {whole_of(model_name)}" if half else model_name
        text = text.partition(", weights ")[0]
        text += (
            f" on frozen features of {of}, weights "
            f"{Path(str(backbone['weights'])).name}, at {backbone['size']} x {backbone['size']}"
        )
    return text


def _history(task: RunTask, context: Context) -> str:
    """All rounds of all stages of a run, one JSON object a line, updates counted through."""
    lines: list[str] = []
    updates = 0
    stages, several = task.recipe.stages, task.recipe.ensemble is not None
    for number, identity in enumerate(task.stages):
        rounds = read_history(context.out / "stages" / identity)
        member, own = divmod(number, len(stages))
        name = f"member-{member + 1}-{stages[own].name}" if several else stages[own].name
        for done in rounds:
            place = {"stage": name, "stage_index": number}
            total = {**place, "updates": done.updates + updates}
            lines.append(done.model_copy(update=total).line())
        updates += rounds[-1].updates if rounds else 0
    return "".join(lines)
