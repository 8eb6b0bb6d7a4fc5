"""The account of frames, and how the server is, for people, load balancers and Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import account, alerts
from counterpoise.service.database.minutes import ALL, kept_since
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.tables import Camera
from counterpoise.service.system import System
from counterpoise.service.web import processes
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)


@router.get("/health")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    return page(request, "health", **_context(system))


@router.get("/health/now")
def current(request: Request, system: Running, person: Viewer) -> Response:
    """The numbers alone, which the page asks for again every two seconds."""
    return page(request, "balance", **_context(system))


@router.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(system: Running) -> Response:
    """It can work: the database answers, and takes what is written."""
    why = system.is_ready()
    return PlainTextResponse(why or "ok", 503 if why else 200)


@router.get("/metrics")
def metrics(system: Running, person: Viewer) -> Response:
    """The same numbers for Prometheus, in sum over the cameras."""
    registry = CollectorRegistry()
    registry.register(_Numbers(system))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


class _Numbers(Collector):
    def __init__(self, system: System) -> None:
        self._system = system

    def collect(self) -> Iterator[Metric]:
        context = _context(self._system)
        balance: account.Balance = context["balance"]
        whole: Numbers = context["total"]
        for name, number in (("fetched", balance.fetched), ("analysed", balance.analysed)):
            yield CounterMetricFamily(f"counterpoise_frames_{name}", f"Frames {name}", number)
        dropped = CounterMetricFamily(
            "counterpoise_frames_dropped", "Frames dropped", labels=["reason"]
        )
        for reason, number in balance.dropped.items():
            dropped.add_metric([reason], number)
        yield dropped
        gauges: tuple[tuple[str, str, float], ...] = (
            ("frames_in_flight", "Frames that wait or are analysed", balance.in_flight),
            ("frames_waiting", "Frames that wait to be analysed", whole.waiting),
            ("bytes_waiting", "Bytes of the frames that wait", whole.waiting_bytes),
            ("bytes_waiting_limit", "Bytes that may wait", whole.waiting_most),
            ("analysis_busy", "Share of the time with work, of the busiest process", whole.busy),
            ("analysis_rate", "Frames analysed a second, of the last minute", whole.rate),
            ("analysis_roofline", "Frames a second if it always had work", whole.possible or 0.0),
            ("results_waiting", "Results that are not in the database yet", whole.unwritten),
        )
        for name, words, value in gauges:
            yield GaugeMetricFamily(f"counterpoise_{name}", words, value)
        yield from processes.metrics(context["processes"])
        health = GaugeMetricFamily("counterpoise_cameras", "Cameras by health", labels=["health"])
        for state, number in context["states"].items():
            health.add_metric([state], number)
        yield health
        kept = context["kept"]
        yield GaugeMetricFamily("counterpoise_pictures", "Pictures that are kept", kept.number)
        yield GaugeMetricFamily("counterpoise_picture_bytes", "Bytes of pictures", kept.bytes)
        yield CounterMetricFamily(
            "counterpoise_pictures_removed", "Pictures removed by retention", kept.pictures_removed
        )
        yield CounterMetricFamily(
            "counterpoise_results_removed", "Results removed by retention", kept.results_removed
        )
        yield CounterMetricFamily(
            "counterpoise_minutes_removed",
            "Totals of a camera, a class and a minute removed by retention",
            kept.minutes_removed,
        )
        yield CounterMetricFamily(
            "counterpoise_orphans_removed",
            "Pictures removed that a process left which died before it recorded them",
            kept.orphans_removed,
        )
        raised = GaugeMetricFamily(
            "counterpoise_alerts_raised", "Alerts that are raised, by kind", labels=["kind"]
        )
        for kind in alerts.KINDS:
            raised.add_metric([kind], sum(one.kind == kind for one in context["alerts"]))
        yield raised


def _context(system: System) -> dict[str, Any]:
    with system.engine.connect() as connection:
        query = select(Camera.health, func.count()).where(Camera.is_active).group_by(Camera.health)
        states = {state: int(number) for state, number in connection.execute(query)}
        balance = account.balance(connection)
        raised = alerts.raised(connection)
        since = kept_since(connection)
        found = processes.every(connection, system)
    whole = processes.total(found)
    return {
        "kept_since": since if since < ALL else 0,
        "alerts": raised,
        "kept": system.retention.account,
        "limits": system.retention.limits,
        "balance": balance,
        "states": dict(sorted(states.items())),
        "processes": found,
        "alive": sum(one.silent is None for one in found),
        "total": whole,
        "unwritten": system.recorder.waiting,
        "database_error": system.recorder.error,
        "picture_error": system.pictures.error,
        "model": system.name,
        "classes": system.model.classes,
        "is_program": isinstance(system.model, Program),
        "failure": system.model.failure if isinstance(system.model, Program) else None,
    }
