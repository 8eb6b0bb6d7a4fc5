"""Check merged recipe tables, name by name and value by value, and make a Recipe of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from counterpoise import registry
from counterpoise.data.preprocess import MODES
from counterpoise.errors import near
from counterpoise.models.catalog import about
from counterpoise.recipes.check.boosting import boosting_faults, boosting_from
from counterpoise.recipes.check.fitted import fitted_faults
from counterpoise.recipes.check.optimizers import OPTIMIZERS, SCHEDULES, one_of
from counterpoise.recipes.check.pieces import listed, member, named
from counterpoise.recipes.check.search import search_from
from counterpoise.recipes.check.stage import stage_from
from counterpoise.recipes.schema import Component, Recipe, Stage, Train, Value
from counterpoise.train import PRECISIONS

Table = dict[str, Value]
Fault = Callable[[str], None]

_TOP_KEYS = {
    "name", "title", "base", "control", "costly", "subset", "posthoc", "data", "model", "head",
    "train", "optimizer", "schedule", "stages", "search", "boosting",
}  # fmt: skip
_DATA_KEYS = {
    "dataset", "profile", "split", "folds", "size", "validation", "skip_corrupt", "features",
}  # fmt: skip


def recipe_from(name: str, table: Table, faults: list[str]) -> Recipe | None:
    """A Recipe from merged tables, or None with every fault added to `faults`."""
    before = len(faults)

    def fault(text: str) -> None:
        faults.append(f"{name}: {text}")

    for key in set(table) - _TOP_KEYS:
        fault(f"unknown key '{key}'{near(key, _TOP_KEYS)}")
    train = _train(table.get("train", {}), fault)
    optimizer = one_of("optimizer", table.get("optimizer"), OPTIMIZERS, fault)
    schedule = one_of("schedule", table.get("schedule"), SCHEDULES, fault)
    model = named("model", table.get("model"), fault)
    head = member("heads", "head", table.get("head", {"name": "Linear"}), fault)
    posthoc = [member("posthoc", "posthoc", c, fault) for c in listed(table.get("posthoc"))]
    stages = [stage_from(i, s, fault) for i, s in enumerate(listed(table.get("stages")))]
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
    boosting = boosting_from(table["boosting"], fault) if "boosting" in table else None
    if boosting is not None:
        boosting_faults(stages, posthoc, fault)
    if about(model.name).fitted_by is not None:
        fitted_faults(model, stages, head, boosting, fault)
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
        boosting=boosting,
    )


def _decision(last: Stage, posthoc: Sequence[Component], fault: Fault) -> None:
    """Every posthoc takes the kind of scores that the last stage's loss makes."""
    known = registry.members("posthoc")
    loss = registry.find("losses", last.loss.name)
    for component in posthoc:
        member = registry.find("posthoc", component.name)
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
