"""When a model that a process cannot have now is tried again, and when that is said."""

from __future__ import annotations

from time import monotonic

from counterpoise.errors import CounterpoiseError
from counterpoise.service.promotion.travelling import AbsentError

AGAIN = 60.0  # seconds until a model that could not be loaded is tried again
SOON = 2.0  # seconds until that, of one that may be on its way
LATE = 10.0  # seconds after which it is said that it is not here


class Patience:
    """With one model at a time, by its number."""

    def __init__(self) -> None:
        self._missed = -1
        self._since = self._again = 0.0  # monotonic seconds: of that, and of the next attempt
        self._is_said = False

    def may_try(self, model: int) -> bool:
        """Whether it is time to."""
        if model != self._missed:
            self._missed, self._since, self._again = model, monotonic(), 0.0
            self._is_said = False
        return monotonic() >= self._again

    def is_to_be_said(self, error: CounterpoiseError) -> bool:
        """Note that it failed; whether that is news, and not on its way."""
        at = monotonic()
        is_late = not isinstance(error, AbsentError) or at - self._since >= LATE
        self._again = at + (AGAIN if is_late else SOON)
        is_news, self._is_said = is_late and not self._is_said, is_late or self._is_said
        return is_news

    def forget(self) -> None:
        """It worked."""
        self._missed = -1
