"""Check one stage's table of a recipe: its pieces by name and argument, and what it trains."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from counterpoise import registry
from counterpoise.errors import near
from counterpoise.recipes.check.learning import contrast_from, freeze_from, offline_from
from counterpoise.recipes.check.length import LENGTH_KEYS, length_from
from counterpoise.recipes.check.optimizers import stage_optimizer, stage_schedule
from counterpoise.recipes.check.pieces import Fault, Table, listed, member
from counterpoise.recipes.schema import Component, Space, Stage, Value

STAGE_AXES = {"loss": "losses", "weights": "weights", "sampler": "samplers", "step": "steps"}
_STAGE_KEYS = {
    *STAGE_AXES,
    "name",
    "augment",
    "resampler",
    "space",
    "head",
    "train",
    "freeze",
    "optimizer",
    "contrast",
    "offline",
    "rounds_scale",
    "lr_scale",
    "schedule",
    *LENGTH_KEYS,
    "reset_head",
}
DEFAULT_STAGE: Table = {
    "name": "train",
    "loss": {"name": "CrossEntropy"},
    "sampler": {"name": "Shuffled"},
    "step": {"name": "Plain"},
}


def stage_from(number: int, value: object, fault: Fault) -> Stage:
    table = {**DEFAULT_STAGE, **value} if isinstance(value, dict) else dict(DEFAULT_STAGE)
    where = f"stages[{number}]"
    for key in set(table) - _STAGE_KEYS:
        fault(f"{where}: unknown key '{key}'{near(key, _STAGE_KEYS)}")
    parts = {
        key: member(axis, f"{where}.{key}", table[key], fault)
        for key, axis in STAGE_AXES.items()
        if key in table
    }
    head = table.get("head")
    globs = table.get("train", ["*"])
    if not isinstance(globs, list) or not globs or not all(isinstance(g, str) for g in globs):
        fault(f"{where}.train is a list of parameter-name globs; got {globs!r}")
        globs = ["*"]
    scales = {"rounds_scale": 1.0, "lr_scale": 1.0}
    for key in ("rounds_scale", "lr_scale"):
        scale = table.get(key, 1.0)
        only_head = key == "rounds_scale" and head is not None and scale == 0
        if isinstance(scale, int | float) and not isinstance(scale, bool) and scale > 0:
            scales[key] = float(scale)
        elif only_head:
            scales[key] = 0.0
        else:
            fault(f"{where}.{key} is a positive number; got {scale!r}")
    augment = [
        member("augment", f"{where}.augment", c, fault) for c in listed(table.get("augment"))
    ]
    for earlier, later in pairwise(augment):
        first = registry.find("augment", earlier.name)
        if first is not None and first.mixes:
            fault(f"{where}.augment: {earlier.name} mixes labels, so {later.name} cannot follow it")
    resampler, space = _resampler(where, table, globs, augment, fault)
    offline = offline_from(where, table, fault)
    if offline is not None and resampler is not None:
        fault(
            f"{where}: offline and resampler each make the training set anew; leave one of them out"
        )
    reset_head = table.get("reset_head", False)
    if not isinstance(reset_head, bool):
        fault(f"{where}.reset_head is true or false; got {reset_head!r}")
    return Stage(
        name=str(table["name"]),
        loss=parts["loss"],
        sampler=parts["sampler"],
        step=parts["step"],
        weights=parts.get("weights"),
        augment=tuple(augment),
        resampler=resampler,
        space=space,
        head=member("heads", f"{where}.head", head, fault) if head is not None else None,
        reset_head=reset_head is True,
        train=tuple(str(g) for g in globs),
        freeze=freeze_from(where, table, fault),
        optimizer=stage_optimizer(where, table, fault),
        contrast=contrast_from(where, table, parts["sampler"], fault),
        offline=offline,
        schedule=stage_schedule(where, table, fault),
        **length_from(where, table, fault),
        rounds_scale=scales["rounds_scale"],
        lr_scale=scales["lr_scale"],
    )


def _resampler(
    where: str, table: Table, globs: Sequence[Value], augment: Sequence[Component], fault: Fault
) -> tuple[Component | None, Space]:
    """What makes the training set anew, and of which points."""
    space = table.get("space", "inputs")
    if space not in ("inputs", "features"):
        fault(f"{where}.space is 'inputs' or 'features'; got {space!r}")
    given = table.get("resampler")
    if given is None:
        if "space" in table:
            fault(f"{where}.space says what a resampler works on; there is no resampler")
        return None, "inputs"
    if space != "features":
        return member("resamplers", f"{where}.resampler", given, fault), "inputs"
    if not all(str(glob).startswith("head.") for glob in globs):
        fault(
            f"{where}: features are resampled where the head alone learns; the stage trains "
            f'{", ".join(map(str, globs))} (set train = ["head.*"], or space = "inputs")'
        )
    if augment:
        fault(f"{where}: features are not augmented; got {augment[0].name} (leave one out)")
    return member("resamplers", f"{where}.resampler", given, fault), "features"
