"""The health page and Prometheus show every process, and one that died with its age."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from prometheus_client.parser import text_string_to_metric_families

from counterpoise.service.database import reports, shards
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.shards import SENT, Process
from counterpoise.service.runtime.clock import now
from counterpoise.service.web import processes
from counterpoise.service.web.processes import Shown, metrics, total

NUMBERS = Numbers(
    fetched=90, analysed=70, dropped=20, rate=2.5, busy=0.5, possible=5.0, waiting=4,
    waiting_bytes=3 << 20, waiting_most=64 << 20, unwritten=8, model="another",
)  # fmt: skip


@pytest.fixture
def worker(system) -> Process:
    """A worker that holds two shards and said how it does."""
    with system.engine.begin() as connection:
        at = now() - 600_000_000
        me = shards.join(connection, "elsewhere:77", "worker", at)
        _, found = shards.look(connection)
        shards.claim(connection, me, {number: found[number].fence for number in (5, 6)})
        process = Process(me, "elsewhere:77", "worker", at, 0, at)
        reports.tell(connection, process, (5, 6), now(), NUMBERS)
    return process


@pytest.fixture
def quiet(system) -> None:
    """Nobody looks whether others live, so that a test says who does."""
    system.leases.stop()


def samples(client, name: str) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        sample.labels.get("process", ""): sample.value
        for family in families
        for sample in family.samples
        if sample.name == f"counterpoise_{name}"
    }


@pytest.mark.usefixtures("quiet")
def test_each_process_has_its_row_and_sums_are_of_all(browse, system, worker) -> None:
    client = browse("viewer")
    text = client.get("/health/now").text
    assert re.search(r"elsewhere:77.*?worker.*?5 to 6.*?another.*?90.*?70.*?20.*?2\.5", text, re.S)
    assert system.leases.name in text
    assert "Of 2 processes the busiest was busy 50 %" in text
    assert "4 frames wait to be analysed (3.0 of 128 MiB), and 8 results to be written" in text
    assert "died" not in text
    own = system.leases.name
    assert samples(client, "process_up") == {own: 1, "elsewhere:77": 1}
    assert samples(client, "process_frames_fetched_total")["elsewhere:77"] == 90
    assert samples(client, "process_shards") == {own: 63, "elsewhere:77": 2}
    assert samples(client, "frames_waiting") == {"": 4}
    assert samples(client, "results_waiting") == {"": 8}
    start = samples(client, "process_start_time_seconds")["elsewhere:77"]
    assert start == pytest.approx(worker.since / 1e6)


@pytest.mark.usefixtures("quiet")
def test_one_that_is_silent_is_said_before_anybody_took_its_cameras(
    browse, system, worker, monkeypatch
) -> None:
    monkeypatch.setattr(system.leases, "silence", lambda one: 130.0 if one == worker.id else None)
    client = browse("viewer")
    text = client.get("/health/now").text
    assert "elsewhere:77 (worker) died: nothing was heard of it for 2 min." in text
    assert "Nobody has taken over its cameras yet." in text
    assert "0 frames wait to be analysed (0.0 of 64 MiB)" in text, "its queue is gone"
    assert samples(client, "process_up")["elsewhere:77"] == 0
    assert samples(client, "process_silent_seconds") == {"elsewhere:77": 130.0}
    assert "elsewhere:77" not in samples(client, "process_frames_waiting")
    assert samples(client, "process_frames_fetched_total")["elsewhere:77"] == 90


@pytest.mark.usefixtures("quiet")
def test_one_whose_cameras_were_taken_over_is_said_with_its_age(browse, system, worker) -> None:
    with system.engine.begin() as connection:
        reports.died(connection, [worker], now())
        shards.leave(connection, [worker.id])
    client = browse("viewer")
    text = client.get("/health/now").text
    assert "elsewhere:77 (worker) died: nothing was heard of it for 10 min." in text
    assert "taken over its cameras" not in text
    assert samples(client, "process_up")["elsewhere:77"] == 0
    assert 590 < samples(client, "process_silent_seconds")["elsewhere:77"] < 900


def test_one_that_has_said_nothing_yet_is_there(browse, system) -> None:
    with system.engine.begin() as connection:
        shards.join(connection, "new:1", "worker", now())
    client = browse("viewer")
    assert "it has not said yet how it does" in client.get("/health/now").text
    assert samples(client, "process_up")["new:1"] == 1


def shown(name: str, since: int, silent: float | None = None) -> Shown:
    return Shown(name, "worker", since, (SENT, 1), silent, NUMBERS)


def begun(rows: list[Shown]) -> dict[str, float]:
    """What Prometheus hears of when each began."""
    return {
        sample.labels["process"]: sample.value
        for family in metrics(rows)
        for sample in family.samples
        if sample.name == "counterpoise_process_start_time_seconds"
    }


def test_several_of_one_name_that_work_are_all_told() -> None:
    """As of containers of one host name, in which each is process number 1."""
    rows = [shown("box:1", since) for since in (9, 5, 7)] + [shown("box:1", 4, 60.0)]
    assert begun(rows) == {"box:1": 5e-6, "box:1 (2)": 7e-6, "box:1 (3)": 9e-6}


def test_of_processes_of_one_name_prometheus_hears_of_the_last() -> None:
    """As of a container whose process is number 1 again; two series of a name are refused."""
    rows = [
        shown("box:1", 9),
        shown("box:1", 5, 60.0),
        shown("box:2", 3, 9.0),
        shown("box:2", 2, 99.0),
    ]
    found = begun(rows)
    assert found == {"box:1": 9e-6, "box:2": 3e-6}


def test_sums_are_of_those_that_work() -> None:
    found = total([shown("a", 1), shown("b", 2), shown("c", 3, 60.0)])
    assert (found.fetched, found.rate, found.possible, found.busy) == (180, 5.0, 10.0, 0.5)
    assert (found.waiting, found.waiting_most, found.unwritten) == (8, 128 << 20, 16)
    assert total([]).possible is None


def test_shards_are_read_by_people() -> None:
    assert processes.words([SENT, 1, 2, 3, 9]) == "1 to 3, 9, and devices that send"
