"""What a recipe says, after loading: plain frozen data, with no torch and no classes in it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as table
from typing_extensions import TypeAliasType

from counterpoise.data.size import Resize
from counterpoise.data.splits.checks import ValidationKind
from counterpoise.data.splits.contrast import ContrastKind
from counterpoise.recipes.members import TABLE, Boosting, Ensembling
from counterpoise.train import Precision

# Of what has parts: check/ goes through these before it is made, and names all faults at once.
PIECE = ConfigDict(strict=True, extra="forbid", defer_build=True)
Scalar = str | int | float | bool
Value = TypeAliasType("Value", "Scalar | list[Value] | dict[str, Value]")


Space = Literal["inputs", "features"]
_PIECES = ("loss", "weights", "resampler", "sampler", "step", "head", "optimizer", "schedule")
_UNSAID = {"record": "usual", "crop": 0, "mirror": False}  # [train] has these with other values


@table(frozen=True, config=PIECE)
class Component:
    """A member of an axis (or a model, optimizer, schedule) and its keyword arguments."""

    name: str
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Value]:
        """One flat table, as TOML has it."""
        return {"name": self.name, **self.parameters}


@table(frozen=True, config=PIECE)
class Offline:
    """A training set enlarged once: each sample, and `copies` changed ones of it."""

    copies: int
    augment: tuple[Component, ...]

    def as_dict(self) -> dict[str, Value]:
        """The table of a stage's key ``offline``."""
        return {"copies": self.copies, "augment": [piece.as_dict() for piece in self.augment]}


@table(frozen=True, config=PIECE)
class Stage:
    """One training: which pieces, which parameters learn, for how long.

    `train` holds globs on parameter names (``backbone.*``, ``head.*``); ``@output`` stands for
    the model's own output layers. Everything else is frozen, BatchNorm in eval mode. `head`
    replaces the head and keeps what parameters of the same name had learned; `reset_head` begins
    the head anew. A `rounds_scale` of 0 trains nothing: the stage only changes the head.
    `resampler` makes the training set anew as the stage begins, of inputs, or in a stage that
    trains the head alone, of features (`space`).

    `freeze` names blocks or parameters that do not learn although `train` matches them;
    ``@half`` and the like go by the model. `optimizer` replaces the recipe's. `contrast` says what
    a sampler that watches a contrast set is given. `offline` enlarges the training set once.

    `rounds` or `updates` say how long it trains in place of `rounds_scale`, whatever the recipe's
    rounds are; the last round is shorter where `updates` are no multiple of a round. `batch_size`,
    `updates_per_round` and `schedule` replace the recipe's.
    """

    name: str
    loss: Component
    sampler: Component
    step: Component
    weights: Component | None = None
    augment: tuple[Component, ...] = ()
    resampler: Component | None = None
    space: Space = "inputs"
    head: Component | None = None
    reset_head: bool = False
    train: tuple[str, ...] = ("*",)
    freeze: tuple[str, ...] = ()
    optimizer: Component | None = None
    contrast: ContrastKind | None = None
    offline: Offline | None = None
    rounds_scale: float = 1.0
    lr_scale: float = 1.0
    schedule: Component | None = None
    batch_size: int | None = None
    updates_per_round: int | None = None
    rounds: int | None = None
    updates: int | None = None

    @property
    def is_absolute(self) -> bool:
        """Whether it says for itself how long it trains."""
        return self.rounds is not None or self.updates is not None

    def as_dict(self) -> dict[str, Value]:
        """The tables of this stage; what is left out has no effect."""
        table: dict[str, Value] = {"name": self.name}
        for key in _PIECES:
            component: Component | None = getattr(self, key)
            if component is not None:
                table[key] = component.as_dict()
        if self.resampler is not None:
            table["space"] = self.space
        if self.augment:
            table["augment"] = [component.as_dict() for component in self.augment]
        if self.reset_head:
            table["reset_head"] = True
        table["train"] = list(self.train)
        if self.freeze:
            table["freeze"] = list(self.freeze)
        if self.contrast is not None:
            table["contrast"] = self.contrast
        if self.offline is not None:
            table["offline"] = self.offline.as_dict()
        for key in ("batch_size", "updates_per_round", "rounds", "updates"):
            if getattr(self, key) is not None:
                table[key] = getattr(self, key)
        if not self.is_absolute:
            table["rounds_scale"] = self.rounds_scale
        table["lr_scale"] = self.lr_scale
        return table


@table(frozen=True, config=TABLE)
class Train:
    """How every stage of a recipe trains. Zero means "chosen from the data"."""

    batch_size: Annotated[int, Field(ge=1)] = 64
    rounds: Annotated[int, Field(ge=0)] = 0
    updates_per_round: Annotated[int, Field(ge=0)] = 0
    clip_norm: Annotated[int | float, Field(ge=0)] = 0.0  # a whole number stays one in identities
    checkpoint: Literal["last", "best"] = "last"
    precision: Precision = "32-true"
    preprocess: Literal["auto", "standard", "imagenet", "unit", "none", "gcn-zca"] = "auto"
    # What is written down beside validation, and never chooses anything: metrics of the "training"
    # samples at the end, or with "rounds" of training and test samples after each round, too.
    record: Literal["usual", "training", "rounds"] = "usual"
    crop: Annotated[int, Field(ge=0)] = 0  # side of what is cut out of images at random
    mirror: bool = False  # half of what is cut out is turned left to right

    def as_dict(self) -> dict[str, Value]:
        """The ``[train]`` table; crop, mirror and record stand there only where they are said."""
        return {k: v for k, v in vars(self).items() if k not in _UNSAID or v != _UNSAID[k]}


Combine = Literal["product", "pairs"]
SelectOn = Literal["validation", "test"]
Point = dict[str, Value]


@table(frozen=True, config=PIECE)
class SearchGrid:
    """Values to try for some settings, named as ``--set METHOD.KEY`` names them.

    "product" tries every value of one setting with every value of the others; "pairs" the first
    values together, then the second ones, as along a line.

    >>> SearchGrid("a line", {"gamma": (1, 2), "tau": (8, 9)}, "pairs").points
    ({'gamma': 1, 'tau': 8}, {'gamma': 2, 'tau': 9})
    """

    title: str
    values: Mapping[str, tuple[Value, ...]]
    combine: Combine = "product"

    @property
    def points(self) -> tuple[Point, ...]:
        """The settings to try, in order."""
        columns = self.values.values()
        rows = itertools.product(*columns) if self.combine == "product" else zip(*columns)  # noqa: B905
        return tuple(dict(zip(self.values, row, strict=True)) for row in rows)

    def as_dict(self) -> dict[str, Value]:
        """The table of this grid."""
        values: dict[str, Value] = {key: list(value) for key, value in self.values.items()}
        return {"title": self.title, "combine": self.combine, "values": values}


@table(frozen=True, config=PIECE)
class Search:
    """Settings that a method chooses on validation, by training once for each point.

    `select` is the metric that chooses, the comparison's own when None; `classes` the number of
    classes that the settings are made for, any when None. Each point is judged by its mean over the
    first `seeds` splits. `select_on` "test" is for the files of papers that chose so: optimistic.
    """

    grids: tuple[SearchGrid, ...]
    select: str | None = None
    classes: int | None = None
    seeds: int = 1
    select_on: SelectOn = "validation"

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of all grids, those in several of them once."""
        distinct: list[Point] = []
        for grid in self.grids:
            distinct += [point for point in grid.points if point not in distinct]
        return tuple(distinct)

    def as_dict(self) -> dict[str, Value]:
        """The ``[search]`` table."""
        table: dict[str, Value] = {}
        if self.select is not None:
            table["select"] = self.select
        if self.classes is not None:
            table["classes"] = self.classes
        if self.seeds != 1:
            table["seeds"] = self.seeds
        if self.select_on != "validation":
            table["select_on"] = self.select_on
        table["grids"] = [grid.as_dict() for grid in self.grids]
        return table


@table(frozen=True, config=TABLE)
class Data:
    """The ``[data]`` table: on what ``counterpoise run`` trains a recipe."""

    dataset: str | None = None
    profile: str | None = None
    split: str | None = None
    folds: Annotated[int, Field(ge=2)] | None = None
    size: int | str | None = None
    resize: Resize | None = None
    devices: Annotated[int, Field(ge=1)] | None = None
    validation: ValidationKind | None = None
    validation_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    skip_corrupt: bool | None = None
    features: dict[str, object] | None = None
    fine_tune: bool | None = None


Subset = Literal["profile", "balanced-same-size"]


@table(frozen=True, config=PIECE)
class Recipe:
    """One remedy with everything that is needed to run it on a data set."""

    name: str
    title: str
    model: Component
    train: Train
    optimizer: Component
    schedule: Component
    stages: tuple[Stage, ...]
    head: Component = Component("Linear")
    posthoc: tuple[Component, ...] = ()
    subset: Subset = "profile"
    control: bool = False
    reference: bool = False
    data: Mapping[str, Value] = field(default_factory=dict)
    search: Search | None = None
    boosting: Boosting | None = None
    ensemble: Ensembling | None = None
    optimistic: bool = False  # its settings were chosen on test data; in no file and no identity

    def as_dict(self) -> dict[str, Value]:
        """The resolved recipe, ready to be written as TOML and loaded again."""
        table: dict[str, Value] = {"name": self.name, "title": self.title}
        if self.control:
            table["control"] = True
        if self.reference:
            table["reference"] = True
        if self.subset != "profile":
            table["subset"] = self.subset
        if self.posthoc:
            table["posthoc"] = [component.as_dict() for component in self.posthoc]
        if self.data:
            table["data"] = dict(self.data)
        table["model"] = self.model.as_dict()
        table["head"] = self.head.as_dict()
        table["train"] = self.train.as_dict()
        table["optimizer"] = self.optimizer.as_dict()
        table["schedule"] = self.schedule.as_dict()
        if self.search is not None:
            table["search"] = self.search.as_dict()
        stages = self.stages
        if self.boosting is not None:  # members of a resolved recipe are one stage when written
            table["boosting"] = dict(vars(self.boosting))
            scale = math.fsum(stage.rounds_scale for stage in stages)
            whole = replace(stages[0], rounds_scale=round(scale, 9))
            if stages[0].rounds is not None:
                whole = replace(stages[0], rounds=sum(stage.rounds or 0 for stage in stages))
            stages = (whole,)
        if self.ensemble is not None:
            table["ensemble"] = dict(vars(self.ensemble))
        table["stages"] = [stage.as_dict() for stage in stages]
        return table
