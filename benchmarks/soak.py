"""Whether the server stays as it is for half an hour, when 30 % of its cameras are dead or hostile.

The server and its emulated cameras are processes of their own, on loopback; pages are asked for
meanwhile, by eight people at once in the first third of the time, so that threads, connections and
caches become as many as they ever will. Judged after it: memory (the anonymous part: no files) may
not grow (the slope over 12 stretches of time, with its 95 % interval, Student's t), nor may
descriptors: by the slope of the fewest of each stretch, and **at rest**. Twice the cameras fall
silent and no page is asked for, before the last two thirds and after them, until what is on its way
has ended and connections kept for the next request are closed: what was opened in between and is
never closed is then seen whatever the load of the machine, which decides how many downloads run at
a time. At the end, when all has arrived, the server is ended: each frame that a healthy camera sent
is then in the account, and of those that were asked for as often as wanted, 99 % have a result.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from harness import Claim, Output, common, parser, run
from scipy import stats
from serve import exported, pictures

HEALTHY, HOSTILE = 28, 12
INTERVAL = 1.0  # seconds between two frames of a camera
STRETCHES = 12
PEOPLE = 8  # that ask for pages at once in the first third
REST = 40.0  # seconds of silence: connections are kept for 15, and broken downloads end before
AT_REST = 15.0  # of them at the end, of which the fewest descriptors count
AGAIN = 60.0  # seconds in which cameras that were silent are asked again
PAGES = ("/api/cameras", "/api/account", "/api/cameras/1/results", "/metrics", "/", "/cameras/1")

SERVER = """
import sys, time
from pathlib import Path
from sqlalchemy import insert, select
from counterpoise.service import demo
from counterpoise.service.database import candidates, people, tokens
from counterpoise.service.database.tables import Camera, User
from counterpoise.service.emulator.server import FAULTS
from counterpoise.service.promotion import promoting
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, model, address, healthy, hostile, interval, candidate = sys.argv[1:]
bad = [name for name in FAULTS if name not in ("good", "slow", "frozen", "unchanged")]

def fill(system):
    rows = []
    for n in range(1, int(healthy) + int(hostile) + 1):
        is_good = n <= int(healthy)
        fault = "good" if is_good else bad[n % len(bad)]
        stream = is_good and n % 4 == 0
        rows.append({
            "id": n, "name": f"{n} {fault}",
            "interval": 0.1 if stream else float(interval),  # more often than it sends
            "kind": "mjpeg" if stream else "snapshot",
            "url": f"{address}/{n}/{fault}/{'stream' if stream else 'snapshot'}",
        })
    with system.engine.begin() as connection:
        connection.execute(insert(Camera), rows)
        people.add_user(connection, "b", "none", "viewer", 0, "b")
        user = connection.scalar(select(User.id))
        print(tokens.add_token(connection, user, "b", "viewer", 0, "b"), flush=True)
    system.reassign()
    if candidate:
        now, by = int(time.time() * 1e6), "soak"
        number = promoting.add(system.engine, Path(folder), Path(candidate), by, now)
        with system.engine.begin() as connection:
            candidates.shadow(connection, number, False, now, by)

say = lambda line: print(line, flush=True)
settings = Settings(folder=Path(folder), port=0)
serve(settings, Path(model), say, demo.place(address), prepare=fill)
"""

RECORDED = """
import json, sys
from pathlib import Path
from sqlalchemy import select
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.tables import Account
with open_database(Path(sys.argv[1])).connect() as connection:
    rows = connection.execute(select(Account.camera_id, Account.what, Account.number)).all()
print(json.dumps([list(row) for row in rows]))
"""


def sizes(process: int) -> tuple[float, int]:
    """MiB of memory, and the number of open descriptors."""
    proc = Path(f"/proc/{process}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text("utf-8").splitlines())
    return int(status["RssAnon"].split()[0]) / 1024, len(list((proc / "fd").iterdir()))


def kinds_of_descriptors(process: int) -> str:
    """How many of each kind are open: sockets, files of the database, others."""
    found: Counter[str] = Counter()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found[re.sub(r":.*", "", Path(os.readlink(link)).name)] += 1
    return ", ".join(f"{number} {kind}" for kind, number in found.most_common())


def slope(
    minutes: Sequence[float], values: Sequence[float], of: Callable[..., Any] = np.mean
) -> tuple[float, float, float]:
    """By how much a minute `of` stretches of `values` grows, and the 95 % interval of that."""
    blocks = [
        (np.mean(m), of(v))
        for m, v in zip(
            np.array_split(np.array(minutes), STRETCHES),
            np.array_split(np.array(values), STRETCHES),
            strict=True,
        )
    ]
    fit = stats.linregress(*np.array(blocks).T)
    half = float(stats.t.ppf(0.975, STRETCHES - 2) * fit.stderr)
    return float(fit.slope), float(fit.slope) - half, float(fit.slope) + half


def asked(address: str, token: str) -> None:
    """Every page once."""
    place = urlsplit(address)
    assert place.hostname is not None
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    for path in PAGES:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
    connection.close()


class Watched:
    """The server's memory and descriptors while its pages are asked for."""

    def __init__(
        self, output: Output, process: int, address: str, token: str, cameras: str
    ) -> None:
        self._output, self._process, self._cameras = output, process, cameras
        self._asked = partial(asked, address, token)
        self._asking = ThreadPoolExecutor(PEOPLE)
        self._begun = time.monotonic()
        self.times: list[float] = []
        self.memory: list[float] = []
        self.descriptors: list[float] = []

    @property
    def now(self) -> float:
        """Minutes since it began."""
        return (time.monotonic() - self._begun) / 60

    def watch(self, until: float, people: int) -> None:
        """Ask for pages and look, each second."""
        while self.now < until:
            list(self._asking.map(lambda _: self._asked(), range(people)))
            used, opened = sizes(self._process)
            self.times.append(self.now)
            self.memory.append(used)
            self.descriptors.append(float(opened))
            if int(self.now) > int(self.times[-2] if len(self.times) > 1 else 0):
                self._say(f"{used:.1f} MiB, {opened} descriptors")
            time.sleep(1)

    def at_rest(self, seconds: float) -> int:
        """The fewest descriptors once the cameras have been silent for a while."""
        self.tell("quiet")
        time.sleep(max(0.0, seconds - AT_REST))
        fewest, left = sizes(self._process)[1], time.monotonic() + min(seconds, AT_REST)
        while time.monotonic() < left:
            fewest = min(fewest, sizes(self._process)[1])
            time.sleep(0.1)
        self._say(f"at rest: {sizes(self._process)[0]:.1f} MiB, {fewest} descriptors")
        return fewest

    def tell(self, what: str) -> None:
        """Let the cameras be quiet, or loud."""
        urllib.request.urlopen(f"{self._cameras}/{what}", data=b"").close()

    def _say(self, what: str) -> None:
        kinds = kinds_of_descriptors(self._process)
        self._output.say(f"minute {self.now:.0f}: {what}: {kinds}")


def soaked(
    output: Output, folder: Path, candidate: Path | None, minutes: float, rest: float
) -> None:
    """Run, watch, end in good order, and compare with the cameras' own counts."""
    images, model = folder / "images", folder / "model"
    emulator = subprocess.Popen(
        [sys.executable, "-m", "counterpoise.service.emulator", str(images)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert emulator.stdin is not None
    assert emulator.stdout is not None
    cameras = emulator.stdout.readline().strip()
    told = [str(HEALTHY), str(HOSTILE), str(INTERVAL), str(candidate or "")]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder / "server"), str(model), cameras, *told],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        token, address = server.stdout.readline().strip(), ""
        while "Ctrl-C" not in address:
            address = server.stdout.readline()
            if not address:
                raise SystemExit("the server did not start")
        watched = Watched(output, server.pid, address.split()[0], token, cameras)
        watched.watch(until=minutes / 3 - (rest + min(AGAIN, 10 * minutes)) / 60, people=PEOPLE)
        before = watched.at_rest(rest)
        watched.tell("loud")
        watched.watch(until=minutes, people=1)
        after = watched.at_rest(rest)
        server.terminate()
        server.wait(60)
        with urllib.request.urlopen(f"{cameras}/counts") as answer:
            sent = {int(camera): number for camera, number in json.load(answer).items()}
    finally:
        server.kill()
        server.wait()
        emulator.stdin.close()
        emulator.wait()
    command = [sys.executable, "-c", RECORDED, str(folder / "server" / "counterpoise.sqlite")]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    judge(output, watched, minutes)
    output.claim(Claim(
        f"open descriptors at rest after {minutes:g} minutes, over those after a third",
        after, before, after / before, 1.0, after <= before, 1, (after / before, after / before),
    ))  # fmt: skip
    healthy = sum(sent.get(camera, 0) for camera in range(1, HEALTHY + 1))
    counts = {(camera, what): number for camera, what, number in rows}
    of = {
        what: sum(n for (camera, w), n in counts.items() if camera <= HEALTHY and w == what)
        for what in sorted({what for _, what in counts})
    }
    output.say(
        f"healthy cameras: sent {healthy}, {', '.join(f'{w} {n}' for w, n in of.items() if n)}"
    )
    for text, ours, bar in (
        ("healthy cameras: frames in the account over frames that they sent", of["fetched"], 1.0),
        ("healthy cameras: results over frames that they sent", of["analysed"], 0.99),
    ):
        share = ours / healthy
        output.claim(Claim(text, ours, healthy, share, bar, share >= bar, 1, (share, share)))


def judge(output: Output, watched: Watched, minutes: float) -> None:
    """Whether they grow after the first third."""
    late = next(n for n, time in enumerate(watched.times) if time >= minutes / 3)
    for what, values, of in (
        ("memory, MiB", watched.memory, np.mean),
        ("open descriptors", watched.descriptors, np.min),
    ):
        rise, low, high = slope(watched.times[late:], values[late:], of)
        output.say(f"{what}: {values[late]:.1f} after a third, {values[-1]:.1f} at the end, "
                   f"at most {max(values):.1f}")  # fmt: skip
        text = f"{what} a minute over {minutes:g} minutes, {HOSTILE} of {HEALTHY + HOSTILE} bad"
        output.claim(Claim(text, rise, 0.0, None, 0.0, low <= 0, len(values), (low, high)))


def main() -> None:
    """Half an hour unless told otherwise."""
    reader = parser(__doc__ or "")
    reader.add_argument("--minutes", type=float, default=30.0, help="how long (default 30)")
    reader.add_argument("--candidate", action="store_true", help="another model sees the frames")
    given = reader.parse_args()
    output = Output(common(given))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = folder / "images"
        pictures(images, 16)
        exported(folder, images, "small-cnn")
        minutes = 0.5 if output.options.quick else given.minutes
        candidate = None
        if given.candidate:
            candidate = folder / "candidate" / "model"
            exported(folder / "candidate", images, "lenet5")
        soaked(output, folder, candidate, minutes, 3.0 if output.options.quick else REST)


if __name__ == "__main__":
    run(main)
