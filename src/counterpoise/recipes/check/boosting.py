"""Check what boosts: several networks in a row that decide together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from counterpoise import registry
from counterpoise.errors import near
from counterpoise.recipes.schema import Boosting, Component, Stage

Fault = Callable[[str], None]


def boosting_from(value: object, fault: Fault) -> Boosting:
    """The ``[boosting]`` table: how many members, and how strongly each weighs samples anew."""
    table = value if isinstance(value, dict) else {}
    if not isinstance(value, dict):
        fault(f"[boosting] is a table with members and learning_rate; got {value!r}")
    known = {field.name for field in fields(Boosting)}
    for key in set(table) - known:
        fault(f"unknown key 'boosting.{key}'{near(key, known)}")
    members = table.get("members", Boosting.members)
    rate = table.get("learning_rate", Boosting.learning_rate)
    if isinstance(members, bool) or not isinstance(members, int) or members < 2:
        fault(f"boosting.members is a whole number of at least 2; got {members!r}")
        members = Boosting.members
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        fault(f"boosting.learning_rate is a number above 0; got {rate!r}")
        rate = Boosting.learning_rate
    return Boosting(members, float(rate))


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
        makers = [stage.resampler.name] if stage.resampler is not None else []
        makers += ["offline"] if stage.offline is not None else []
        if makers:
            fault(
                f"[boosting] weighs the samples of the data; {makers[0]} makes others (leave one "
                "of them out)"
            )
        if stage.head is not None or stage.reset_head:
            fault("[boosting] goes on from the member before; it cannot exchange the head")
