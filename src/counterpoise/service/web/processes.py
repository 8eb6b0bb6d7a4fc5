"""All processes that work on the database, as this one sees them: those that died, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import Connection

from counterpoise.service.database import reports, shards
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.shards import SENT, SHARDS
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System


@dataclass(frozen=True)
class Shown:
    """A process.

    Args:
        name: host and process.
        role: all, web or worker.
        since: when it began, microseconds since 1970.
        shards: that it holds, which of a dead one nobody has taken over yet.
        silent: seconds since it was heard of, if it died; None while it works.
        numbers: how it does, or did; None where it has not said so yet.
    """

    name: str
    role: str
    since: int
    shards: tuple[int, ...]
    silent: float | None
    numbers: Numbers | None

    @property
    def holds(self) -> str:
        """Its shards, as people read them.

        >>> Shown("a:1", "all", 0, (0, 1, 2, 3, 7), None, None).holds
        '1 to 3, 7, and devices that send'
        """
        return words(self.shards)


def every(connection: Connection, system: System) -> list[Shown]:
    """All processes, those that work first, each kind in the order in which they began."""
    holders, held = shards.look(connection)
    told = {report.id: report for report in reports.every(connection)}
    at, me = now(), system.leases.me
    found = []
    for one in holders.values():
        report = told.pop(one.id, None)
        numbers = None if report is None else report.numbers
        found.append(
            Shown(
                one.name,
                one.role,
                one.since,
                tuple(number for number, shard in held.items() if shard.holder == one.id),
                None if one.id == me else system.leases.silence(one.id),
                system.reporting.numbers() if one.id == me else numbers,
            )
        )
    for report in told.values():
        if report.ended is not None:
            silent = max(0.0, (at - report.ended) / 1e6)
            who = report.name, report.role, report.since
            found.append(Shown(*who, (), silent, report.numbers))
    return sorted(found, key=lambda one: (one.silent is not None, one.since, one.name))


def total(processes: Sequence[Shown]) -> Numbers:
    """Of all that work: sums, and how busy the busiest is."""
    alive = [one.numbers for one in processes if one.silent is None and one.numbers is not None]
    possible = sum(one.possible or 0.0 for one in alive)
    return Numbers(
        fetched=sum(one.fetched for one in alive),
        analysed=sum(one.analysed for one in alive),
        dropped=sum(one.dropped for one in alive),
        rate=sum(one.rate for one in alive),
        busy=max((one.busy for one in alive), default=0.0),
        possible=possible or None,
        waiting=sum(one.waiting for one in alive),
        waiting_bytes=sum(one.waiting_bytes for one in alive),
        waiting_most=sum(one.waiting_most for one in alive),
        unwritten=sum(one.unwritten for one in alive),
    )


def metrics(processes: Sequence[Shown]) -> Iterator[Metric]:
    """The numbers of each process for Prometheus, by its host and number.

    Of those of one name, as in a container that is started again, the last is told. Where several
    of one name work, as in containers of one host name, each but the oldest has a number, too.
    """
    by_name: dict[tuple[str, str], Shown] = {}
    for one in sorted(processes, key=_is_rather):
        labels, number_of_name = (one.name, one.role), 1
        while labels in by_name and by_name[labels].silent is None:
            number_of_name += 1
            labels = (f"{one.name} ({number_of_name})", one.role)
        by_name[labels] = one
    for name, said, kind, number in _METRICS:
        family = kind(f"counterpoise_process_{name}", said, labels=["process", "role"])
        for labels, one in by_name.items():
            value = number(one)
            if value is not None:
                family.add_metric(labels, value)
        yield family


def words(numbers: Sequence[int]) -> str:
    """Shards as people read them.

    >>> words(range(1, 65)), words([2, 3, 9]), words([0]), words([])
    ('all', '2 to 3, 9', 'devices that send', 'none')
    """
    fetched = sorted(set(numbers) - {SENT})
    runs: list[list[int]] = []
    for number in fetched:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    if len(fetched) == SHARDS:
        said = "all"
    sends = "devices that send" if SENT in numbers else ""
    return ", and ".join(part for part in (said, sends) if part) or "none"


def _is_rather(one: Shown) -> tuple[bool, int]:
    return one.silent is None, one.since


def _ever(field: str) -> Callable[[Shown], float | None]:
    """What a process said last, also if it died."""
    return lambda one: None if one.numbers is None else getattr(one.numbers, field)


def _now(field: str) -> Callable[[Shown], float | None]:
    """What a process that works says."""
    return lambda one: None if one.silent is not None else _ever(field)(one)


_COUNTER, _GAUGE = CounterMetricFamily, GaugeMetricFamily
_METRICS: tuple[
    tuple[str, str, type[CounterMetricFamily | GaugeMetricFamily], Callable[[Shown], float | None]],
    ...,
] = (
    ("up", "1 while it works, 0 once it died", _GAUGE, lambda one: float(one.silent is None)),
    ("silent_seconds", "Seconds since it died", _GAUGE, lambda one: one.silent),
    ("start_time_seconds", "When it began, since 1970", _GAUGE, lambda one: one.since / 1e6),
    ("shards", "Shards that it holds", _GAUGE, lambda one: float(len(one.shards))),
    ("frames_fetched", "Frames that it fetched since it began", _COUNTER, _ever("fetched")),
    ("frames_analysed", "Frames that it analysed", _COUNTER, _ever("analysed")),
    ("frames_dropped", "Frames that it dropped", _COUNTER, _ever("dropped")),
    ("analysis_rate", "Frames a second, of its last minute", _GAUGE, _now("rate")),
    ("analysis_busy", "Share of that minute in which it had work", _GAUGE, _now("busy")),
    ("frames_waiting", "Frames that wait to be analysed", _GAUGE, _now("waiting")),
    ("results_waiting", "Results that are not in the database yet", _GAUGE, _now("unwritten")),
)
