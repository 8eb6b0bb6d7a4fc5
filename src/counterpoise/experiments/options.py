"""What a comparison is asked: one frozen object, all of it checked before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
)
from pydantic_core import core_schema

from counterpoise.data.size import STRETCH, Resize, Size
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.splits.checks import ValidationKind
from counterpoise.data.splits.validation import SHARE
from counterpoise.errors import ArgumentError
from counterpoise.experiments import cost as costs
from counterpoise.experiments import option_engines as engines
from counterpoise.experiments import option_rules as rules
from counterpoise.experiments.compare_options import CompareOptions, Style
from counterpoise.experiments.cost import CostRule
from counterpoise.experiments.no_validation import none_chosen, share_of_some
from counterpoise.experiments.option_tables import overrides, recipe_settings
from counterpoise.experiments.option_words import Spell, in_python, in_words
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe, Value

FOUND: Any = None  # a default that the option's rule finds
Whole = Annotated[int, BeforeValidator(rules.whole)]
Count = Annotated[Whole, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Unchecked:
    """A type that pydantic leaves alone: of values that are checked elsewhere."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.any_schema()


class Options(BaseModel):
    """Everything that determines a comparison; made by `Options.of`.

    A rule that needs several options stands at the last of them, which pydantic checks after the
    others, so that every fault is found at once.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", validate_default=True)

    dataset: Annotated[str, BeforeValidator(rules.dataset)] = Field(
        description="a named set, a folder of class folders, a ``.npz``, ``.csv`` or ``.parquet`` "
        "file, a DataFrame, a pair of arrays (X, y), or a data set of torchvision or Hugging Face, "
        "or a dict of such sets with the keys train, validation and test."
    )
    label: str | None = Field(
        default=None, description="of a table, the column of the class; without it none is read."
    )
    group: Annotated[str | None, AfterValidator(rules.of_table)] = Field(
        default=None,
        description="of a table, a column whose rows of one value stay in one part of a split.",
    )
    drop: Annotated[tuple[str, ...], BeforeValidator(rules.columns)] = Field(
        default=FOUND, description="of a table, columns to leave out."
    )
    categories: Annotated[tuple[str, ...], BeforeValidator(rules.columns)] = Field(
        default=FOUND, description="of a table, columns of categories though they hold numbers."
    )
    recipes: Annotated[tuple[Recipe, ...] | None, Unchecked()] = (
        None  # in place of names of methods
    )
    cost: Annotated[CostRule | None, Unchecked(), BeforeValidator(costs.cost)] = Field(
        default=None,
        description='what mistakes cost: ``"minority:10"``, a ``.csv`` or ``.json`` file, '
        '``{"cat": {"dog": 1}, "dog": {"cat": 10}}`` by true and predicted class, or a matrix in '
        "the order of the classes.",
    )
    methods: Annotated[tuple[str, ...], BeforeValidator(rules.methods)] = Field(
        default=FOUND,
        description='names, paths of recipes, or "classic" (the default), or "all".',
    )
    profile: Annotated[str, BeforeValidator(rules.profile)] = Field(
        default="none",
        description='imbalance to impose on the training data, as ``"step:rho=50,mu=0.5"``.',
    )
    model: Annotated[str | None, BeforeValidator(rules.model)] = Field(
        default=None, description="a model's name; by default one that fits the input."
    )
    seeds: Count | None = Field(default=None, description="repetitions, 3 by default; or")
    folds: Annotated[Whole | None, Field(ge=2), BeforeValidator(rules.folds)] = Field(
        default=None, description="folds of a cross-validation instead."
    )
    rounds: Count | None = Field(
        default=None,
        description="evaluations of each training; a round is one pass over the training data, "
        "or 50 updates of a head on features; found on validation where it is left out.",
    )
    select: Annotated[str, BeforeValidator(costs.select)] = Field(
        default=FOUND,
        description='the metric that ranks methods, on validation: ``"balanced_accuracy"``, or '
        'with `cost` ``"expected_cost"``.',
    )
    tune: Count = Field(
        default=1, description="number of learning rates to try for each method on validation."
    )
    budget: Annotated[Seconds | None, BeforeValidator(rules.duration)] = Field(
        default=None,
        description='most time to spend, as ``"30m"`` or in seconds; what is finished then is '
        "ranked.",
    )
    race: bool | None = Field(
        default=None,
        description="train methods further only while they may be the best on validation; by "
        "default where there is a budget.",
    )
    frozen: bool = Field(
        default=False, description="train heads on cached features of a pretrained backbone."
    )
    fine_tune: Annotated[bool, AfterValidator(rules.alone)] = Field(
        default=False,
        description="train the last half of a pretrained backbone, head first, on cached outputs "
        "of its first half.",
    )
    scratch: Annotated[bool, AfterValidator(rules.alone)] = Field(
        default=False,
        description="train a whole network on image files of natural size, too, where features of "
        "a pretrained backbone are the default.",
    )
    ensemble: bool = Field(
        default=False,
        description="rank all methods as one predictor, too, which takes no training.",
    )
    jobs: Count | None = Field(
        default=None, description="trainings at a time; one for each core by default."
    )
    device: Annotated[str, BeforeValidator(engines.device)] = Field(
        default="auto", description='"auto", "cpu", "cuda" or "cuda:1".'
    )
    devices: Count = Field(
        default=1,
        description="devices that share each training, each batch in equal parts: for one network "
        "that takes long, where `jobs` is for many.",
    )
    engine: Annotated[
        str, BeforeValidator(engines.engine), AfterValidator(engines.engine_of_devices)
    ] = Field(
        default="local",
        description='"local": processes of this machine; "ray": a Ray cluster, that of '
        'RAY_ADDRESS if that is set, or "ray://HOST:PORT".',
    )
    stack: Annotated[int | str, BeforeValidator(engines.stack)] = Field(
        default="off",
        description="trainings of one shape, whatever their data, seeds and weights, that are one "
        'model: at most so many, "off", or "auto": 32 on a GPU, and off on a CPU, which is slower.',
    )
    data_root: Annotated[str | None, BeforeValidator(rules.path_text)] = Field(
        default=None,
        description="where named data sets and weights lie; default $COUNTERPOISE_DATA.",
    )
    validation: Annotated[ValidationKind, AfterValidator(none_chosen)] = Field(
        default="profiled",
        description='where validation samples come from: "profiled" carves them from the profiled '
        'training set, "beside" takes them from what the profile leaves out, so that training '
        'counts are exactly the profile\'s, "balanced" takes equal counts of each class from '
        'there (both use extra labels, and say so), "none" takes none: then nothing is chosen.',
    )
    validation_share: Annotated[float, Field(gt=0, lt=1), AfterValidator(share_of_some)] = Field(
        default=SHARE,
        description="validation samples, as a share of each class's training samples.",
    )
    skip_corrupt: bool = Field(
        default=False, description="leave damaged images out instead of stopping."
    )
    size: Annotated[Size | None, BeforeValidator(rules.size)] = Field(
        default=None,
        description="what images are brought to: a side in pixels, or width by height, as "
        '``"160x120"``.',
    )
    resize: Resize = Field(
        default=STRETCH,
        description='by which rule: "stretch"; "short-side", which keeps the aspect and cuts off '
        'what is longer, evenly at both ends; or "whole", which keeps all of an image for random '
        "crops (`train.crop` in `settings`).",
    )
    image_memory: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="GiB of decoded images that each training holds; by default a quarter of "
        "memory, and at most 4. Files beyond it are decoded again whenever they are drawn; the "
        "numbers are the same.",
    )
    ledger: Annotated[Path | None, BeforeValidator(rules.ledger)] = Field(
        default=None, description="a ``runs.jsonl`` of finished runs to accept and to append to."
    )
    out: Annotated[Path, BeforeValidator(rules.out)] = Field(
        default=FOUND,
        description="folder of results; by default one that is named after the question.",
    )
    settings: Annotated[dict[str, Value], Unchecked(), BeforeValidator(rules.settings)] = Field(
        default={}, description='``{"oversampling.ratio": 10, "optimizer.nesterov": True}``.'
    )
    progress: Style | None = Field(
        default=None, description='"rich", "plain" or "silent"; by the terminal when left out.'
    )
    command: Annotated[str, BeforeValidator(rules.command)] = Field(
        default=FOUND,
        description="what the report says was run.",
    )
    only: str | None = None  # the name of the one split to train on
    shelf: Path | None = None  # what comparisons of a sweep have in common: see shared.py
    checkpoint_every: float = 20.0  # seconds

    @classmethod
    def of(
        cls, values: Mapping[str, object], spell: Spell = in_python, faults: Sequence[str] = ()
    ) -> Self:
        """Check what was asked.

        Args:
            values: option -> what the caller gave.
            spell: how the caller writes an option, for messages.
            faults: what is wrong already.

        Raises:
            ArgumentError: every fault, one a line.
        """
        try:
            options = cls.model_validate(values, context=spell)
        except ValidationError as error:
            found = in_words(error, spell, CompareOptions.__annotations__)
            raise ArgumentError("\n".join([*faults, *found])) from None
        if faults:
            raise ArgumentError("\n".join(faults))
        return options

    @property
    def table(self) -> TableQuestion | None:
        """Which column of a table is what; None for other data."""
        if self.label is None:
            return None
        return TableQuestion(self.label, self.group or "", self.drop, self.categories)

    @property
    def overrides(self) -> dict[str, Value]:
        """Tables that replace keys of base.toml."""
        return overrides(dict(self))

    @property
    def pretrained(self) -> bool:
        """Whether methods train on what a pretrained backbone made of the images, once."""
        return self.frozen or self.fine_tune

    @property
    def extractor(self) -> dict[str, Value]:
        """Settings of the model that makes frozen features."""
        given = self.settings.items() if self.pretrained else ()
        return {k.removeprefix("model."): v for k, v in given if k.startswith("model.")}

    def load_recipes(self) -> tuple[Recipe, ...]:
        """The recipes to compare, with their settings."""
        if self.recipes is not None:
            return self.recipes
        settings = recipe_settings(dict(self))
        if self.cost is not None:
            settings |= self.cost.settings(self.methods, settings)
        return load_methods(
            self.methods,
            self.overrides,
            settings,
            features=self.frozen,
            fine_tune=self.fine_tune,
        )
