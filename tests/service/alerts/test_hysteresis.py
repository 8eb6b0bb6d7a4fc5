"""An alert is raised and cleared only after its condition lasted, and never flaps."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.alerts.hysteresis import Signal, State

R, N, C = Signal.RAISE, Signal.NEITHER, Signal.CLEAR


def run(signals, hold=0.0, quiet=0.0, step=1.0) -> list[bool]:
    state, found = State(), []
    for i, signal in enumerate(signals):
        state = state.step(signal, i * step, hold, quiet)
        found.append(state.is_raised)
    return found


def test_between_the_two_conditions_it_stays_as_it_is() -> None:
    assert run([N, R, N, R, N, C, N, C]) == [False, True, True, True, True, False, False, False]


def test_both_conditions_have_to_last() -> None:
    assert run([R, R, N, R, R, R], hold=2) == [False, False, False, False, False, True]
    assert run([R, C, C, R, C, C, C], quiet=2) == [True, True, True, True, True, True, False]


@given(st.lists(st.sampled_from(Signal), max_size=60), st.integers(0, 5), st.integers(0, 5))
def test_no_two_changes_are_closer_than_what_has_to_last(signals, hold: int, quiet: int) -> None:
    found = [False, *run(signals, hold, quiet)]
    changes = [i for i in range(1, len(found)) if found[i] != found[i - 1]]
    for one, other in pairwise(changes):
        assert other - one > (quiet if found[one] else hold)
