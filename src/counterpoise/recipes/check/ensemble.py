"""Check several networks that are trained apart and predict together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoise import registry
from counterpoise.recipes.members import Boosting, Ensembling
from counterpoise.recipes.schema import Component, Stage

Fault = Callable[[str], None]


def ensemble_faults(
    ensemble: Ensembling,
    stages: Sequence[Stage],
    posthoc: Sequence[Component],
    boosting: Boosting | None,
    fault: Fault,
) -> None:
    """The mean of the members is the decision, and of margins it is the arithmetic one."""
    if boosting is not None:
        fault("[ensemble] trains networks apart and [boosting] in a row; leave one of them out")
    if posthoc:
        fault(
            f"posthoc: {posthoc[0].name} changes the decision of one network, and [ensemble] takes "
            "the mean of several (leave one of them out)"
        )
    loss = registry.find("losses", stages[-1].loss.name) if stages else None
    if ensemble.mean == "geometric" and loss is not None and loss.scores == "margins":
        fault(
            f"ensemble.mean: the loss {stages[-1].loss.name} makes margins, which have no "
            "geometric mean (mean = 'arithmetic')"
        )
