"""Raised and cleared by different conditions, each of which has to last: nothing flaps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Signal(Enum):
    """What is measured now calls for an alert, for its end, or for neither."""

    RAISE = "raise"
    NEITHER = "neither"
    CLEAR = "clear"


@dataclass(frozen=True)
class State:
    """Whether an alert is raised, and since when what is measured calls for a change.

    Args:
        is_raised: whether it is.
        since: monotonic seconds; None when nothing calls for a change.
    """

    is_raised: bool = False
    since: float | None = None

    def step(self, signal: Signal, at: float, hold: float, quiet: float) -> State:
        """The state after a measurement at `at`.

        Args:
            signal: what it calls for.
            at: monotonic seconds.
            hold: seconds that RAISE has to last.
            quiet: seconds that CLEAR has to last.

        >>> State().step(Signal.RAISE, 0, hold=10, quiet=60)
        State(is_raised=False, since=0)
        >>> State(False, 0).step(Signal.RAISE, 10, hold=10, quiet=60)
        State(is_raised=True, since=None)
        """
        wanted = Signal.CLEAR if self.is_raised else Signal.RAISE
        if signal is not wanted:
            return State(self.is_raised)
        since = at if self.since is None else self.since
        if at - since >= (quiet if self.is_raised else hold):
            return State(not self.is_raised)
        return State(self.is_raised, since)
