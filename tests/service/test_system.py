"""The system starts, goes on after an end, and says what it cannot do."""

import contextlib
import io
import itertools
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import place
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.isolating import REFUSED
from counterpoise.service.database.tables import Model, Result, Total
from counterpoise.service.database.totals import LENGTHS
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.settings import Settings
from counterpoise.service.share import Share
from counterpoise.service.system import System


def test_a_second_one_on_the_same_folder_is_refused(system, stub) -> None:
    with pytest.raises(OutputError, match="another server"), System(system.settings, stub, "s"):
        pass
    assert system.is_ready() == ""


def test_one_whose_database_another_server_took_says_so(system, browse, monkeypatch) -> None:
    monkeypatch.setattr(system.leases, "error", "another server has this database")
    answer = browse().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "another server has this database")


def test_a_change_of_cameras_is_taken_up_though_the_database_fails_once(system) -> None:
    """What another process changed is acted upon at the next look."""
    from counterpoise.service.database import audit

    share = Share(system.engine, system.worker, system.recorder, system.leases, system.vault)
    tried: list[str] = []

    def reassign() -> None:
        tried.append("")
        if len(tried) == 1:
            raise OperationalError("SELECT", {}, Exception("locked"))

    share.reassign = reassign
    with system.engine.begin() as connection:
        audit.note(connection, 1, "the test", "camera added", "1: a")
    with pytest.raises(OperationalError):
        share.hear()
    for _ in range(2):
        share.hear()
    assert len(tried) == 2


def test_it_goes_on_where_it_ended(system, stub, seen) -> None:
    system.__exit__(None, None, None)
    with System(system.settings, stub, "stub") as again, again.engine.connect() as connection:
        now = balance(connection)
    assert (now.fetched, now.analysed, now.in_flight) == (1, 1, 0)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"private_networks": "127.0.0.0/8"}, "127.0.0.0/8"),
        ({"private_networks": "home"}, "such as 10.20.0.0/16"),
        ({"ports": "0"}, "1 to 65535"),
    ],
)
def test_settings_that_cannot_be(tmp_path, stub, setting, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        System(Settings(folder=tmp_path, **setting), stub, "stub")


def test_a_store_that_fails_stops_no_classification(system, camera, jpeg, monkeypatch) -> None:
    from counterpoise.service.database import results

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(system.pictures._files, "pipe_file", full)
    found: list = []
    for _ in range(1500):
        with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
            system.worker.push(camera, jpeg(200))
        time.sleep(0.02)
        with system.engine.connect() as connection:
            found = results.latest(connection, camera)
        if found:
            break
    assert found[0].label == "light"
    assert found[0].picture is None
    assert system.pictures.error == "No space left on device"


def pushed(system, camera: int, jpeg, number: int) -> None:
    """Send frames, each unlike the one before, until so many results are there."""
    for turn in range(500):
        with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
            system.worker.push(camera, jpeg(turn * 130 % 250))
        time.sleep(0.02)
        with system.engine.connect() as connection:
            if connection.scalar(select(func.count()).select_from(Result)) >= number:
                return
    with system.engine.connect() as connection:
        raise AssertionError(f"{number} results never came: {balance(connection)}")


def held(system) -> tuple[int, int]:
    """Frames fetched and results, after an orderly end; the account and the totals are checked."""
    system.__exit__(None, None, None)
    engine = open_database(place(system.settings.folder, system.settings.database))
    with engine.connect() as connection:
        now = balance(connection)
        results = connection.scalar(select(func.count()).select_from(Result))
        for period in LENGTHS:
            query = select(func.sum(Total.number)).where(Total.seconds == period)
            assert connection.scalar(query) == results
    engine.dispose()
    assert now.fetched == now.analysed + sum(now.dropped.values())
    assert now.analysed == results
    return now.fetched, results


def test_a_model_that_is_swapped_loses_no_frame(system, camera, jpeg, stub) -> None:
    pushed(system, camera, jpeg, 2)
    other = type(stub)()
    other.digest = "1" * 64
    system.use(other, "newer")
    pushed(system, camera, jpeg, 5)
    assert (system.name, system.model) == ("newer", other)
    with system.engine.connect() as connection:
        by = dict(
            connection.execute(
                select(Model.name, func.count()).join(Result).group_by(Model.name)
            ).all()
        )
    assert by["stub"] >= 2
    assert by["newer"] >= 1
    held(system)


@pytest.mark.sqlite
def test_a_result_that_the_database_refuses_drops_its_frame_and_its_picture(
    system, camera, jpeg
) -> None:
    """A constraint that somebody added: dark pictures are refused, and light ones go on."""
    with system.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_dark BEFORE INSERT ON results WHEN NEW.label = 'dark' "
            "BEGIN SELECT RAISE(ABORT, 'no dark'); END"
        )
    pushed(system, camera, jpeg, 8)  # dark and light ones in turn
    _, results = held(system)
    store = system.settings.folder / "pictures"
    engine = open_database(place(system.settings.folder, system.settings.database))
    with engine.connect() as connection:
        assert balance(connection).dropped[REFUSED] >= 3
        assert set(connection.scalars(select(Result.label))) == {"light"}
        named = set(connection.scalars(select(Result.picture)))
    engine.dispose()
    assert named == {str(path.relative_to(store)) for path in store.rglob("*.jpg")}
    assert len(named) == results


def test_a_model_of_another_kind_is_refused(system, stub) -> None:
    other = type(stub)()
    other.kind = "vector"
    with pytest.raises(
        ArgumentError, match="newer takes vectors, and the model that runs takes im"
    ):
        system.use(other, "newer")
    assert system.model is stub


def test_the_account_holds_when_the_clock_is_set(system, camera, jpeg, monkeypatch) -> None:
    real, step = time.time_ns, 0
    monkeypatch.setattr(
        "counterpoise.service.runtime.clock.time", SimpleNamespace(time_ns=lambda: real() + step)
    )
    pushed(system, camera, jpeg, 2)
    for number, hours in enumerate((3, -48, 0), 1):
        step = hours * 3_600_000_000_000
        pushed(system, camera, jpeg, 2 + 2 * number)
    with system.engine.connect() as connection:
        keys = list(connection.scalars(select(Result.picture)))
    assert len(set(keys)) == len(keys)
    held(system)


def test_a_store_that_is_gone_comes_back(system, camera, jpeg, monkeypatch) -> None:
    monkeypatch.setattr("counterpoise.service.pictures.store.PAUSE", 0.1)
    folder = system.settings.folder / "pictures"
    pushed(system, camera, jpeg, 1)
    shutil.rmtree(folder)
    folder.write_bytes(b"")
    pushed(system, camera, jpeg, 3)
    assert system.pictures.error
    folder.unlink()
    pushed(system, camera, jpeg, 8)
    with system.engine.connect() as connection:
        (last,) = connection.execute(
            select(Result.picture).order_by(Result.id.desc()).limit(1)
        ).one()
    assert last
    assert system.pictures.get(last)
    assert system.pictures.error == ""
    held(system)


def test_a_program_serves_every_camera_as_a_model_does(tmp_path, program, jpeg) -> None:
    from counterpoise.service.analyzer.program import Program
    from counterpoise.service.database import cameras, results
    from counterpoise.service.database.cameras import CameraFields

    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg(250))
    settings = Settings(folder=tmp_path / "server", replay_folders=(str(folder),))
    with System(settings, program, program.name) as system:
        fields = {"kind": "replay", "url": str(folder), "interval": 0.1}
        with system.engine.begin() as connection:
            good, broken = (
                cameras.add(connection, CameraFields(name=name, **fields), 1, "the test")
                for name in ("Pier", "Broken")
            )
        system.reassign()
        for _ in range(1500):
            time.sleep(0.02)
            with system.engine.connect() as connection:
                found = results.latest(connection, good)
                lost = balance(connection, broken)
            if found and lost.dropped:
                break
        path = tmp_path / "newer.py"
        path.write_text("def analyse(frame): return {'label': 'new'}\n")
        newer = Program(path)
        system.use(newer, newer.name)
        assert program._idle == [], "its processes end when another takes its place"
    assert (found[0].label, found[0].probability) == ("light", None)
    assert found[0].shares == {"light": pytest.approx(250 / 255, abs=0.01), "dark": 0.0}
    assert found[0].values == {"where": "<b>Pier</b>", "people": 3}
    assert found[0].model == "mine.py"
    assert lost.dropped["the program raised an error"] == 1
    assert newer._idle == [], "and with the system"
    assert program.failure is not None
    assert "out of order, line 5" in program.failure[1]


def test_a_second_one_by_another_path_is_refused_too(system, stub, tmp_path) -> None:
    link = tmp_path / "link"
    link.symlink_to(system.settings.folder)
    settings = system.settings.model_copy(update={"folder": link})
    with pytest.raises(OutputError, match="another server"), System(settings, stub, "s"):
        pass
    assert system.is_ready() == ""


@pytest.mark.sqlite
def test_a_folder_that_is_removed_under_the_server_is_said_and_stops_nothing(
    system, camera, jpeg, browse, caplog
) -> None:
    pushed(system, camera, jpeg, 2)
    client = browse("viewer")
    shutil.rmtree(system.settings.folder)
    for turn in range(30):
        with contextlib.suppress(ArgumentError, DeviceError):  # too fast
            system.worker.push(camera, jpeg(turn * 8))
        time.sleep(0.02)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "was removed or exchanged while the server runs" in answer.text
    assert "was removed" in system.why_not_stored(), "of which alerts of kind storing tell"
    for page in ("/", "/list", f"/cameras/{camera}", "/health", "/analysis", "/api/cameras"):
        assert client.get(page).status_code in (200, 303, 401, 503), page
    begun = time.monotonic()
    system.__exit__(None, None, None)
    assert time.monotonic() - begun < 30, "and it ends"


@pytest.mark.sqlite
def test_a_read_only_database_is_waited_for_and_pages_are_read(
    system, camera, jpeg, browse
) -> None:
    """As on a disk that was mounted anew; nothing is lost, and nothing is answered by a defect."""
    pushed(system, camera, jpeg, 2)
    client = browse("operator")
    is_read_only = True

    def protect(made, *_: object) -> None:
        made.execute(f"PRAGMA query_only={int(is_read_only)}")

    event.listen(system.engine, "checkout", protect)
    for turn in range(1500):
        with contextlib.suppress(ArgumentError, DeviceError):  # too fast
            system.worker.push(camera, jpeg(turn * 4))
        time.sleep(0.02)
        if system.recorder.error:
            break
    assert "readonly" in system.recorder.error
    for page in ("/", f"/cameras/{camera}", "/health", "/analysis"):
        assert client.get(page).status_code == 200, page
    assert client.get("/readyz").status_code == 503
    sent = {"name": "viewer", "password": "a long password"}
    answer = client.post("/login", data=sent)
    assert answer.status_code == 503
    assert "the database does not answer: attempt to write a readonly database" in answer.text
    is_read_only = False
    pushed(system, camera, jpeg, 6)
    assert client.get("/readyz").text == "ok"
    assert client.post("/login", data=sent).status_code == 303
    held(system)


def grey_segment(grey: int) -> bytes:
    """Ten frames of one grey, as MPEG-TS."""
    import av

    stream = io.BytesIO()
    with av.open(stream, "w", format="mpegts") as file:
        track = file.add_stream("mpeg2video", rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for at in range(10):
            pixels = np.full((48, 64, 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = at
            file.mux(track.encode(frame))
        file.mux(track.encode())
    return stream.getvalue()


@contextlib.contextmanager
def hls():
    """A stream that goes on by a segment, dark and light in turn, at each look; URL and port."""
    segments, asked = [grey_segment(20), grey_segment(230)], itertools.count(2)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/live.m3u8":
                first = next(asked) - 2
                listed = "".join(f"#EXTINF:0.4,\n{n}.ts\n" for n in (first, first + 1))
                head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
                content = (head + listed).encode()
            else:
                content = segments[int(self.path.strip("/").removesuffix(".ts")) % 2]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = server.server_address[1]
        try:
            yield f"http://127.0.0.1:{port}/live.m3u8", port
        finally:
            server.shutdown()


@contextlib.contextmanager
def rtsp():
    """A server of GStreamer, with a ball that moves; URL and port."""
    script = Path(__file__).parent / "runtime" / "rtsp_server.py"
    coded = "jpegenc ! rtpjpegpay name=pay0 pt=26"
    with subprocess.Popen(
        ["/usr/bin/python3", str(script), coded],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        late = threading.Timer(60, process.kill)
        late.start()
        try:
            line = process.stdout.readline()
            late.cancel()
            if not line:
                pytest.skip("needs the Debian packages gir1.2-gst-rtsp-server-1.0, python3-gi")
            yield f"rtsp://127.0.0.1:{int(line)}/live", int(line)
        finally:  # or a test that fails would wait for its end for ever
            late.cancel()
            process.kill()


@pytest.mark.system
@pytest.mark.parametrize(("kind", "stream"), [("hls", hls), ("rtsp", rtsp)])
def test_a_stream_becomes_results_and_its_account_is_equal(tmp_path, stub, kind, stream) -> None:
    """From the camera's socket through FFmpeg, worker and recorder into the database."""
    pytest.importorskip("av", reason="needs the extra serve-video: av")
    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields

    with stream() as (url, port):
        settings = Settings(folder=tmp_path / "server")
        system = System(settings, stub, "stub", ("127.0.0.1", port)).__enter__()
        try:
            with system.engine.begin() as connection:
                fields = CameraFields(name="stream", kind=kind, url=url, interval=0.2)
                number = cameras.add(connection, fields, 1, "the test")
            system.reassign()
            for _ in range(600):
                time.sleep(0.1)
                with system.engine.connect() as connection:
                    found = connection.execute(select(Result.label, Result.picture)).all()
                    row = cameras.get(connection, number)
                if len(found) >= 6 and row["health"] == "live":
                    break
            assert len(found) >= 6, row
            assert row["health"] == "live"
            if kind == "hls":
                assert {label for label, _ in found} == {"dark", "light"}
            assert all(system.pictures.get(key) for _, key in found)
        finally:
            fetched, results = held(system)
    assert fetched >= results >= 6
