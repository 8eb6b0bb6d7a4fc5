"""Markers that skip themselves, with the reason; the order of tests; where one hangs; one thread.

With one thread sums do not move. Files go to the processes of pytest-xdist in the order in which
they are collected, so those that take longest, by durations.tsv, come first. It holds the seconds
of each test that takes half a second or more, and is renewed on an idle machine:

    .venv-test/bin/python -m pytest --durations-to tests/durations.tsv
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine makes single examples slow now and then; pytest-timeout bounds the whole test.
settings.register_profile("counterpoise", deadline=None, print_blob=True)
settings.load_profile("counterpoise")

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")


ROOT = Path(__file__).parents[1]
OURS = re.compile(rf"^{re.escape(str(ROOT))}/(tests|benchmarks|src)/|/site-packages/counterpoise/")
RECORDED = Path(__file__).with_name("durations.tsv")
SHORTEST = 0.5  # seconds that are worth a line
FAST = 1.0
seconds: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast",
        action="store_true",
        help=f"leave out tests that are marked slow or system, or took over {FAST:.0f} s",
    )
    parser.addoption("--durations-to", type=Path, help="write the seconds of each test to a file")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _skip(items)
    known = _recorded()
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=[item for item in items if _is_slow(item, known)])
        items[:] = [item for item in items if not _is_slow(item, known)]
    files: Counter[str] = Counter()
    for item in items:
        files[item.location[0]] += known.get(item.nodeid, SHORTEST / 10)
    items.sort(key=lambda item: (-files[item.location[0]], item.location[0]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds[report.nodeid] += report.duration


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The last lines of the output say at which line of our own files one hangs."""
    report = yield
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        lines = [
            f"{Path(entry.path).name}:{entry.lineno + 1}: {str(entry.statement).strip()}"
            for entry in call.excinfo.traceback
            if OURS.search(str(entry.path))
        ]
        crash = getattr(report.longrepr, "reprcrash", None)
        if lines and crash is not None:
            crash.message = f"hangs at {' < '.join(reversed(lines))} ({call.excinfo.value})"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--durations-to")
    if path is not None and not hasattr(session.config, "workerinput"):
        lines = [f"{s:.1f}\t{test}\n" for test, s in sorted(seconds.items()) if s >= SHORTEST]
        path.write_text("".join(lines), "utf-8")


def _recorded() -> dict[str, float]:
    lines = RECORDED.read_text("utf-8").splitlines() if RECORDED.is_file() else []
    return {test: float(s) for s, _, test in (line.partition("\t") for line in lines)}


def _is_slow(item: pytest.Item, known: dict[str, float]) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("slow", "browser", "system"))
    return marked or known.get(item.nodeid, 0.0) > FAST


def _skip(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason_for in REASONS.items():
            for mark in item.iter_markers(name):
                reason = reason_for(mark.args)
                if reason is not None:
                    item.add_marker(pytest.mark.skip(reason=reason))


def _gpu(_: tuple[str, ...]) -> str | None:
    import torch

    return None if torch.cuda.is_available() else "no CUDA device"


def _browser(_: tuple[str, ...]) -> str | None:
    found = any(shutil.which(name) for name in CHROMIUM)
    return None if found else f"no headless Chromium: none of {', '.join(CHROMIUM)} is on the PATH"


def _data(needed: tuple[str, ...]) -> str | None:
    """``@pytest.mark.data("gtsrb_20_80.npz")`` names what has to lie under a data root."""
    roots = [Path(p) for p in os.environ.get("COUNTERPOISE_DATA", "").split(os.pathsep) if p]
    if not roots:
        return "COUNTERPOISE_DATA is not set (docs/data.md)"
    missing = [name for name in needed if not any((root / name).exists() for root in roots)]
    return f"not under COUNTERPOISE_DATA: {', '.join(missing)}" if missing else None


REASONS = {"gpu": _gpu, "browser": _browser, "data": _data}


class PostgreSQL:
    """A server of the Debian package, with a database for each test."""

    def __init__(self, process: subprocess.Popen[str], port: int, user: str, password: str) -> None:
        from sqlalchemy import URL, create_engine

        from counterpoise.service.database.address import OWN
        from counterpoise.service.database.engine import open_database

        self.process, self._numbers = process, count(1)
        self.url = URL.create(OWN, user, password, "127.0.0.1", port, "postgres")
        self._engine = create_engine(self.url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self.execute("CREATE DATABASE made")
        open_database(self.url.set(database="made")).dispose()

    def close(self) -> None:
        self._engine.dispose()

    def execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def database(self, template: str = "made") -> str:
        """The address of a new one: with the newest tables, or as another template is."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def remove(self, address: str) -> None:
        self.execute(f"DROP DATABASE {address.rpartition('/')[2]} WITH (FORCE)")

    def tell(self, what: str) -> None:
        """Kill it, or start it again."""
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    pytest.importorskip("psycopg", reason="needs the extra serve-postgres: psycopg")
    script, pipe = Path(__file__).parent / "service" / "postgresql_server.py", subprocess.PIPE
    with subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, text=True) as process:
        said = json.loads(process.stdout.readline() or "{}")
        if "port" not in said:
            pytest.skip(said.get("missing", "PostgreSQL does not start"))
        server = PostgreSQL(process, **said)
        yield server
        server.close()
        process.stdin.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What asks a database runs on both; on PostgreSQL among the tests of the system."""
    if "database" in metafunc.fixturenames:
        on = [pytest.param("", id=pytest.HIDDEN_PARAM)]
        if metafunc.definition.get_closest_marker("sqlite") is None:
            on.append(pytest.param("postgresql", marks=pytest.mark.system))
        metafunc.parametrize("database", on, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database; empty for a file of SQLite."""
    if not request.param:
        yield ""
        return
    server = request.getfixturevalue(request.param)
    address = server.database()
    yield address
    server.remove(address)
