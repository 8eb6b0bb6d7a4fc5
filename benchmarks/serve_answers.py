"""How fast the service answers over HTTP: a search of cameras, and the page of analysis."""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
from harness import Claim, Output, interval

SEARCH = 20.0  # ms, the 99th percentile
ANALYSIS = 300.0  # ms

SEARCHED = """
import random, sys
from pathlib import Path
from sqlalchemy import insert, select
from counterpoise.service.database import people, tokens
from counterpoise.service.database.tables import Camera, User
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, model, number = sys.argv[1:]
draw = random.Random(0)
towns = [f"{a}{b}" for a in ("north", "south", "east", "west") for b in ("ham", "ford", "bury")]

def fill(system):
    with system.engine.begin() as connection:
        connection.execute(insert(Camera), [
            {"name": f"camera {n}", "kind": "snapshot", "url": "", "interval": 4,
             "latitude": draw.uniform(-60, 70), "longitude": draw.uniform(-180, 180),
             "city": draw.choice(towns), "is_active": False}
            for n in range(int(number))
        ])
        people.add_user(connection, "b", "none", "viewer", 0, "b")
        user = connection.scalar(select(User.id))
        print(tokens.add_token(connection, user, "b", "viewer", 0, "b"), flush=True)

say = lambda line: print(line, flush=True)
serve(Settings(folder=Path(folder), port=0), Path(model), say, prepare=fill)
"""


COUNTED = """
import sys, time
from pathlib import Path
from sqlalchemy import insert, select, text
from counterpoise.service.database import people, tokens
from counterpoise.service.database.tables import Camera, User
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, model, number = sys.argv[1:]
number, cameras, days = int(number), 1000, 30
now = int(time.time())
begin = now - days * 86400
every = days * 86400 * 1_000_000 / number  # microseconds between two results of all cameras

RESULTS = f'''
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {number - 1}),
drawn AS (SELECT i, abs(random()) % 1000 AS u FROM n)
INSERT INTO results (camera_id, model_id, at, recorded, label, probability, width, height, size)
SELECT abs(random()) % {cameras} + 1, 1, {begin} * 1000000 + CAST(i * {every} AS INTEGER), 0,
  'class ' || CASE WHEN u < 400 THEN 0 WHEN u < 600 THEN 1 WHEN u < 750 THEN 2 WHEN u < 850 THEN 3
    WHEN u < 910 THEN 4 WHEN u < 950 THEN 5 WHEN u < 975 THEN 6 WHEN u < 990 THEN 7
    WHEN u < 997 THEN 8 ELSE 9 END,
  0.9, 640, 480, 47000 FROM drawn
'''
FIRST = '''
INSERT INTO totals (camera_id, seconds, begin, model_id, label, number, probability)
SELECT camera_id, 60, at / 60000000 * 60, model_id, label, count(*), sum(probability)
FROM results GROUP BY 1, 3, 4, 5
'''
LATER = '''
INSERT INTO totals (camera_id, seconds, begin, model_id, label, number, probability)
SELECT camera_id, :long, begin / :long * :long, model_id, label, sum(number), sum(probability)
FROM totals WHERE seconds = :short GROUP BY 1, 3, 4, 5
'''
OVERALL = '''
INSERT INTO overall_totals (seconds, begin, model_id, label, number, probability)
SELECT seconds, begin, model_id, label, sum(number), sum(probability)
FROM totals GROUP BY 1, 2, 3, 4
'''

def fill(system):
    with system.engine.connect() as connection:
        if connection.scalar(select(User.id)) is not None:  # filled before
            user = connection.scalar(select(User.id))
            print(tokens.add_token(connection, user, "b", "viewer", 0, "b"), flush=True)
            connection.commit()
            return
    with system.engine.begin() as connection:
        for setting in ("cache_size=-500000", "temp_store=MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {setting}")
        connection.execute(insert(Camera), [
            {"id": n + 1, "name": f"camera {n}", "kind": "snapshot", "url": "", "interval": 4,
             "country": f"country {n % 40}", "city": f"city {n % 280}", "is_active": False,
             "last_frame": now * 1_000_000, "timezone": "Europe/Berlin"}
            for n in range(cameras)
        ])
        connection.execute(text(RESULTS))
        connection.execute(text(FIRST))
        for short, long in ((60, 3600), (3600, 86400)):
            connection.execute(text(LATER), {"short": short, "long": long})
        connection.execute(text(OVERALL))
        found = connection.execute(text(
            "SELECT (SELECT count(*) FROM results), "
            "(SELECT sum(number) FROM overall_totals WHERE seconds = 86400)")).one()
        assert tuple(found) == (number, number), found
        people.add_user(connection, "b", "none", "viewer", 0, "b")
        user = connection.scalar(select(User.id))
        print(tokens.add_token(connection, user, "b", "viewer", 0, "b"), flush=True)
        connection.exec_driver_sql("PRAGMA cache_size=-2000")  # as it is elsewhere

say = lambda line: print(line, flush=True)
# All its minutes stay, as they were when this was measured first.
serve(Settings(folder=Path(folder), port=0, keep_minute_days=0), Path(model), say, prepare=fill)
"""

PAGES = (
    {"period": "week"},
    {"period": "week", "zone": "Europe/Berlin", "by": "camera"},
    {"period": "month", "against": "nothing"},
    {"period": "month", "zone": "Asia/Kolkata", "against": "nothing", "by": "city"},
    {"period": "day", "per": "minute"},
    {"period": "this-week", "zone": "Europe/Berlin", "country": "country 7", "by": "city"},
    {"period": "month", "against": "nothing", "words": "city 13", "by": "camera"},
)


class Server:
    """A connection to a server, and what its process has cost.

    Args:
        process: its number.
        connection: to it.
        token: of a user.
    """

    def __init__(self, process: int, connection: http.client.HTTPConnection, token: str) -> None:
        self._process, self._connection, self._token = process, connection, token
        self.address = f"http://{connection.host}:{connection.port}"

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[float, bytes]:
        """Milliseconds from the request to the last byte of the answer, and the answer.

        A body is JSON.
        """
        begun = time.perf_counter()
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = 1000 * (time.perf_counter() - begun)
        assert answer.status == 200, content[:500]
        return took, content

    def cpu(self) -> float:
        """Milliseconds of processor that it has used, which other processes add little to."""
        fields = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(script: str, *words: str) -> Iterator[Server]:
    """The server of a script."""
    server = subprocess.Popen(
        [sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    token = server.stdout.readline().strip()
    address = ""
    while "Ctrl-C" not in address:
        address = server.stdout.readline()
        assert address, "the server ended"
    place = urlsplit(address.split()[0])
    assert place.hostname is not None
    connection = http.client.HTTPConnection(place.hostname, place.port)
    try:
        yield Server(server.pid, connection, token)
    finally:
        connection.close()
        server.terminate()
        server.wait()


def search(output: Output, folder: Path, model: Path, number: int, times: int) -> None:
    """Milliseconds of a search by radius and word."""
    draw, found = random.Random(1), []
    with serving(SEARCHED, str(folder / "searched"), str(model), str(number)) as server:
        begun = server.cpu()
        for n in range(times + 20):
            query = {
                "latitude": draw.uniform(-60, 70), "longitude": draw.uniform(-180, 180),
                "km": 500, "words": draw.choice(["north", "ford", "westbury"]),
            }  # fmt: skip
            took, _ = server.ask(f"/api/cameras?{urlencode(query)}")
            if n >= 20:
                found.append(took)
        output.say(f"{(server.cpu() - begun) / (times + 20):.1f} ms of processor each")
    text = f"search of {number} cameras by radius and word over HTTP, 99th percentile, ms"
    at_most(output, text, np.array(found), SEARCH)


def analysis(output: Output, folder: Path, model: Path, number: int, times: int) -> None:
    """Milliseconds of the page of analysis, whole, in seven ways of asking."""
    found: dict[str, list[float]] = {}
    costs: dict[str, float] = {}
    with serving(COUNTED, str(folder / "counted"), str(model), str(number)) as server:
        for asked in PAGES:
            query = urlencode(asked)
            server.ask(f"/analysis?{query}")  # what it reads for the first time is read from disk
            begun = server.cpu()
            for _ in range(times):
                took, content = server.ask(f"/analysis?{query}")
                assert b"By " in content, "no result was shown"
                found.setdefault(query, []).append(took)
            costs[query] = (server.cpu() - begun) / times
    for query, each in found.items():
        output.say(
            f"{query}: median {np.median(each):.0f} ms, largest {max(each):.0f}, "
            f"{costs[query]:.0f} ms of processor each"
        )
    text = f"page of analysis over {number} results over HTTP, 99th percentile, ms"
    at_most(output, text, np.concatenate(list(found.values())), ANALYSIS)


def at_most(output: Output, text: str, times: np.ndarray, bar: float) -> None:
    """A claim on the 99th percentile of milliseconds."""
    low, high = interval(times, lambda values, axis: np.quantile(values, 0.99, axis=axis), 500)
    p99 = float(np.quantile(times, 0.99))
    output.say(f"median {np.median(times):.1f} ms")
    output.claim(
        Claim(text, p99, bar, p99 / bar, 1.0, p99 <= bar, len(times), (low / bar, high / bar))
    )
