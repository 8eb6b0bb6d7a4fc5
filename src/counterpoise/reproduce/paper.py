"""A file of a paper: one table or figure, how it was made, what is printed and claimed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from counterpoise.data.size import STRETCH, Resize
from counterpoise.data.splits.checks import ValidationKind
from counterpoise.data.splits.validation import SHARE
from counterpoise.errors import near
from counterpoise.metrics.names import METRICS
from counterpoise.recipes.check.search import search_from
from counterpoise.recipes.published import published
from counterpoise.recipes.shipped import method_names
from counterpoise.reproduce.columns import is_column
from counterpoise.reproduce.computed import COMPUTED
from counterpoise.reproduce.places import PLACE, Number, Places, Point, with_places

FILLED = ("data", "model", "profile")  # keys in which places are filled, beside `settings`
Values = dict[str, Annotated[tuple[Number, ...], Field(min_length=1)]]  # axis -> some of its values
Where = tuple[str | int, ...]  # a key: the tables and numbers that lead to it
UNBOUNDED = {"nll", "expected_cost"}  # metrics that may be above 1


class FaultError(ValueError):
    """A rule that concerns several keys is broken at one of them.

    Args:
        where: the key, from the outermost table on, numbers of a list counted from 0.
        said: the rule, and what arrived.
    """

    def __init__(self, where: Where, said: str) -> None:
        super().__init__(said)
        self.where = where


class Part(BaseModel):
    """A table of the file; a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paper(Part):
    """paper.toml: the publication."""

    authors: str
    year: int = Field(ge=1950, le=2100)
    title: str
    where: str
    doi: str = ""
    contradictions: tuple[str, ...] = ()  # that we found in it


class Printed(Part):
    """A number that the paper prints."""

    method: str
    metric: str
    value: float
    at: Point = {}


class Claim(Part):
    """What the paper says of two methods: that one is higher than the other.

    Args:
        says: in a sentence.
        higher: the method that is better.
        lower: the other; the same one where two cells are compared.
        metric: by which.
        at: axis -> values: the cells that it speaks of; all where it is empty.
        lower_at: axis -> values: where `lower` is looked up in other cells than `higher` is.
        less_at: axis -> values: what each of the two has there is taken off it, so that losses or
            gains are compared and not levels.
        within: both are as good, up to this much; the paper says "about equal".
        missing: what would be needed to judge it, and is not there.
    """

    says: str = Field(min_length=1)
    higher: str
    lower: str
    metric: str
    at: Values = {}
    lower_at: Values = {}
    less_at: Values = {}
    within: float = Field(default=0.0, ge=0)
    missing: str = ""


class Entry(Part):
    """One table or figure.

    Args:
        title: of the table or figure, and what it shows.
        kind: what it is in the paper.
        data: as `compare` takes it; a folder is looked for below the data roots.
        compute: what is calculated in place of trainings, of `COMPUTED`; then `methods` are its
            lines, and there are no data.
        files: below the data roots that have to be there, with wildcards.
        missing: what this library cannot do yet and the entry needs; then it is not run.
        differs: how what we run differs from what the paper ran.
        grid: axis -> its values, for the places ``{axis}`` of `data`, `model`, `profile` and
            `settings`.
        methods: of ours -> what the paper calls it.
        follows: axis -> other places -> what stands in them, for each value of the axis.
        crossed: name of a method of this entry -> shipped ones; what each changes is put over those
            before it.
        validation: where it is taken from, as in `compare`; "beside" and "none" train on exactly
            the counts of the profile.
        validation_share: of each class's training samples.
        search: values that every method tries, as a recipe's ``[search]``; here ``select_on`` may
            be "test", where the paper chose so.
        metrics: of the table, in order.
        rounds: of each training.
        fine_tune: train the last half of a pretrained `model`, head first, as `compare` does.
        seeds: repeats in the paper.
        size: of images, and by `resize` how they come to it, as in `compare`.
    """

    title: str
    kind: Literal["table", "figure", "text"]
    data: str = ""
    compute: str = ""
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    model: str = ""
    profile: str = "none"
    grid: Values = {}
    follows: dict[str, dict[str, tuple[Number | str, ...]]] = {}
    crossed: dict[str, Annotated[tuple[str, ...], Field(min_length=2)]] = {}
    validation: ValidationKind = "profiled"
    validation_share: float = Field(default=SHARE, gt=0, lt=1)
    methods: dict[str, str] = Field(min_length=1)
    metrics: tuple[str, ...] = Field(min_length=1)
    rounds: int = Field(default=1, ge=1)
    seeds: int = Field(default=1, ge=1)
    size: str = ""
    fine_tune: bool = False
    resize: Resize = STRETCH
    settings: dict[str, Any] = {}
    search: dict[str, Any] = {}
    printed: tuple[Printed, ...] = ()
    claims: tuple[Claim, ...] = ()

    @field_validator("compute")
    @classmethod
    def _compute(cls, compute: str) -> str:
        if compute and compute not in COMPUTED:
            raise ValueError(f"nothing is called '{compute}'{near(compute, COMPUTED)}")
        return compute

    @field_validator("search")
    @classmethod
    def _search(cls, search: dict[str, Any]) -> dict[str, Any]:
        faults: list[str] = []
        if search:
            search_from(search, faults.append)
        if faults:
            raise ValueError("; ".join(faults))
        return search

    @field_validator("crossed")
    @classmethod
    def _crossed(cls, crossed: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        known = (*method_names(), *published())
        for name, parts in crossed.items():
            if name in known:
                raise ValueError(f"'{name}' is a shipped method; give the crossing another name")
            for part in parts:
                _require(part, known)
        return crossed

    @field_validator("methods")
    @classmethod
    def _methods(cls, methods: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        compute = COMPUTED.get(info.data.get("compute", ""))
        known = (
            (*info.data.get("crossed", ()), *(*method_names(), *published()))
            if compute is None
            else compute.lines
        )
        for name in methods:
            _require(name, known)
        return methods

    @field_validator("metrics")
    @classmethod
    def _metrics(cls, metrics: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        compute = COMPUTED.get(info.data.get("compute", ""))
        known = METRICS if compute is None else compute.metrics
        for name in metrics:
            if not (is_column(name) if compute is None else name in known):
                raise ValueError(f"no metric is called '{name}'{near(name, known)}")
        return metrics

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for axis, followers in self.follows.items():
            if axis not in self.grid:
                raise FaultError(("follows", axis), f"'{axis}' is no axis of the grid")
            for name, values in followers.items():
                if len(values) != len(self.grid[axis]):
                    number = len(self.grid[axis])
                    raise FaultError(
                        ("follows", axis, name),
                        f"{name} has a value for each of the {number} of {axis}; got {len(values)}",
                    )
        for key in () if self.compute else ("data", "rounds", "seeds"):
            if key not in self.model_fields_set:
                raise ValueError(f"{key}: an entry that is trained says it")
        texts: dict[Where, Any] = {(key,): getattr(self, key) for key in FILLED}
        texts |= {("settings", key): value for key, value in self.settings.items()}
        for where, text in texts.items():
            for name in PLACE.findall(text) if isinstance(text, str) else ():
                if name not in self.places(self.points[0]):
                    raise FaultError(
                        where, f"{{{name}}} is no axis of the grid{near(name, self.grid)}"
                    )
        for number, printed in enumerate(self.printed):
            where, value = ("printed", number), printed.value
            self._known(where, printed, "method")
            if set(printed.at) != set(self.grid):
                axes = ", ".join(self.grid) or "no axis"
                raise FaultError((*where, "at"), f"a cell has {axes}; got {printed.at}")
            for axis, at in printed.at.items():
                self._value((*where, "at"), axis, at)
            if not self.compute and printed.metric not in UNBOUNDED and not 0 <= value <= 1:
                raise FaultError(
                    (*where, "value"), f"{printed.metric} lies from 0 to 1; got {value:g}"
                )
        for number, claim in enumerate(self.claims):
            where = ("claims", number)
            self._known(where, claim, "higher", "lower")
            for key in ("at", "lower_at", "less_at"):
                for axis, values in getattr(claim, key).items():
                    for at in values:
                        self._value((*where, key), axis, at)
        return self

    def _known(self, where: Where, part: Printed | Claim, *keys: str) -> None:
        for key in keys:
            if getattr(part, key) not in self.methods:
                said = f"'{getattr(part, key)}' is none of the methods"
                raise FaultError((*where, key), said)
        if part.metric not in self.metrics:
            raise FaultError((*where, "metric"), f"'{part.metric}' is none of the metrics")

    def _value(self, where: Where, axis: str, value: Number) -> None:
        if axis not in self.grid:
            raise FaultError(where, f"'{axis}' is no axis of the grid")
        if value not in self.grid[axis]:
            listed = ", ".join(f"{one:g}" for one in self.grid[axis])
            raise FaultError(where, f"{axis} is one of {listed}; got {value:g}")

    @property
    def points(self) -> tuple[Point, ...]:
        """Every cell of the grid, the last axis fastest; one without an axis if there is none."""
        axes = itertools.product(*self.grid.values())
        return tuple(dict(zip(self.grid, values, strict=True)) for values in axes)

    @property
    def data_sets(self) -> tuple[str, ...]:
        """What its cells take: one set, or those that follow an axis."""
        found = (with_places(self.data, self.places(point)) for point in self.points)
        return tuple(dict.fromkeys(found))

    def places(self, point: Point) -> Places:
        """The values of a cell's axes, and of what follows them."""
        found: Places = dict(point)
        for axis, followers in self.follows.items():
            number = self.grid[axis].index(point[axis])
            found |= {name: values[number] for name, values in followers.items()}
        return found


def _require(method: str, known: Iterable[str]) -> None:
    known = tuple(known)
    if method not in known:
        raise ValueError(f"no method is called '{method}'{near(method, known)}")
