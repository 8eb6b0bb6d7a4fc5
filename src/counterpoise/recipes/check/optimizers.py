"""Optimizers and schedules that a recipe may name, and the settings of each."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.errors import near
from counterpoise.recipes.check.pieces import Fault, Table, named
from counterpoise.recipes.check.values import check_settings
from counterpoise.recipes.schema import Component

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
    "exponential": {"gamma", "every", "staircase"},
}


def one_of(where: str, value: object, known: Mapping[str, set[str]], fault: Fault) -> Component:
    """One of the known names, with settings that it has and values that fit."""
    component = named(where, value, fault)
    if component.name not in known:
        if component.name != "?":
            fault(f"unknown {where} '{component.name}'{near(component.name, known)}")
        return component
    for key in set(component.parameters) - known[component.name]:
        fault(f"{where} '{component.name}' has no '{key}'{near(key, known[component.name])}")
    check_settings(where, component, fault)
    return component


def stage_optimizer(where: str, table: Table, fault: Fault) -> Component | None:
    """The optimizer that one stage has for itself; it takes nothing from the recipe's."""
    if "optimizer" not in table:
        return None
    component = one_of(f"{where}.optimizer", table["optimizer"], OPTIMIZERS, fault)
    if component.name in OPTIMIZERS and "lr" not in component.parameters:
        fault(
            f"{where}.optimizer stands for itself, so it needs its learning rate, such as "
            f'{{ name = "{component.name}", lr = 1e-3 }}'
        )
    return component


def stage_schedule(where: str, table: Table, fault: Fault) -> Component | None:
    """The schedule that one stage has for itself; it takes nothing from the recipe's."""
    if "schedule" not in table:
        return None
    return one_of(f"{where}.schedule", table["schedule"], SCHEDULES, fault)
