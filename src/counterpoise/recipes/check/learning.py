"""Check what a stage freezes, holds out and enlarges."""

from __future__ import annotations

from counterpoise import registry
from counterpoise.data.splits.contrast import ContrastKind
from counterpoise.errors import near
from counterpoise.recipes.check.pieces import Fault, Table, listed, member
from counterpoise.recipes.schema import Component, Offline

_OFFLINE_KEYS = {"copies", "augment"}


def freeze_from(where: str, table: Table, fault: Fault) -> tuple[str, ...]:
    """Names of blocks or parameters that do not learn."""
    names = table.get("freeze", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        fault(
            f"{where}.freeze is a list of names of blocks, such as "
            f'["backbone.layer1", "@half"]; got {names!r}'
        )
        return ()
    return tuple(str(name) for name in names)


def contrast_from(
    where: str, table: Table, sampler: Component, fault: Fault
) -> ContrastKind | None:
    """Which contrast set a sampler that watches one is given; None for the other samplers."""
    known = registry.find("samplers", sampler.name)
    watches = known is not None and known.contrast_share is not None
    kind = table.get("contrast", "stratified")
    if kind not in ("stratified", "balanced"):
        fault(f"{where}.contrast is 'stratified' or 'balanced'; got {kind!r}")
    elif "contrast" in table and not watches:
        fault(
            f"{where}.contrast says what a sampler watches; {sampler.name} watches nothing "
            "(leave it out)"
        )
    if not watches:
        return None
    return "balanced" if kind == "balanced" else "stratified"


def offline_from(where: str, table: Table, fault: Fault) -> Offline | None:
    """How the training set is enlarged before the stage begins."""
    if "offline" not in table:
        return None
    value = table["offline"]
    given = value if isinstance(value, dict) else {}
    if not isinstance(value, dict) or not listed(given.get("augment")):
        fault(
            f"{where}.offline is a table with copies and a list augment, such as "
            f'{{ copies = 2, augment = [{{ name = "Flip" }}] }}; got {value!r}'
        )
    for key in set(given) - _OFFLINE_KEYS:
        fault(f"{where}.offline: unknown key '{key}'{near(key, _OFFLINE_KEYS)}")
    copies = given.get("copies", 1)
    if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
        fault(f"{where}.offline.copies is a whole number of at least 1; got {copies!r}")
        copies = 1
    augment = [
        member("augment", f"{where}.offline.augment", piece, fault)
        for piece in listed(given.get("augment"))
    ]
    for piece in augment:
        known = registry.find("augment", piece.name)
        if known is not None and known.mixes:
            fault(
                f"{where}.offline.augment: {piece.name} mixes labels, and a stored sample has "
                "one (use it in augment)"
            )
    return Offline(copies, tuple(augment))
