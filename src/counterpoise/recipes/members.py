"""Several networks in one recipe, which predict together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as table

TABLE = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)  # of a recipe, as TOML has it


@table(frozen=True, config=TABLE)
class Boosting:
    """Several networks that share the updates of one stage and predict together.

    Each begins where the one before ended, with samples weighed by what that one got wrong;
    `learning_rate` is the exponent of these weights' change.
    """

    members: Annotated[int, Field(ge=2)] = 5
    learning_rate: Annotated[float, Field(gt=0)] = 1.0


@table(frozen=True, config=TABLE)
class Ensembling:
    """Several networks that are trained apart, each as the recipe says, and predict together.

    They differ in initial values and in the order of samples; `mean` is that of their
    probabilities, or of margins, which have the arithmetic one alone.
    """

    members: Annotated[int, Field(ge=2)] = 5
    mean: Literal["arithmetic", "geometric"] = "arithmetic"
