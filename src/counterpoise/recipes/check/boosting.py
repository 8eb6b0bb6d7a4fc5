"""Check what boosts: several networks in a row that predict together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoise import registry
from counterpoise.recipes.schema import Component, Stage

Fault = Callable[[str], None]


def boosting_faults(stages: Sequence[Stage], posthoc: Sequence[Component], fault: Fault) -> None:
    """Members are one stage over and over, whose probabilities weigh the samples of the next."""
    if len(stages) != 1:
        fault(f"[boosting] repeats one stage; got {len(stages)}")
    if posthoc:
        fault(
            f"posthoc: {posthoc[0].name} changes the decision of one network, and [boosting] makes "
            "several (leave one of them out)"
        )
    for stage in stages[:1]:
        loss = registry.find("losses", stage.loss.name)
        if loss is not None and loss.scores == "margins":
            fault(
                f"[boosting] weighs samples by probabilities, and the loss {stage.loss.name} makes "
                "margins, which have none (train with another loss)"
            )
        if stage.updates is not None:
            fault(
                "[boosting] divides the rounds of its stage among its members; say rounds in place "
                "of updates"
            )
        makers = [stage.resampler.name] if stage.resampler is not None else []
        makers += ["offline"] if stage.offline is not None else []
        if makers:
            fault(
                f"[boosting] weighs the samples of the data; {makers[0]} makes others (leave one "
                "of them out)"
            )
        if stage.head is not None or stage.reset_head:
            fault("[boosting] goes on from the member before; it cannot exchange the head")
