"""The counts that a question asks for."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer.shares import Counts, Difference, differences, of_blocks
from counterpoise.service.database import cameras, models, totals
from counterpoise.service.database.search import Search, circle_of, fitting
from counterpoise.service.database.tables import Camera
from counterpoise.service.database.totals import Span, parts
from counterpoise.service.gazetteer.gazetteer import Gazetteer
from counterpoise.service.gazetteer.locating import located
from counterpoise.service.web.analysis_query import Length, Question, automatic, edges

EVERY = 10**9  # cameras: no bound


@dataclass(frozen=True)
class Steps:
    """Counts of classes over time, (steps, K), the most frequent class first.

    Args:
        labels: of the K classes.
        times: where each step begins, and the end.
        probability: sum over the results of each class (K,); None where a model gives none.
        models: number of results by model.
    """

    labels: tuple[str, ...]
    times: tuple[int, ...]
    counts: Counts
    probability: tuple[float, ...] | None
    models: Mapping[int, int]

    @property
    def number(self) -> int:
        """Results in all."""
        return int(self.counts.sum())

    def of(self, labels: Sequence[str]) -> Counts:
        """The counts of these classes, in this order; zero for one that was not seen."""
        column = {label: k for k, label in enumerate(self.labels)}
        table = np.zeros((len(self.counts), len(labels)), np.int64)
        for k, label in enumerate(labels):
            if label in column:
                table[:, k] = self.counts[:, column[label]]
        return table


@dataclass(frozen=True)
class Group:
    """A row of the last table: a place or a camera, and how often each class was seen there."""

    place: Mapping[str, str]  # country, state and city, as far as the row is of one
    camera: int | None
    name: str
    counts: Mapping[str, int]
    number: int


@dataclass(frozen=True)
class Answer:
    """All that a page of analysis shows.

    Args:
        labels: of all classes, the most frequent first.
        now: counts of the period, over time.
        before: in sum of the period that it is compared with.
        differences: of each class; empty where nothing can be said.
        groups: the largest first.
    """

    labels: tuple[str, ...]
    now: Steps
    before: Steps | None
    differences: tuple[Difference, ...]
    groups: tuple[Group, ...]
    cameras: int
    models: Mapping[int, str]


def answer(connection: Connection, asked: Question, places: Gazetteer) -> Answer:
    """Count.

    Raises:
        ArgumentError: as `chosen` does.
    """
    some = chosen(connection, asked, places)
    now = steps(connection, asked, asked.span, asked.length, some)
    before = None
    found: list[Difference] = []
    labels = now.labels
    if asked.before is not None:
        before = steps(connection, asked, asked.before, automatic(asked.before, asked.since), some)
        labels += tuple(label for label in before.labels if label not in now.labels)
        apart = automatic(asked.span, asked.since)
        blocks = now if asked.length == apart else steps(connection, asked, asked.span, apart, some)
        first, second = of_blocks(blocks.of(labels)), of_blocks(before.of(labels))
        if first is not None and second is not None:
            found = differences(labels, first, second)
    counts = totals.by_camera(connection, asked.span, some, asked.query.model)
    return Answer(
        labels=labels,
        now=now,
        before=before,
        differences=tuple(found),
        groups=_groups(connection, asked, counts),
        cameras=len(counts),
        models=models.names(connection),
    )


def chosen(connection: Connection, asked: Question, places: Gazetteer) -> list[int] | None:
    """Numbers of the cameras that were asked for; None for all.

    Raises:
        ArgumentError: a place that nobody knows, a circle without a middle, or the like.
    """
    one = asked.query.camera
    if one is not None and cameras.get(connection, one) is None:
        raise ArgumentError(f"camera: there is no camera {one}")
    if asked.search is None:
        return None if one is None else [one]
    found = _of_search(connection, asked.search, places)
    return found if one is None else [number for number in found if number == one]


def _of_search(connection: Connection, asked: Search, places: Gazetteer) -> list[int]:
    search = located(asked, places).search
    if circle_of(search) is not None:
        found, _ = cameras.find(connection, search, EVERY)
        return sorted(int(row["id"]) for row in found)
    query = fitting(search).with_only_columns(Camera.id).order_by(Camera.id)
    return list(connection.scalars(query))


def steps(
    connection: Connection,
    asked: Question,
    span: Span,
    length: Length,
    some: Sequence[int] | None,
) -> Steps:
    """Counts over time of some cameras together, or of all."""
    times = edges(span, length, asked.zone, asked.since)
    found = totals.over_time(connection, ranges(times), some, asked.query.model)
    numbers: Counter[str] = Counter()
    of_models: Counter[int] = Counter()
    sums: dict[str, float] = defaultdict(float)
    for one in found:
        numbers[one.label] += one.number
        of_models[one.model] += one.number
        sums[one.label] += one.probability
    labels = tuple(sorted(numbers, key=lambda label: (-numbers[label], label)))
    column = {label: k for k, label in enumerate(labels)}
    table = np.zeros((len(times) - 1, len(labels)), np.int64)
    for one in found:
        table[bisect_right(times, one.begin) - 1, column[one.label]] += one.number
    known = tuple(sums[label] for label in labels) if any(sums.values()) else None
    return Steps(labels, tuple(times), table, known, of_models)


def ranges(times: Sequence[int]) -> list[tuple[int, int, int]]:
    """The parts of every step, those that go on from each other joined."""
    open_: dict[int, tuple[int, int]] = {}
    done = []
    for begin, end in itertools.pairwise(times):
        for length, first, last in parts(Span(begin, end)):
            start, stop = open_.get(length, (first, first))
            if stop != first:
                done.append((length, start, stop))
                start = first
            open_[length] = (start, last)
    return done + [(length, start, stop) for length, (start, stop) in open_.items()]


def _groups(
    connection: Connection, asked: Question, counts: Mapping[int, Mapping[str, int]]
) -> tuple[Group, ...]:
    columns = (Camera.id, Camera.name, Camera.country, Camera.state, Camera.city)
    depth = {"country": 1, "state": 2, "city": 3, "camera": 3}[asked.query.by]
    gathered: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    whole: list[Group] = []
    for number, name, *place in connection.execute(select(*columns)):
        found = counts.get(number)
        if found is None:
            continue
        if asked.query.by == "camera":
            named = dict(zip(("country", "state", "city"), place, strict=True))
            whole.append(Group(named, number, name, found, sum(found.values())))
        else:
            gathered[tuple(place[:depth])].update(found)
    for where, numbers in gathered.items():
        named = dict(zip(("country", "state", "city"), where, strict=False))
        shown = ", ".join(part for part in reversed(where) if part)
        whole.append(Group(named, None, shown, numbers, numbers.total()))
    return tuple(sorted(whole, key=lambda group: (-group.number, group.name, group.camera or 0)))
