"""Looks every few seconds whether a rule calls for an alert, or for its end."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, case, func, select
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import ArgumentError
from counterpoise.service.alerts.drifting import Drifting
from counterpoise.service.alerts.hysteresis import Signal, State
from counterpoise.service.alerts.measured import Measured, between
from counterpoise.service.database import alerts, cameras, deliveries
from counterpoise.service.database.alerts import Rule
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera, OverallTotal, Result, Total
from counterpoise.service.runtime.failure import REASONS

STEP = 5.0  # seconds between two looks
SAY = 5.0  # seconds of a look that pictures are read in, for the words of its alerts
OPEN = 100  # alerts of one rule that are raised at a time
FITTING = 60.0  # seconds that the cameras of a search are kept
PART = 500  # numbers in one query

log = logging.getLogger(__name__)

Key = tuple[int, int | None]  # rule, camera


class Watch:
    """Raises and clears alerts, and has webhooks told, from a thread of its own.

    Args:
        engine: of the database.
        folder: on the disk that rules of kind disk are about.
        storing: why pictures or results are not stored; empty when they are.
        clock: microseconds since 1970.
        drifting: measures which cameras see other classes than the training had.
        monotonic: seconds.
        shifted: says of a camera how far its features have moved.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        storing: Callable[[], str],
        clock: Callable[[], int],
        drifting: Drifting,
        monotonic: Callable[[], float] = time.monotonic,
        shifted: Callable[[int], str] = lambda camera: "",
    ) -> None:
        self._engine, self._folder, self._storing = engine, folder, storing
        self._clock, self._drifting, self._monotonic = clock, drifting, monotonic
        self._shifted = shifted
        self._states: dict[Key, State] = {}
        self._failed: set[int] = set()  # rules that could not be measured at the last look
        self._seen = 0  # the last result that was looked at
        self._fitting: dict[str, tuple[float, frozenset[int]]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin where the last server ended: what was raised is raised."""
        with self._engine.connect() as connection:
            self._states = {
                (one.rule, one.camera): State(is_raised=True) for one in alerts.raised(connection)
            }
            self._seen = connection.scalar(select(func.max(Result.id))) or 0
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(STEP):
            try:
                self.look()
            except SQLAlchemyError as error:  # it is tried again, and nothing is forgotten
                log.warning("alerts wait for the database: %s", type(error).__name__)
            except Exception:  # a defect of ours in one rule: the others go on next time
                log.exception("alerts")

    def look(self) -> None:
        """Measure once; what is raised or cleared is written in one transaction, or not at all."""
        at = self._monotonic()
        with self._engine.connect() as connection:
            last = connection.scalar(select(func.max(Result.id))) or 0
            found = {rule.id: rule for rule in alerts.rules(connection, only_active=True)}
            measured, failed = self._all_measured(connection, found, last)
        states: dict[Key, State] = {}
        changed: list[tuple[Key, bool, Measured]] = []
        number = {rule: sum(s.is_raised for k, s in self._states.items() if k[0] == rule)
                  for rule in found}  # fmt: skip
        say_until = at + SAY
        over = Measured(Signal.CLEAR, 0, "the camera or the rule is not watched any more")
        for key in measured.keys() | {k for k, s in self._states.items() if s.is_raised}:
            rule = found.get(key[0])
            before = self._states.get(key, State())
            if key[0] in failed:  # it stays as it is
                states[key] = before
                continue
            one = measured.get(key, over)
            hold, quiet = _times(rule) if rule and key in measured else (0.0, 0.0)
            after = before.step(one.signal, at, hold, quiet)
            if after.is_raised and not before.is_raised:
                if number[key[0]] >= OPEN:
                    continue
                number[key[0]] += 1
            if after.is_raised != before.is_raised:
                if rule and rule.fields.kind == "drift" and after.is_raised and key[1] is not None:
                    has_time = self._monotonic() < say_until  # else no other alert would be raised
                    words = (one.detail, self._shifted(key[1]) if has_time else "")
                    one = replace(one, detail="; ".join(filter(None, words)))
                changed.append((key, after.is_raised, one))
            if after != State():
                states[key] = after
        if changed:
            with self._engine.begin() as connection:
                for key, is_raised, one in changed:
                    self._write(connection, key, is_raised, one)
                alerts.trim(connection)
        self._states, self._seen = states, last

    def _all_measured(
        self, connection: Connection, rules: dict[int, Rule], last: int
    ) -> tuple[dict[Key, Measured], set[int]]:
        """What rules measure, and those that cannot, which stop no other."""
        measured: dict[Key, Measured] = {}
        failed = set()
        for rule in rules.values():
            try:
                found = dict(self._measured(connection, rule, last))
            except SQLAlchemyError:
                raise
            except Exception as error:  # its folder is gone, or a defect of ours
                failed.add(rule.id)
                if rule.id not in self._failed:
                    log.exception("alerts: rule %d: %s", rule.id, type(error).__name__)
            else:
                measured |= {(rule.id, camera): one for camera, one in found.items()}
        self._failed = failed
        return measured, failed

    def _write(self, connection: Connection, key: Key, is_raised: bool, one: Measured) -> None:
        rule = alerts.rule(connection, key[0])
        camera = None if key[1] is None else cameras.get(connection, key[1])
        if rule is None or (key[1] is not None and camera is None):
            return  # removed meanwhile, and its alerts with it
        at, fields = self._clock(), rule.fields
        number = alerts.write(connection, rule.id, key[1], at, is_raised, one.value, one.detail)
        if fields.url:
            data: dict[str, Any] = {
                "alert": number,
                "rule": {"id": rule.id, "name": fields.name, "kind": fields.kind},
                "camera": None if camera is None else {"id": key[1], "name": camera["name"]},
                "label": fields.label,
                "value": one.value,
                "detail": one.detail[:500],
            }
            what = "raised" if is_raised else "cleared"
            deliveries.enqueue(connection, rule.id, what, at, data)

    def _measured(
        self, connection: Connection, rule: Rule, last: int
    ) -> Iterator[tuple[int | None, Measured]]:
        kind = rule.fields.kind
        if kind == "class seen":
            yield from self._class_seen(connection, rule, last)
        elif kind == "class rate":
            yield None, self._class_rate(connection, rule)
        elif kind == "camera offline":
            yield from self._offline(connection, rule)
        elif kind == "drift":
            yield from self._drift(connection, rule)
        elif kind == "disk":
            yield None, self._disk(rule)
        else:
            why = self._storing()
            signal = Signal.RAISE if why else Signal.CLEAR
            yield None, Measured(signal, float(bool(why)), why or "pictures and results are stored")

    def _class_seen(
        self, connection: Connection, rule: Rule, last: int
    ) -> Iterator[tuple[int, Measured]]:
        fields = rule.fields
        query = (
            select(Result.camera_id, func.count())
            .where(Result.id > self._seen, Result.id <= last, Result.label == fields.label)
            .group_by(Result.camera_id)
        )
        if fields.probability:
            query = query.where(Result.probability >= fields.probability)
        wanted = self._of(connection, rule)
        for camera, number in connection.execute(query):
            if wanted is None or camera in wanted:
                is_enough = number >= (fields.raise_at or 1)
                signal = Signal.RAISE if is_enough else Signal.NEITHER
                yield camera, Measured(signal, number, f"{fields.label} is seen")
        detail = f"{fields.label} is not seen any more"
        for rule_id, before in self._states:
            if rule_id == rule.id and before is not None:
                yield from self._unless_seen(connection, query, before, detail)

    @staticmethod
    def _unless_seen(
        connection: Connection, query: Any, camera: int, detail: str
    ) -> Iterator[tuple[int, Measured]]:
        if connection.execute(query.where(Result.camera_id == camera)).first() is None:
            yield camera, Measured(Signal.CLEAR, 0, detail)

    def _class_rate(self, connection: Connection, rule: Rule) -> Measured:
        fields = rule.fields
        begin = self._clock() // 1_000_000 - fields.window
        past = begin % 60  # of the oldest minute, whose frames count for the rest of it
        begin -= past
        wanted = self._of(connection, rule)
        table = OverallTotal if wanted is None else Total
        share = case((table.begin == begin, 1 - past / 60), else_=1.0)
        query = select(func.coalesce(func.sum(table.number * share), 0)).where(
            table.seconds == 60, table.begin >= begin, table.label == fields.label
        )
        queries = [query]
        if wanted is not None:
            some = sorted(wanted)
            parts = [some[i : i + PART] for i in range(0, len(some), PART)]
            queries = [query.where(Total.camera_id.in_(part)) for part in parts]
        value = float(sum(connection.scalar(one) or 0 for one in queries))
        detail = f"{fields.label} in {value:.0f} frames of {fields.window} s"
        return between(fields.raise_at, fields.clear_at, value, detail)

    def _offline(self, connection: Connection, rule: Rule) -> Iterator[tuple[int, Measured]]:
        now, least = self._clock(), rule.fields.raise_at or 0
        wanted = self._of(connection, rule)
        query = select(Camera.id, Camera.health, Camera.reason, Camera.last_frame,
                       Camera.health_since).where(Camera.is_active)  # fmt: skip
        for camera, health, reason, frame, since in connection.execute(query):
            if wanted is not None and camera not in wanted:
                continue
            seconds = (now - max(frame or 0, 0 if frame else since or now)) / 1e6
            if health == "live":
                yield camera, Measured(Signal.CLEAR, 0, "it is live")
            elif health != "new" and seconds >= least:
                why = REASONS.get(reason, reason or health)
                detail = f"no new frame for {seconds:.0f} s: {why}"
                yield camera, Measured(Signal.RAISE, seconds, detail)
            else:
                yield camera, Measured(Signal.NEITHER, seconds, "")

    def _drift(self, connection: Connection, rule: Rule) -> Iterator[tuple[int, Measured]]:
        seconds, wanted = self._clock() // 1_000_000, self._of(connection, rule)
        for camera, one in self._drifting.measured(
            connection, rule.id, wanted, seconds, self._monotonic()
        ):
            found = between(rule.fields.raise_at, rule.fields.clear_at, one.index, one.said)
            is_sure = one.is_more_than_chance or found.signal is not Signal.RAISE
            yield camera, found if is_sure else Measured(Signal.NEITHER, one.index, one.said)

    def _disk(self, rule: Rule) -> Measured:
        usage = shutil.disk_usage(self._folder)
        value = 100 * (1 - usage.free / usage.total)
        detail = f"{value:.1f} % used, {usage.free / 1e9:.1f} GB free"
        return between(rule.fields.raise_at, rule.fields.clear_at, value, detail)

    def _of(self, connection: Connection, rule: Rule) -> frozenset[int] | None:
        """The cameras of a rule; None for all."""
        fields = rule.fields
        if fields.camera is not None:
            return frozenset({fields.camera})
        if fields.search == Search():
            return None
        key, at = fields.search.model_dump_json(), self._monotonic()
        known = self._fitting.get(key)
        if known is None or at - known[0] >= FITTING:
            try:
                found = frozenset(row["id"] for row in cameras.every(connection, fields.search))
            except ArgumentError:  # half a circle
                found = frozenset()
            self._fitting[key] = known = (at, found)
        return known[1]


def _times(rule: Rule) -> tuple[float, float]:
    return rule.fields.hold, rule.fields.quiet or 0.0
