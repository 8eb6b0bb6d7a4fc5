"""How a device is, and when it is asked again."""

from __future__ import annotations

import random
from collections import deque
from statistics import median
from typing import Literal

State = Literal["new", "live", "degraded", "back-off", "offline", "disabled"]

RETRY = 1.0  # seconds, the longest first wait
LONGEST = 15 * 60.0  # seconds between two attempts, for ever
TRIES = 3  # failures in a row from which it is in back-off
OFFLINE = 60.0  # seconds without a frame
STILL = 10  # times the same picture in a row, and
STILL_FOR = 60.0  # seconds, from which it is frozen, and
GAPS = 5  # latest changes of its picture, of whose median gap it has to be three times as long
LINES, LINE = 20, 60.0  # lines of its log at once, and the seconds until there is room for another


class Health:
    """new -> live -> degraded -> back-off -> offline, and back to live with a frame.

    It is live only when a frame of it was analysed: `frame` says that one arrived, `verdict` what
    analysis made of it. A device that fails is asked again after a wait drawn between 0 and a
    bound that doubles from 1 s to 15 min (full jitter), and is never given up.

    Args:
        start: monotonic seconds.
        random_: draws the waits.
        interval: seconds between two frames that are wanted of it.
    """

    def __init__(
        self, start: float, random_: random.Random | None = None, interval: float = 0.0
    ) -> None:
        self._offline = max(OFFLINE, 2 * interval)
        self._gaps: deque[float] = deque(maxlen=GAPS)  # seconds between two pictures that differ
        self._lines, self._lines_at, self._left_out = float(LINES), start, 0
        self.state: State = "new"
        self.reason = ""  # why it is not live
        self._random = random_ or random.Random()
        self._failures = 0
        self._after = 0.0  # seconds that it asked to be left alone
        self._last = start  # frame, or the start
        self._changed = start  # the picture
        self._repeats = 0
        self._verdict: str | None = None  # of the last frame that was analysed; "" is good

    def frame(self, at: float, repeated: bool) -> bool:
        """A frame arrived at monotonic seconds `at`; whether that changes the state."""
        self._last, self._failures, self._after = at, 0, 0.0
        if not repeated:
            if self._repeats:
                self._gaps.append(at - self._changed)
            self._repeats, self._changed = 0, at
            return False  # its verdict comes later
        self._repeats += 1
        if self._verdict is None:
            return False
        if self._verdict:
            return self._become("degraded", self._verdict)
        if self._repeats >= STILL and at - self._changed >= self._still_for():
            return self._become("degraded", "frozen")
        return self._become("live", "")

    def verdict(self, reason: str) -> bool:
        """A frame was analysed, or was unusable for this reason; whether that changes the state."""
        self._verdict = reason
        if self._failures:  # since it arrived
            return False
        return self._become("degraded" if reason else "live", reason)

    def failure(self, at: float, reason: str, after: float = 0.0) -> bool:
        """It failed, and asks to be left alone so many seconds; whether that changes the state."""
        self._failures += 1
        self._after = after
        if at - self._last >= self._offline:
            return self._become("offline", reason)
        return self._become("degraded" if self._failures < TRIES else "back-off", reason)

    def silence(self, at: float, seconds: float) -> bool:
        """Whether a device that sends by itself has not done so for so long, and that is new."""
        return at - self._last >= seconds and self._become("offline", "silent")

    def wait(self) -> float:
        """Seconds until it is asked again."""
        bound = min(LONGEST, RETRY * 2.0 ** min(self._failures - 1, 30))
        return max(self._random.uniform(0.0, bound), min(self._after, LONGEST))

    def listed(self, at: float) -> int | None:
        """Whether its log has room for a change at monotonic seconds `at`.

        None if not; else how many changes before it were left out. A device that comes and goes
        fills no disk: `LINES` at once, then one in `LINE` seconds.
        """
        self._lines = min(float(LINES), self._lines + (at - self._lines_at) / LINE)
        self._lines_at = at
        if self._lines < 1:
            self._left_out += 1
            return None
        self._lines -= 1
        left_out, self._left_out = self._left_out, 0
        return left_out

    def _still_for(self) -> float:
        """A picture that is renewed every few minutes by itself is not frozen in between."""
        return max(STILL_FOR, 3 * median(self._gaps)) if self._gaps else STILL_FOR

    def _become(self, state: State, reason: str) -> bool:
        changed = (state, reason) != (self.state, self.reason)
        self.state, self.reason = state, reason
        return changed
