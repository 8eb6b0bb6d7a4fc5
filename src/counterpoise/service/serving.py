"""Serve until Ctrl-C: the port, the first admin, and an orderly end."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.access.passwords import hashed, random_password
from counterpoise.service.analyzer.program import Program
from counterpoise.service.app import application
from counterpoise.service.cluster import placing
from counterpoise.service.database import people
from counterpoise.service.exporting import MEAN
from counterpoise.service.logs import logging_to
from counterpoise.service.memory import memory_given_back, set_aside_what_stays, use_one_heap
from counterpoise.service.runtime.clock import now
from counterpoise.service.settings import Settings
from counterpoise.service.system import System
from counterpoise.service.working import Working

GRACE = 3  # seconds that open requests may take at the end
FIRST = "admin"


def serve(
    settings: Settings,
    folder: Path | None,
    say: Callable[[str], None],
    emulator: tuple[str, int] | None = None,
    prepare: Callable[[System], None] = lambda system: None,
) -> None:
    """Run the server until it is interrupted.

    Args:
        settings: of the server.
        folder: of the exported model; None for the program that the settings name.
        say: prints a line for the operator.
        emulator: address and port of the demo's cameras.
        prepare: what is to be done once the system runs.

    Raises:
        ArgumentError: the port is taken, the address is not this machine's, the program does not
            load, or the engine's cluster cannot be used.
        OutputError: another server works in the folder.
        CheckpointError: the model is missing or damaged.
    """
    use_one_heap()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    analyst = _program(settings) if folder is None else _exported(folder)
    settings = placing.checked(settings)
    with (
        logging_to(settings.log_format, settings.log_level),
        _listening(settings) as listening,
        placing.cluster(settings) as ray,
        System(settings, *analyst, emulator) as system,
        placing.placed(ray, system, analyst, emulator, say),
        memory_given_back(),
    ):
        prepare(system)
        set_aside_what_stays()
        host, port = listening.getsockname()[:2]
        password = _first_admin(system)
        if password is not None:
            say(f"user {FIRST}, password {password} (printed once; change it on its page)")
        shown = f"[{host}]" if ":" in host else host
        say(f"http://{shown}:{port}  (Ctrl-C ends)")
        app = application(system)
        config = uvicorn.Config(
            app,
            log_config=None,  # its lines go where ours do
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            proxy_headers=settings.https,
            ws="none",
        )
        try:
            with _loading_again(system, folder, say):
                server = uvicorn.Server(config)
                app.state.is_ending = lambda: server.should_exit  # ends those who follow events
                server.run(sockets=[listening])
        except KeyboardInterrupt:  # which it raises again when all is served
            say("ending: what was fetched is analysed and recorded")


def work(
    settings: Settings,
    folder: Path | None,
    say: Callable[[str], None],
    emulator: tuple[str, int] | None = None,
) -> None:
    """Work for a server with pages until it is interrupted; see `serve` for what they share.

    Without a folder and a program it runs the model that the server runs.

    Raises:
        ArgumentError: there is no database yet, or the program does not load.
        CheckpointError: the model is missing or damaged, or none is given and that of the server
            cannot be had.
    """
    placing.checked(settings)
    use_one_heap()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda number, frame: ended.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        analyst = _given(settings, folder)
        with (
            logging_to(settings.log_format, settings.log_level),
            Working(settings, *analyst, emulator) as working,
            memory_given_back(),
        ):
            set_aside_what_stays()
            say(f"worker {working.leases.name} has its share of the cameras  (Ctrl-C ends)")
            ended.wait()
            say("ending: what was fetched is analysed and recorded")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _loading_again(
    system: System, folder: Path | None, say: Callable[[str], None]
) -> Iterator[None]:
    """Load the model again whenever SIGHUP arrives; one that cannot be loaded changes nothing."""

    def load() -> None:
        try:
            model, name = _program(system.settings) if folder is None else _exported(folder)
            system.use(model, name)
        except CounterpoiseError as error:
            say(f"the model that runs goes on: {error}")
        else:
            say(f"{name} is loaded again: {system.model.digest[:12]}")

    def hangup(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=load, name="load").start()  # pages are served meanwhile

    before = signal.signal(signal.SIGHUP, hangup)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _given(settings: Settings, folder: Path | None) -> tuple[ExportedModel | Program | None, str]:
    """What a worker is started with."""
    if folder is not None:
        return _exported(folder)
    return (None, "") if settings.program is None else _program(settings)


def _exported(folder: Path) -> tuple[ExportedModel | Program, str]:
    return ExportedModel.load(folder), _name(folder)


def _program(settings: Settings) -> tuple[ExportedModel | Program, str]:
    assert settings.program is not None
    program = Program(settings.program, settings.program_seconds)
    return program, program.name


def _first_admin(system: System) -> str | None:
    """Make the first user, if there is none; its password."""
    password = random_password()
    with system.engine.begin() as connection:
        if people.has_users(connection):
            return None
        people.add_user(connection, FIRST, hashed(password), "admin", now(), "the first start")
    return password


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise ArgumentError(
            f"cannot listen on {settings.host}, port {settings.port}: {error.strerror} "
            "(another server? --port names another port, 0 any that is free)"
        ) from None
    # Each connection has it from here: else the body of an answer waits 40 ms for the client's word
    # that its head has come, since asyncio sets it only where the protocol is named.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _name(folder: Path) -> str:
    """Of the model, for people: its run, its comparison, or its folder."""
    whole = folder.absolute()
    if whole.name.startswith(MEAN):
        return whole.parent.name
    return whole.parent.parent.name if whole.name == "onnx" else whole.name
