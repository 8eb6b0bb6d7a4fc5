"""The question as the data let it be asked: costs, backbone and methods that fit, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.data.labelled import LabelledSet
from counterpoise.errors import DataError
from counterpoise.experiments.applicable import fitting
from counterpoise.experiments.backbone import with_backbone
from counterpoise.experiments.encoded import with_table
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display
from counterpoise.metrics.names import EXPECTED_COST
from counterpoise.recipes.schema import Recipe


@dataclass(frozen=True)
class Suited:
    """What is compared on these data.

    Args:
        options: with everything that the data decide.
        recipes: the methods that fit.
        reasons: what the report has to say of the backbone.
        left_out: of the methods that do not fit.
    """

    options: Options
    recipes: tuple[Recipe, ...]
    reasons: list[str]
    left_out: list[str]


def suited(
    options: Options, dataset: LabelledSet, display: Display, *, fetch: bool = True
) -> Suited:
    """Check the settings against the data, before anything is drawn, stored or trained.

    Args:
        options: what was asked.
        dataset: the data.
        display: hears what is chosen.
        fetch: whether weights that are missing are downloaded; else it is taken that they can be.

    Raises:
        CounterpoiseError: anything that the user has to change.
    """
    options = with_table(options, dataset)
    options = with_costs(options, dataset, display)
    if options.pretrained and dataset.kind != "image":
        raise DataError(
            f"{'--fine-tune' if options.fine_tune else '--frozen'} takes features of images; "
            f"{dataset.name} holds samples of kind {dataset.kind} (leave it out)"
        )
    options, reasons = with_backbone(options, dataset, display, fetch=fetch)
    recipes, left_out = fitting(options.load_recipes(), options, dataset)
    if options.budget is not None:  # the method to compare with comes first
        recipes = tuple(sorted(recipes, key=lambda recipe: recipe.name != "baseline"))
    return Suited(options, recipes, reasons, left_out)


def with_costs(options: Options, dataset: LabelledSet, display: Display) -> Options:
    """The options with costs in the order of the data's classes.

    Raises:
        ArgumentError: they are of other classes.
    """
    if options.cost is None:
        return options
    if options.select == EXPECTED_COST:
        display.say("methods are ranked by expected cost (--select ranks by another metric)")
    return options.model_copy(update={"cost": options.cost.in_order(dataset.classes)})
