"""The methods of an entry's table and figure, under the names that the paper has for them."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.experiments.search.method import BESIDE
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.plan import Asked, chosen_methods
from counterpoise.sweep.measured import Measured

OPTIMISTIC = ", chosen on test (optimistic)"
HONEST = ", chosen on validation"


def labels(known: Known, asked: Asked, measured: Sequence[Measured]) -> dict[str, str]:
    """Method -> its label: those that were asked for, and all others that are finished.

    Where test data chose settings, that is in the label, and what validation chose is beside it.
    """
    chosen = chosen_methods(known, asked)
    done = {method for cell in measured for method, _ in cell.values}
    on_test = known.entry.search.get("select_on") == "test"
    found = {}
    for method, label in known.entry.methods.items():
        if method in chosen or method in done:
            found[method] = f"{label}{OPTIMISTIC}" if on_test else label
        if f"{method}{BESIDE}" in done:
            found[f"{method}{BESIDE}"] = f"{label}{HONEST}"
    return found
