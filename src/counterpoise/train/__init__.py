"""One training loop for every method: rounds of updates, evaluation, exact resume."""

NUMERICS = 1  # raised with every change that alters a trained number; part of stage identities
