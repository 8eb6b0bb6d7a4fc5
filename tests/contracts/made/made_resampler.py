"""Made for tests/contracts/test_four_files.py: resampler."""

from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import RandomState, Resampler
from counterpoise.resamplers.strategy import Strategy


class MadeResampler(Resampler):
    """Repeat the first samples of each class.

    Args:
        sampling_strategy: as in imbalanced-learn.
        random_state: not used.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Reference: made for a test.

    >>> len(MadeResampler().fit_resample([[0.0], [1.0], [2.0]], [0, 0, 1])[1])
    4
    """

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", random_state: RandomState = None
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def _check_options(self) -> None:
        """Nothing to judge."""

    def _resample(self, problem: Problem) -> Made:
        made = problem.grown()
        for row in range(len(problem.points), len(made.points)):
            own = problem.points[problem.labels == made.labels[row]]
            made.points[row] = own[row % len(own)]
        return made
