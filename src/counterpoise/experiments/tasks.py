"""What travels to a worker: plain data that names one piece of work."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import Inputs
from counterpoise.data.labelled import Kind
from counterpoise.data.size import STRETCH, Resize, Size
from counterpoise.experiments.cost import CostRule
from counterpoise.recipes.schema import Recipe
from counterpoise.records import Status

RUNS = "runs"  # of a comparison's folder: what is compared; trials lie beside it


@dataclass(frozen=True)
class Streamed:
    """Image files that are decoded again and again, because memory does not hold them all.

    Args:
        files: of every sample.
        histograms: a ``.npy`` of how often each byte occurs in them; see ``data.survey``.
        memory: bytes of decoded images that a training may keep.
        threads: that decode for one training.
        sizes: a ``.npy`` of height and width (N, 2) of images that are kept whole; None of others.
    """

    files: FileInputs
    histograms: Path
    memory: int
    threads: int
    sizes: Path | None = None


@dataclass(frozen=True)
class Whole:
    """Decoded images that are as long as they are; they lie end to end.

    Args:
        sizes: a ``.npy`` of their heights and widths (N, 2).
        form: height and width of their middles.
    """

    sizes: Path
    form: tuple[int, int]


@dataclass(frozen=True)
class Context:
    """What all tasks of an experiment share.

    `inputs` is a ``.npy`` of every sample, decoded, unless they are `streamed`; `splits` maps a
    split's name to its ``.npz``.
    """

    out: Path
    inputs: Path
    labels: Path
    kind: Kind
    classes: tuple[str, ...]
    splits: Path
    device: str
    threads: int
    select: str
    checkpoint_every: float
    data_root: str | None
    frozen: tuple[tuple[str, object], ...] = ()  # the feature extractor, for the saved predictor
    streamed: Streamed | None = None
    whole: Whole | None = None  # of `inputs`
    inputs_of: tuple[tuple[str, Path], ...] = ()  # by data split, where each has its own
    cost: CostRule | None = None
    image_seconds: float | None = None  # of one core, that features of one image took
    held: Mapping[Path, NDArray[Any]] = field(default_factory=dict)  # read already, by their file
    resize: Resize = STRETCH  # how images came to their size
    encodings: tuple[tuple[str, str], ...] = ()  # of a table, by data split, as JSON
    checksum: str = ""  # of the data
    devices: int = 1  # processes, each with a device of its own, that share a training


@dataclass(frozen=True)
class StageTask:
    """Train one stage; `parent` is the stage whose parameters it starts from."""

    id: str
    recipe: Recipe
    number: int
    split: str
    data_split: str  # differs from `split` where a control has training data of its own
    seed: int
    parent: str | None
    settings: dict[str, object]
    updates: int
    member: int = 0  # of an ensemble of networks
    trial: str = ""  # settings that a search tries, as people read them

    @property
    def label(self) -> str:
        """What a person calls it."""
        stage = self.recipe.stages[self.number]
        several = self.recipe.ensemble is not None
        parts = [f"member {self.member + 1}"] if several else []
        parts += [stage.name] if len(self.recipe.stages) > 1 else []
        parts += [self.trial] if self.trial else []
        tail = f" ({', '.join(parts)})" if parts else ""
        return f"{self.recipe.name}{tail} {self.split}"


@dataclass(frozen=True)
class RunTask:
    """Score and save one method on one split, after its stages are trained."""

    recipe: Recipe
    split: str
    data_split: str
    seed: int
    stages: tuple[str, ...]
    folder: Path
    identity: str
    notes: tuple[str, ...] = ()

    @property
    def is_trial(self) -> bool:
        """Whether it only helps to choose a setting: nothing will be predicted with its model."""
        return self.folder.parts[0] != RUNS

    @property
    def id(self) -> str:
        """Unique among the tasks of an experiment."""
        return f"run:{self.folder}"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.recipe.name} {self.split}"


@dataclass(frozen=True)
class ProbeTask:
    """Time a few updates of a stage; its outcome's `value` is seconds an update."""

    stage: StageTask

    @property
    def id(self) -> str:
        """Unique among the tasks of an experiment."""
        return f"probe:{self.stage.id}"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return "timing a few updates"


@dataclass(frozen=True)
class CheckTask:
    """Construct the pieces of runs that the user changed, each beside its shipped form if any."""

    runs: tuple[tuple[RunTask, RunTask | None], ...]

    @property
    def id(self) -> str:
        """Unique among the tasks of an experiment."""
        return "check"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return "checking settings"


@dataclass(frozen=True)
class ExtractTask:
    """Compute the features of every sample by a pretrained backbone, once, into `target`.

    `split` names the data split whose training images set the scale of images that are no bytes,
    `memory` the most bytes that maps of all samples may take, which each training holds.
    """

    source: Inputs | Path
    model: str
    parameters: tuple[tuple[str, object], ...]
    size: Size
    target: Path
    split: str | None = None
    memory: int = 4 << 30

    @property
    def id(self) -> str:
        """Unique among the tasks of an experiment."""
        return f"features:{self.target.name}"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"features by {self.model}"


@dataclass(frozen=True)
class StackTask:
    """Train stages of one shape as one model, two or more, none of which goes on from another."""

    stages: tuple[StageTask, ...]
    shape: str  # equal for stages that may be stacked
    contexts: tuple[Context, ...] = ()  # of each, where they are of several comparisons

    @property
    def id(self) -> str:
        """Unique among the tasks of an experiment."""
        return f"stack:{self.stages[0].id}:{len(self.stages)}"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{len(self.stages)} trainings as one"

    def parts(self, most: int) -> tuple[StageTask | StackTask, ...]:
        """The same stages in as few stacks as there can be of at most so many, or alone."""
        number = -(-len(self.stages) // max(1, most))
        ends = [len(self.stages) * k // number for k in range(number + 1)]
        found = [
            StackTask(self.stages[begin:end], self.shape, self.contexts[begin:end])
            for begin, end in itertools.pairwise(ends)
        ]
        return tuple(
            one.stages[0] if len(one.stages) == 1 and not one.contexts else one for one in found
        )


Task = StageTask | StackTask | RunTask | ProbeTask | CheckTask | ExtractTask


def needs(task: Task) -> tuple[str, ...]:
    """Ids of the stages that have to be trained before."""
    if isinstance(task, RunTask):
        return task.stages
    stage = task.stage if isinstance(task, ProbeTask) else task
    return (stage.parent,) if isinstance(stage, StageTask) and stage.parent else ()


@dataclass(frozen=True)
class Outcome:
    """How a task ended: "ok", "diverged" or "failed" (then with the reason)."""

    id: str
    status: Status
    error: str | None = None
    value: float | None = None
    users_fault: bool = False  # whether the user can fix it
    note: str = ""  # what the user is to be told of a task that went well
    parts: tuple[Outcome, ...] = ()  # of each stage of a stack that went well
    out_of_memory: bool = False  # whether less at a time may go well


@dataclass(frozen=True)
class Progress:
    """A sign of life from a training: update of updates, and the loss of the last round."""

    task: Task
    update: int
    round: int
    rounds: int
    loss: float | None


OnProgress = Callable[[int, int, int, float | None], None]  # update, round, rounds, loss


def learning_rate(recipe: Recipe) -> float | None:
    """Of a recipe's optimizer, if that has one."""
    rate = recipe.optimizer.parameters.get("lr")
    return float(rate) if isinstance(rate, int | float) else None
