"""Which of several runs is the best on validation."""

from counterpoise.experiments.search.measured import Measured, best_of


def test_ties_go_to_the_first_and_a_point_without_value_to_nobody() -> None:
    values = [None, 0.5, 0.75, 0.75]
    measured = [Measured("ok", values={"g_mean": value}) for value in values]
    assert best_of(measured, "g_mean") == 2
    assert best_of([Measured("diverged"), Measured("diverged")], "g_mean") == 0
