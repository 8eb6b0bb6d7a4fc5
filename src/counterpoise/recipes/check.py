"""Check merged recipe tables, name by name and value by value, and make a Recipe of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise

from counterpoise.data.preprocess import MODES
from counterpoise.errors import near
from counterpoise.recipes import catalog
from counterpoise.recipes.schema import Component, Recipe, Stage, Train, Value
from counterpoise.recipes.search import search_from
from counterpoise.recipes.values import check_settings, misfit
from counterpoise.train import PRECISIONS

Table = dict[str, Value]
Fault = Callable[[str], None]

OPTIMIZERS = {
    "SGD": {"lr", "momentum", "weight_decay", "nesterov", "dampening"},
    "Adam": {"lr", "betas", "eps", "weight_decay", "amsgrad"},
    "AdamW": {"lr", "betas", "eps", "weight_decay", "amsgrad"},
    "Adagrad": {"lr", "lr_decay", "weight_decay", "eps"},
}
SCHEDULES = {
    "constant": set[str](),
    "cosine": {"warmup"},
    "linear": {"warmup"},
    "inv": {"gamma", "power"},
    "steps": {"at", "gamma"},
}
STAGE_AXES = {"loss": "losses", "weights": "weights", "sampler": "samplers", "step": "steps"}
_STAGE_KEYS = {
    *STAGE_AXES,
    "name",
    "augment",
    "head",
    "train",
    "rounds_scale",
    "lr_scale",
    "reset_head",
}
_TOP_KEYS = {
    "name", "title", "base", "control", "subset", "posthoc", "data", "model", "head", "train",
    "optimizer", "schedule", "stages", "search",
}  # fmt: skip
_DATA_KEYS = {
    "dataset", "profile", "split", "folds", "size", "validation", "skip_corrupt", "features",
}  # fmt: skip
# Arguments that build gives; a recipe that sets them would contradict the data.
GIVEN = {
    "counts", "labels", "seed", "rounds", "batch_size", "num_classes", "num_features", "rank",
    "world",
}  # fmt: skip
DEFAULT_STAGE: Table = {
    "name": "train",
    "loss": {"name": "CrossEntropy"},
    "sampler": {"name": "Shuffled"},
    "step": {"name": "Plain"},
}


def listed(value: object) -> list[Value]:
    """The list itself, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def recipe_from(name: str, table: Table, faults: list[str]) -> Recipe | None:
    """A Recipe from merged tables, or None with every fault added to `faults`."""
    before = len(faults)

    def fault(text: str) -> None:
        faults.append(f"{name}: {text}")

    for key in set(table) - _TOP_KEYS:
        fault(f"unknown key '{key}'{near(key, _TOP_KEYS)}")
    train = _train(table.get("train", {}), fault)
    optimizer = _one_of("optimizer", table.get("optimizer"), OPTIMIZERS, fault)
    schedule = _one_of("schedule", table.get("schedule"), SCHEDULES, fault)
    model = _named("model", table.get("model"), fault)
    head = _member("heads", "head", table.get("head", {"name": "Linear"}), fault)
    posthoc = [_member("posthoc", "posthoc", c, fault) for c in listed(table.get("posthoc"))]
    stages = [_stage(i, s, fault) for i, s in enumerate(listed(table.get("stages")))]
    if not stages:
        fault("a recipe has at least one [[stages]] table")
    if stages:
        _decision(stages[-1], posthoc, fault)
    subset = table.get("subset", "profile")
    if subset not in ("profile", "balanced-same-size"):
        fault(f"subset is 'profile' or 'balanced-same-size'; got {subset!r}")
    data = table.get("data", {})
    if not isinstance(data, dict):
        fault(f"[data] is a table; got {data!r}")
        data = {}
    if not isinstance(data.get("features", {}), dict):
        fault(f"data.features is a table with model and weights; got {data['features']!r}")
    search = search_from(table["search"], fault) if "search" in table else None
    for key in set(data) - _DATA_KEYS:
        fault(f"unknown key 'data.{key}'{near(key, _DATA_KEYS)}")
    if len(faults) > before:
        return None
    return Recipe(
        name=name,
        title=str(table.get("title", name)),
        model=model,
        train=train,
        optimizer=optimizer,
        schedule=schedule,
        head=head,
        stages=tuple(stages),
        posthoc=tuple(posthoc),
        subset="profile" if subset == "profile" else "balanced-same-size",
        control=bool(table.get("control", False)),
        data=data,
        search=search,
    )


def _named(where: str, value: object, fault: Fault) -> Component:
    if isinstance(value, str):
        return Component(value)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        fault(f'{where} is a table with a name, such as {{ name = "..." }}; got {value!r}')
        return Component("?")
    return Component(value["name"], {k: v for k, v in value.items() if k != "name"})


def _one_of(where: str, value: object, known: Mapping[str, set[str]], fault: Fault) -> Component:
    component = _named(where, value, fault)
    if component.name not in known:
        if component.name != "?":
            fault(f"unknown {where} '{component.name}'{near(component.name, known)}")
        return component
    for key in set(component.parameters) - known[component.name]:
        fault(f"{where} '{component.name}' has no '{key}'{near(key, known[component.name])}")
    check_settings(where, component, fault)
    return component


def _member(axis: str, where: str, value: object, fault: Fault) -> Component:
    component = _named(where, value, fault)
    known = catalog.members(axis)
    member = known.get(component.name)
    if member is None:
        if component.name != "?":
            fault(
                f"{where}: unknown name '{component.name}' in {axis}{near(component.name, known)}"
            )
        return component
    allowed = set(member.parameters) - GIVEN
    for key in set(component.parameters) - allowed:
        hint = near(key, allowed) if allowed else "; it takes none"
        fault(f"{where}: {component.name} has no parameter '{key}'{hint}")
    for key, value in component.parameters.items():
        rule = misfit(member.parameters[key].annotation, value) if key in allowed else None
        if rule is not None:
            fault(f"{where}: {component.name} takes {rule} for '{key}'; got {value!r}")
    for key, parameter in member.parameters.items():
        if parameter.required and key not in GIVEN and key not in component.parameters:
            fault(f"{where}: {component.name} needs '{key}'")
    return component


def _stage(number: int, value: object, fault: Fault) -> Stage:
    table = {**DEFAULT_STAGE, **value} if isinstance(value, dict) else dict(DEFAULT_STAGE)
    where = f"stages[{number}]"
    for key in set(table) - _STAGE_KEYS:
        fault(f"{where}: unknown key '{key}'{near(key, _STAGE_KEYS)}")
    parts = {
        key: _member(axis, f"{where}.{key}", table[key], fault)
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
        _member("augment", f"{where}.augment", c, fault) for c in listed(table.get("augment"))
    ]
    for earlier, later in pairwise(augment):
        member = catalog.members("augment").get(earlier.name)
        if member is not None and member.mixes:
            fault(f"{where}.augment: {earlier.name} mixes labels, so {later.name} cannot follow it")
    if parts["sampler"].name == "F1Driven":
        fault(
            f"{where}.sampler: F1Driven needs a contrast set, which recipes cannot carve yet (use "
            "it in a loop of your own, with sampler.observe)"
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
        head=_member("heads", f"{where}.head", head, fault) if head is not None else None,
        reset_head=reset_head is True,
        train=tuple(str(g) for g in globs),
        **scales,
    )


def _decision(last: Stage, posthoc: Sequence[Component], fault: Fault) -> None:
    """Every posthoc takes the kind of scores that the last stage's loss makes."""
    known = catalog.members("posthoc")
    loss = catalog.members("losses").get(last.loss.name)
    for component in posthoc:
        member = known.get(component.name)
        if loss is None or loss.scores is None or member is None or not member.accepts:
            continue
        if loss.scores not in member.accepts:
            others = [name for name, m in known.items() if loss.scores in m.accepts]
            instead = f"decide by {' or '.join(others)}, or " if others else ""
            fault(
                f"posthoc: {component.name} corrects probabilities, and the loss {last.loss.name} "
                f"makes {loss.scores}, which have none ({instead}train with another loss)"
            )


def _train(value: object, fault: Fault) -> Train:
    table = value if isinstance(value, dict) else {}
    defaults = vars(Train())
    for key in set(table) - set(defaults):
        fault(f"unknown key 'train.{key}'{near(key, defaults)}")
    known = {f.name: table[f.name] for f in fields(Train) if f.name in table}
    for key, got in known.items():
        default = defaults[key]
        wanted = (int, float) if isinstance(default, float) else type(default)
        if isinstance(got, bool) or not isinstance(got, wanted):
            fault(f"train.{key} is {_kind(default)}; got {got!r}")
        elif isinstance(got, int | float) and got < 0:
            fault(f"train.{key} is not negative; got {got!r}")
    if table.get("checkpoint", "last") not in ("last", "best"):
        fault(f"train.checkpoint is 'last' or 'best'; got {table['checkpoint']!r}")
    precision = table.get("precision", "32-true")
    if isinstance(precision, str) and precision not in PRECISIONS:
        fault(f"unknown train.precision '{precision}'{near(precision, PRECISIONS)}")
    modes = ("auto", *MODES)
    mode = table.get("preprocess", "auto")
    if isinstance(mode, str) and mode not in modes:
        fault(f"unknown train.preprocess '{mode}'{near(mode, modes)}")
    if table.get("batch_size") == 0:
        fault("train.batch_size is at least 1; got 0")
    return Train(**known)


def _kind(default: Fault) -> str:
    return {int: "a whole number", float: "a number", str: "a word"}[type(default)]
