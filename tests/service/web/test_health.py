"""The account on its page and for Prometheus, and whether the server works."""

import re
import time
from dataclasses import replace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from counterpoise.service.database.tables import OverallTotal, Total
from counterpoise.service.resources.thinning import DAY, HOUR


def test_page_and_metrics_are_the_account(browse, seen) -> None:
    client = browse("viewer")
    assert "Fetched 1 = analysed 1 + dropped 0 + in flight 0" in client.get("/health").text
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = {s.name: s.value for family in families for s in family.samples if not s.labels}
    assert samples["counterpoise_frames_fetched_total"] == 1
    assert samples["counterpoise_frames_analysed_total"] == 1
    assert samples["counterpoise_frames_in_flight"] == 0


def test_queues_and_the_roofline(browse, seen, system) -> None:
    client = browse("viewer")
    text = client.get("/health/now").text
    assert "0 frames wait to be analysed (0.0 of 64 MiB), and 0 results to be written." in text
    assert re.search(
        r"Analysis was busy .* of the last minute: it analysed .* frames a second", text
    )
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = {s.name: s.value for family in families for s in family.samples if not s.labels}
    assert samples["counterpoise_analysis_roofline"] > samples["counterpoise_analysis_rate"] > 0
    assert 0 < samples["counterpoise_analysis_busy"] < 1
    system.worker.pace.add(1000, 1000.0)
    assert "It is at its limit" in client.get("/health").text


def test_alive_and_ready(browse, system) -> None:
    client = browse()
    assert client.get("/healthz").text == client.get("/readyz").text == "ok"
    system.recorder.error = "the disk is full"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the disk is full")
    assert "the disk is full" in browse("viewer").get("/health").text
    system.recorder.error = ""


def test_retention_is_on_the_page_and_in_metrics(browse, seen, system) -> None:
    system.retention.count()
    client = browse("viewer")
    assert "1 pictures are kept" in client.get("/health").text
    metrics = client.get("/metrics").text
    assert "counterpoise_pictures 1.0" in metrics
    assert "counterpoise_pictures_removed_total 0.0" in metrics


def test_minutes_that_were_removed_are_said(browse, seen, system) -> None:
    client = browse("viewer")
    text = client.get("/health").text
    assert "is kept by the minute for 7 days" in text
    assert "Minutes before" not in text
    now = int(time.time())
    row = {"model_id": 1, "label": "light", "number": 1, "probability": 0.5}
    old = row | {"begin": (now - 9 * DAY) // HOUR * HOUR}
    with system.engine.begin() as connection:
        for seconds in (60, HOUR):
            connection.execute(insert(OverallTotal), old | {"seconds": seconds})
            connection.execute(insert(Total), old | {"seconds": seconds, "camera_id": seen})
    system.retention._minutes.look(now + HOUR)
    text = client.get("/health").text
    assert re.search(
        r"Minutes before 20\d\d-.* are removed, 1 counts of them since the start", text
    )
    assert "counterpoise_minutes_removed_total 1.0" in client.get("/metrics").text
    system.retention.limits = replace(system.retention.limits, minute_days=0)
    assert "by the minute for ever from now on" in client.get("/health").text
