"""When a training counts as converged."""

from counterpoise.train.history import converged


def losses(values: list[float]) -> list[dict[str, float]]:
    return [{"train_loss": v} for v in values]


def test_a_flat_end_is_converged_and_a_falling_one_is_not() -> None:
    assert converged(losses([1.0] * 90 + [0.5] * 10)) is True
    assert converged(losses([1 - 0.009 * r for r in range(100)])) is False


def test_a_rise_is_no_fall() -> None:
    assert converged(losses([0.1 + 0.01 * r for r in range(50)])) is True


def test_five_per_cent_over_the_last_tenth_is_the_edge() -> None:
    for fall, expected in ((0.045, True), (0.055, False)):
        tail = [1 - fall * i / 9 for i in range(10)]
        assert converged(losses([1.0] * 90 + tail)) is expected


def test_one_noisy_round_decides_nothing() -> None:
    assert converged(losses([*([1.0] * 80), *([1.0, 1.02] * 9), 1.0, 0.97])) is True


def test_two_rounds_say_nothing() -> None:
    assert converged(losses([1.0, 0.5])) is None
