"""Check one piece of a recipe: a member of an axis by its name, its arguments by theirs."""

from __future__ import annotations

from collections.abc import Callable

from counterpoise import registry
from counterpoise.errors import near
from counterpoise.recipes.check.values import misfit
from counterpoise.recipes.schema import Component, Value

Table = dict[str, Value]
Fault = Callable[[str], None]

# Arguments that build gives; a recipe that sets them would contradict the data.
GIVEN = {
    "counts", "labels", "seed", "rounds", "batch_size", "num_classes", "num_features", "rank",
    "world", "random_state",
}  # fmt: skip


def listed(value: object) -> list[Value]:
    """The list itself, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def named(where: str, value: object, fault: Fault) -> Component:
    """A piece as a recipe writes it: a name alone, or a table with its name."""
    if isinstance(value, str):
        return Component(value)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        fault(f'{where} is a table with a name, such as {{ name = "..." }}; got {value!r}')
        return Component("?")
    return Component(value["name"], {k: v for k, v in value.items() if k != "name"})


def member(axis: str, where: str, value: object, fault: Fault) -> Component:
    """A member of an axis that is exported, with arguments that it takes."""
    component = named(where, value, fault)
    found = registry.find(axis, component.name)
    if found is None:
        if component.name != "?":
            hint = near(component.name, registry.members(axis))
            fault(f"{where}: unknown name '{component.name}' in {axis}{hint}")
        return component
    if component.name != found.name:
        return component  # of another library, which alone knows whether there is such a class
    allowed = set(found.parameters) - GIVEN
    for key in set(component.parameters) - allowed:
        hint = near(key, allowed) if allowed else "; it takes none"
        fault(f"{where}: {component.name} has no parameter '{key}'{hint}")
    for key, value in component.parameters.items():
        rule = misfit(found.parameters[key].annotation, value) if key in allowed else None
        if rule is not None:
            fault(f"{where}: {component.name} takes {rule} for '{key}'; got {value!r}")
    for key, parameter in found.parameters.items():
        if parameter.required and key not in GIVEN and key not in component.parameters:
            fault(f"{where}: {component.name} needs '{key}'")
    return component
