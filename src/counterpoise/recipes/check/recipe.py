"""Check merged recipe tables, name by name and value by value, and make a Recipe of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoise import registry
from counterpoise.errors import near
from counterpoise.models.catalog import about
from counterpoise.recipes.check.boosting import boosting_faults
from counterpoise.recipes.check.ensemble import ensemble_faults
from counterpoise.recipes.check.fitted import fitted_faults
from counterpoise.recipes.check.optimizers import OPTIMIZERS, SCHEDULES, one_of
from counterpoise.recipes.check.pieces import listed, member, named
from counterpoise.recipes.check.search import search_from
from counterpoise.recipes.check.stage import stage_from
from counterpoise.recipes.check.tables import table_from
from counterpoise.recipes.members import Boosting, Ensembling
from counterpoise.recipes.schema import Component, Data, Recipe, Stage, Train, Value

Table = dict[str, Value]
Fault = Callable[[str], None]

_TOP_KEYS = {
    "name", "title", "base", "control", "reference", "costly", "subset", "posthoc", "data",
    "model", "head", "train", "optimizer", "schedule", "stages", "search", "boosting", "ensemble",
    "differs",
}  # fmt: skip


def recipe_from(name: str, table: Table, faults: list[str]) -> Recipe | None:
    """A Recipe from merged tables, or None with every fault added to `faults`."""
    before = len(faults)

    def fault(text: str) -> None:
        faults.append(f"{name}: {text}")

    for key in set(table) - _TOP_KEYS:
        fault(f"unknown key '{key}'{near(key, _TOP_KEYS)}")
    train = table_from(Train, "train", table.get("train", {}), fault)
    optimizer = one_of("optimizer", table.get("optimizer"), OPTIMIZERS, fault)
    schedule = one_of("schedule", table.get("schedule"), SCHEDULES, fault)
    model = named("model", table.get("model"), fault)
    _kept_head(model, fault)
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
    table_from(Data, "data", data, fault)
    search = search_from(table["search"], fault) if "search" in table else None
    boosting = None
    if "boosting" in table:
        boosting = table_from(Boosting, "boosting", table["boosting"], fault)
        boosting_faults(stages, posthoc, fault)
    ensemble = None
    if "ensemble" in table:
        ensemble = table_from(Ensembling, "ensemble", table["ensemble"], fault)
        ensemble_faults(ensemble, stages, posthoc, boosting, fault)
    if about(model.name).fitted_by is not None:
        fitted_faults(model, stages, head, [boosting, ensemble], fault)
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
        reference=bool(table.get("reference", False)),
        data=data if isinstance(data, dict) else {},
        search=search,
        boosting=boosting,
        ensemble=ensemble,
    )


def _kept_head(model: Component, fault: Fault) -> None:
    keeps = model.parameters.get("keep_head", False)
    if not isinstance(keeps, bool):
        fault(f"model.keep_head is true or false; got {keeps!r}")
    elif keeps and model.parameters.get("weights", "none") in ("none", ""):
        fault("model.keep_head begins with the head of model.weights, which names no file")


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
            instead = f"predict by {' or '.join(others)}, or " if others else ""
            fault(
                f"posthoc: {component.name} corrects probabilities, and the loss {last.loss.name} "
                f"makes {loss.scores}, which have none ({instead}train with another loss)"
            )
