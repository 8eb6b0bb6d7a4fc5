"""Recipe -> objects. The only file that knows both recipes and classes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from counterpoise import (
    augment,
    heads,
    losses,
    posthoc,
    registry,
    samplers,
    steps,
    weights,
)
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import CounterpoiseError, RecipeError
from counterpoise.models.assemble import create
from counterpoise.models.catalog import about
from counterpoise.models.classifier import Classifier
from counterpoise.protocols import Posthoc, Sampler, Scores
from counterpoise.recipes.resolve import (
    network_shape,
    round_updates,
    stage_batch,
    stage_rounds,
)
from counterpoise.recipes.schema import Component, Recipe, Stage
from counterpoise.train.freeze import freeze_except
from counterpoise.train.offline import Enlargement
from counterpoise.train.pieces import Pieces
from counterpoise.train.schedule import make as make_schedule

if TYPE_CHECKING:
    from counterpoise import resamplers
    from counterpoise.resamplers.resampler import Resampler as Member

_FOLDERS = {
    "losses": losses,
    "weights": weights,
    "samplers": samplers,
    "steps": steps,
    "heads": heads,
    "posthoc": posthoc,
    "augment": augment,
}


@dataclass(frozen=True)
class Given:
    """What constructors may ask for by parameter name."""

    counts: ClassCounts
    labels: npt.NDArray[np.int64]  # (N,) of the training part
    seed: int
    rounds: int
    batch_size: int


def given(
    recipe: Recipe, number: int, counts: ClassCounts, labels: npt.NDArray[np.int64], seed: int
) -> Given:
    """What the constructors of one stage of a resolved recipe may ask for."""
    stage = recipe.stages[number]
    return Given(counts, labels, seed, stage_rounds(recipe, stage), stage_batch(recipe, stage))


def build_model(
    recipe: Recipe,
    input_shape: tuple[int, ...],
    num_classes: int,
    seed: int,
    data_root: str | None = None,
) -> Classifier:
    """The classifier of a resolved recipe, initialised from `seed` alone."""

    default = recipe.head == Component("Linear")  # a model may have an output layer of its own
    head = partial(getattr(heads, recipe.head.name), **recipe.head.parameters)
    options = dict[str, Any](recipe.model.parameters)
    keeps_head = options.pop("keep_head", False)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed CUDA as well
        model = create(
            recipe.model.name,
            input_shape,
            num_classes,
            head=None if default else head,
            data_root=data_root,
            **options,
        )
    if keeps_head:
        from counterpoise.models.pretrained import load_head  # takes torchvision with it

        load_head(model, str(options["weights"]))
    return model


def model_at(
    recipe: Recipe,
    number: int,
    input_shape: tuple[int, ...],
    num_classes: int,
    seed: int,
    data_root: str | None = None,
    learned: Mapping[str, Tensor] | None = None,
) -> Classifier:
    """The classifier as stage `number` begins; `learned` is what the stage before it saved."""
    model = build_model(recipe, input_shape, num_classes, seed, data_root)
    for earlier in range(number):
        _enter_stage(model, recipe, earlier, input_shape, seed)
    if learned is not None:
        model.load_state_dict(learned)
    _enter_stage(model, recipe, number, input_shape, seed)
    return model


def _enter_stage(
    model: Classifier, recipe: Recipe, number: int, input_shape: tuple[int, ...], seed: int
) -> None:
    """Give a model, trained by the stages before `number`, the head that this stage wants."""
    stage = recipe.stages[number]
    if stage.head is None and not stage.reset_head:
        return
    wanted = replace(recipe, head=stage.head or _head_before(recipe, number))
    assert model.spec is not None
    fresh = build_model(
        _without_weights(wanted), input_shape, model.spec.num_classes, seed + number
    )
    if not stage.reset_head:
        learned = model.head.state_dict()
        own = fresh.head.state_dict()
        fresh.head.load_state_dict({**own, **{k: v for k, v in learned.items() if k in own}})
    model.head = fresh.head
    assert fresh.spec is not None
    model.spec = replace(model.spec, head=fresh.spec.head)


def _head_before(recipe: Recipe, number: int) -> Component:
    heads_ = [stage.head for stage in recipe.stages[:number] if stage.head is not None]
    return heads_[-1] if heads_ else recipe.head


def _without_weights(recipe: Recipe) -> Recipe:
    """The same model untrained: only its head is wanted, so no weights file is read."""
    read = ("weights", "keep_head")
    parameters = {k: v for k, v in recipe.model.parameters.items() if k not in read}
    return replace(recipe, model=Component(recipe.model.name, parameters))


def build_pieces(recipe: Recipe, stage: Stage, model: Classifier, given: Given) -> Pieces:
    """Criterion, sampler, step, optimizers and schedule of one stage around `model`.

    Raises:
        RecipeError: a constructor refused its arguments, a glob or a frozen name matches no
            parameter, or nothing is left to learn.
    """
    asked = {**vars(given), "num_classes": given.counts.num_classes}
    step = _construct("steps", stage.step, asked)
    weights_ = None if stage.weights is None else _construct("weights", stage.weights, asked)
    criterion = Weighted(_construct("losses", stage.loss, asked), weights_)
    freeze_except(model, stage.train, stage.freeze)
    schedule = stage.schedule or recipe.schedule
    learning = [p for p in model.parameters() if p.requires_grad]
    return Pieces(
        model=model,
        criterion=criterion,
        sampler=build_sampler(stage, given),
        step=step,
        optimizers=[
            _optimizer(stage.optimizer or recipe.optimizer, learning, stage.lr_scale)
            for _ in range(step.num_optimizers)
        ],
        schedule=make_schedule(schedule.name, schedule.parameters, round_updates(recipe, stage)),
        augment=[_construct("augment", component, asked) for component in stage.augment],
    )


def try_stage(recipe: Recipe, number: int, input_shape: tuple[int, ...], given: Given) -> None:
    """Construct all that one stage trains with, around a model without values.

    Raises:
        CounterpoiseError: something refuses its arguments, or a glob matches no parameter.
    """
    stage = recipe.stages[number]
    with torch.device("meta"):
        shape, num_classes = network_shape(recipe, input_shape), given.counts.num_classes
        model = model_at(_without_weights(recipe), number, shape, num_classes, given.seed)
    if about(recipe.model.name).fitted_by is not None:
        return  # which nothing trains with pieces
    build_pieces(recipe, stage, model, given)
    if stage.resampler is not None:
        build_resampler(stage.resampler, given.seed).check(
            input_shape if stage.space == "inputs" else None
        )


def build_sampler(stage: Stage, given: Given) -> Sampler:
    """The sampler of a stage over the labels of its training set."""
    asked = {**vars(given), "num_classes": given.counts.num_classes}
    sampler: Sampler = _construct("samplers", stage.sampler, asked)
    return sampler


def build_enlargement(stage: Stage, given: Given) -> Enlargement | None:
    """What enlarges a stage's training set before it begins; None where nothing does.

    Its random numbers are not those of the augmentations that the stage applies batch by batch.
    """
    if stage.offline is None:
        return None
    asked = {**vars(given), "num_classes": given.counts.num_classes, "seed": given.seed + 2**32}
    augment_ = [_construct("augment", component, asked) for component in stage.offline.augment]
    about = json.dumps([stage.offline.as_dict(), given.seed])
    return Enlargement(stage.offline.copies, augment_, about)


def build_resampler(component: Component, seed: int) -> Member | resamplers.ImbalancedLearn:
    """A resampler of this package, or one of imbalanced-learn, as in ``imblearn:ADASYN``."""
    from counterpoise import resamplers  # scikit-learn takes a second, and few methods resample

    found = registry.find("resamplers", component.name)
    if found is not None and found.name != component.name:
        options = dict[str, Any](component.parameters)
        strategy = options.pop("sampling_strategy", "auto")
        return resamplers.ImbalancedLearn(
            name=component.name, sampling_strategy=strategy, random_state=seed, options=options
        )
    factory = getattr(resamplers, component.name)
    made: Member = _made("resamplers", factory, component, {"random_state": seed})
    return made


def seen_prior(stage: Stage, given: Given, drawn: Sequence[float] | None = None) -> list[float]:
    """Class shares (K,) that a stage's loss sees: the sampler's draws times class weights.

    `drawn` is what a sampler that goes by reports drew; the others know it beforehand.
    """
    asked = {**vars(given), "num_classes": given.counts.num_classes}
    share = np.asarray(drawn or _construct("samplers", stage.sampler, asked).seen, dtype=np.float64)
    if stage.weights is not None:
        weights_ = _construct("weights", stage.weights, asked)
        factors = weights_.per_class()
        if factors is not None:
            share = share * factors.double().cpu().numpy()
    return [float(s) for s in share / share.sum()]


def build_posthoc(recipe: Recipe, counts: ClassCounts) -> list[Posthoc]:
    """The decisions that follow training, in order, not yet fitted."""
    asked = {"counts": counts, "num_classes": counts.num_classes}
    return [_construct("posthoc", component, asked) for component in recipe.posthoc]


def loss_scores(recipe: Recipe) -> Scores:
    """ "logits" or "margins": what the last stage's loss makes of the model's outputs."""
    scores: Scores = getattr(losses, recipe.stages[-1].loss.name).scores
    return scores


def _construct(axis: str, component: Component, asked: Mapping[str, object]) -> Any:
    return _made(axis, getattr(_FOLDERS[axis], component.name), component, asked)


def _made(
    axis: str, factory: Callable[..., Any], component: Component, asked: Mapping[str, object]
) -> Any:
    wanted = inspect.signature(factory).parameters
    given = {name: value for name, value in asked.items() if name in wanted}
    try:
        return factory(**given, **component.parameters)
    except CounterpoiseError:
        raise
    except (TypeError, ValueError) as error:
        raise RecipeError(f"{axis}.{component.name}: {error}") from error


def _optimizer(
    component: Component, parameters: list[nn.Parameter], scale: float
) -> torch.optim.Optimizer:
    settings = dict(component.parameters)
    settings["lr"] = float(settings.get("lr", 0.01)) * scale  # type: ignore[arg-type]
    factory: Callable[..., torch.optim.Optimizer] = getattr(torch.optim, component.name)
    return factory(parameters, **settings)
