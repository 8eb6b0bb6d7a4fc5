"""One training loop for every method: rounds of updates, evaluation, exact resume."""

PRECISIONS = ("32-true", "64-true", "16-mixed", "bf16-mixed", "bf16-true")
NUMERICS = 1  # raised with every change that alters a trained number; part of stage identities
