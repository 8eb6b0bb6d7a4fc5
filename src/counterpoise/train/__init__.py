"""One training loop for every method: rounds of updates, evaluation, exact resume."""

PRECISIONS = ("32-true", "64-true", "16-mixed", "bf16-mixed", "bf16-true")
# Parts of a stage's identity. Raise NUMERICS with a change that alters every trained number, or
# one piece's own revision with a change that alters only what that piece trains.
NUMERICS = 1
REVISIONS = {
    "ComplementCrossEntropy": 2,
    "Crop": 2,  # random numbers of its own, as Flip
    "F1Driven": 2,  # fractions are carried over reports; a round is whole batches in either mode
    "Flip": 2,
    "Focal": 2,
    "MCRBO": 2,  # kernels as powers of 2: last bits
    "RBO": 2,
    "UnevenMargin": 2,
    "Temperature": 2,  # rules that learn on validation are scored there out of fold
    "ThresholdSearch": 2,
    "VectorScaling": 2,
}
