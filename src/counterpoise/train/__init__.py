"""One training loop for every method: rounds of updates, evaluation, exact resume."""

from typing import Literal, get_args

Precision = Literal["32-true", "64-true", "16-mixed", "bf16-mixed", "bf16-true"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
# Part of every stage's identity: raise it with a change that alters every trained number. A change
# that alters only what one piece trains raises that class's own `revision`.
NUMERICS = 1
