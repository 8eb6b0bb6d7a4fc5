"""Which trainings of a plan become one model: those of one shape, whatever else differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from counterpoise.experiments.identity import digest
from counterpoise.experiments.tasks import StackTask, StageTask, Task
from counterpoise.models.catalog import about

AUTO = 32  # trainings at a time, where nobody says how many; fewer where memory does not hold them
FREE = (  # of a stage: each training has its own
    "loss", "weights", "sampler", "augment", "resampler", "space", "offline", "contrast",
)  # fmt: skip
SHARED = ("model", "head", "train", "optimizer", "schedule")
OPTIMIZERS = ("SGD", "Adam", "AdamW")  # which change each parameter by its own gradient alone
PENALISED = ("OneVsRestSVM",)  # heads that add to the loss
WHOLE = ("32-true", "64-true", "bf16-true")  # precisions without a scale of each loss
ALONE = "no other has its shape"


def most_of(stack: int | str, device: str, engine: str = "local", devices: int = 1) -> int:
    """Trainings in a stack at most; 1 where there are none.

    Args:
        stack: as asked for: a number, "off", or "auto", which is on on a GPU of this machine.
        device: resolved.
        engine: its name.
        devices: that share each training.

    >>> most_of("auto", "cpu"), most_of("auto", "cuda"), most_of(3, "cpu"), most_of("off", "cuda")
    (1, 32, 3, 1)
    """
    if isinstance(stack, int):
        return stack
    on = stack == "auto" and device.startswith("cuda") and engine == "local" and devices == 1
    return AUTO if on else 1


def remark(stack: int | str, device: str, engine: str = "local", devices: int = 1) -> str:
    """What whoever asked for stacks is told before there are any; empty where nothing is.

    >>> remark("auto", "cpu")
    'stacked: none, as a CPU trains one network after another faster (--stack N does it anyway)'
    """
    if stack == "off":
        return ""
    if not device.startswith("cuda"):
        if stack == "auto":
            return (
                "stacked: none, as a CPU trains one network after another faster (--stack N does "
                "it anyway)"
            )
        return "stacked trainings are slower on a CPU than one after another: 2 to 4 times"
    if engine != "local":
        return f"stacked: none, as --engine {engine} has a GPU for each training"
    return "stacked: none, as --devices shares one training" if devices > 1 else ""


def why_alone(stage: StageTask) -> str:
    """Why a training is of itself alone; empty where others of its shape may join it."""
    recipe, own = stage.recipe, stage.recipe.stages[stage.number]
    model = about(recipe.model.name)
    optimizer = own.optimizer or recipe.optimizer
    if model.fitted_by is not None:
        return "is no network"
    if not stage.updates:
        return "has no updates"
    if stage.parent is not None:
        return "goes on from another training"
    if recipe.boosting is not None:
        return "is followed by members that it weighs samples for"
    if own.step.name != "Plain":
        return "makes more than one update of a batch"
    if own.train != ("*",) or own.freeze:
        return "trains a part of its network"
    if (own.head or recipe.head).name in PENALISED:
        return "has a head that adds a penalty to the loss"
    if optimizer.name not in OPTIMIZERS:
        return f"is trained by {optimizer.name}, not by {', '.join(OPTIMIZERS)}"
    if recipe.train.precision not in WHOLE:
        return "scales its loss by itself (mixed precision)"
    if not model.stacks:
        return f"has a network that cannot be stacked ({recipe.model.name})"
    if recipe.model.parameters.get("dropout"):
        return "draws dropout"
    return ""


def shape(stage: StageTask) -> str:
    """Equal for two trainings that may be one model."""
    given = stage.settings
    own = given["stage"]
    assert isinstance(own, dict), "a network's stage has settings"
    content = {key: value for key, value in own.items() if key not in FREE}
    return digest([content, *(given[key] for key in SHARED), stage.updates])


@dataclass(frozen=True)
class Stacks:
    """Trainings that become one model, and why the others do not."""

    together: tuple[StackTask, ...]
    alone: tuple[tuple[StageTask, str], ...]

    def lines(self, most: int) -> list[str]:
        """What a person is told."""
        number = sum(len(stack.stages) for stack in self.together)
        total = number + len(self.alone)
        reasons: dict[str, list[str]] = {}
        for stage, reason in self.alone:
            reasons.setdefault(reason, []).append(stage.recipe.name)
        models = "1 model" if len(self.together) == 1 else f"{len(self.together)} models"
        of_all = "training" if total == 1 else "trainings"
        tail = f", {models} of at most {most}" if number else ""
        said = [f"stacked: {number or 'none'} of {total} {of_all}{tail}"]
        for reason, names in reasons.items():
            of = ", ".join(dict.fromkeys(names))
            said.append(f"  one by one: {len(names)} ({of}): {reason}")
        return said


def stacks(stages: Sequence[StageTask], most: int) -> Stacks:
    """Divide stages into stacks of at most so many, as evenly as can be.

    Args:
        stages: distinct, none of them finished.
        most: trainings in a stack.
    """
    reasons = {stage.id: why_alone(stage) for stage in stages}
    groups: dict[str, list[StageTask]] = {}
    for stage in stages:
        if not reasons[stage.id]:
            groups.setdefault(shape(stage), []).append(stage)
    together: list[StackTask] = []
    for key, members in groups.items():
        for part in StackTask(tuple(members), key).parts(most):
            if isinstance(part, StackTask):
                together.append(part)
            else:
                reasons[part.id] = ALONE
    return Stacks(tuple(together), tuple((s, reasons[s.id]) for s in stages if reasons[s.id]))


def stacked(tasks: Sequence[Task], most: int, finished: Collection[str] = ()) -> list[Task]:
    """The same tasks, with each stack at the place of its first stage.

    Args:
        tasks: of one dispatch.
        most: trainings in a stack.
        finished: ids of stages that are not trained again.
    """
    left = [task for task in tasks if isinstance(task, StageTask) and task.id not in finished]
    first = {stack.stages[0].id: stack for stack in stacks(left, most).together}
    taken = {stage.id for stack in first.values() for stage in stack.stages}
    return [first.get(task.id, task) for task in tasks if task.id in first or task.id not in taken]
