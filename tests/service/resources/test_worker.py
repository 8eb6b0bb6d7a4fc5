"""The worker against the emulator: every frame is accounted for, whatever cameras do."""

import base64
import itertools
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")
pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")
pytest.importorskip("fsspec", reason="needs the extra serve: fsspec")

from counterpoise.data.decode import decode_bytes
from counterpoise.errors import ArgumentError
from counterpoise.predict import Prediction
from counterpoise.service.resources import worker as module
from counterpoise.service.resources.analysing import DEFECT
from counterpoise.service.resources.waiting import NEWER
from counterpoise.service.resources.worker import REPEATED, SURPLUS, Assigned, Worker
from counterpoise.service.runtime import health
from counterpoise.service.runtime.device import Source
from counterpoise.service.runtime.egress import PORTS, EgressGuard
from counterpoise.service.runtime.failure import DeviceError


class Model:
    """Sees "bright" or "dark"; waits before each batch if it is told to."""

    classes = ("dark", "bright")
    kind = "image"

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.now = 0  # frames that it looks at
        self.fails: Callable[[], bool] = lambda: False

    def decode(self, content: bytes):
        return decode_bytes(content, (8, 8), 1)

    def predict(self, samples) -> Prediction:
        self.now = len(samples)
        self.may_go_on.wait()
        if self.fails():
            raise RuntimeError("a defect")
        light = samples.reshape(len(samples), -1).mean(axis=1) / 255
        scores = np.stack([1 - light, light], axis=1)
        self.now = 0
        return Prediction(scores.argmax(axis=1), self.classes, scores, scores)


class Pictures:
    """Keeps them in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.fails = False

    def put_all(self, pictures: Sequence[tuple[int, int, bytes]]) -> list[str | None]:
        if self.fails:
            raise RuntimeError("a defect")
        kept = {f"{camera}/{at}": content for camera, at, content in pictures}
        self.kept |= kept
        return list(kept)


@pytest.fixture
def begin(ledger, cameras):
    """Start a worker with cameras of the emulator: number -> (kind, fault), or what is assigned."""
    port, _ = cameras
    started = []

    def start(assigned, *, interval: float = 0.03, **options) -> SimpleNamespace:
        model, pictures, log = Model(), Pictures(), []
        guard = EgressGuard(
            emulator=("127.0.0.1", port),
            folders=options.pop("folders", ()),
            ports=options.pop("ports", PORTS),
        )
        worker = Worker(model, 1, ledger, pictures, guard, log=log.append, **options)

        def all_of(assigned) -> dict[int, Assigned]:
            found = {}
            for number, one in assigned.items():
                if isinstance(one, tuple):
                    form = "snapshot" if one[0] == "snapshot" else "stream"
                    url = f"http://127.0.0.1:{port}/{number}/{one[1]}/{form}"
                    one = Assigned(one[0], Source(url, interval))
                found[number] = one
            return found

        worker.start()
        started.append(worker)
        worker.assign(all_of(assigned))
        return SimpleNamespace(
            worker=worker, model=model, pictures=pictures, log=log,
            assign=lambda assigned: worker.assign(all_of(assigned)),
        )  # fmt: skip

    yield start
    for worker in started:
        worker.stop()


def sent(cameras, numbers) -> dict[int, int]:
    _, count = cameras
    counts = count()
    return {number: counts[number] for number in numbers}


def fetched(ledger, numbers) -> dict[int, int]:
    return {number: ledger.of(number).get("fetched", 0) for number in numbers}


def until(happened: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


MIXED = {
    1: ("snapshot", "good"),
    2: ("snapshot", "slow"),
    3: ("snapshot", "frozen"),
    4: ("snapshot", "unchanged"),
    5: ("snapshot", "cut"),
    6: ("snapshot", "web-page"),
    7: ("snapshot", "dead"),
    8: ("snapshot", "unsteady"),
    9: ("snapshot", "refused"),
    10: ("snapshot", "elsewhere"),
    11: ("mjpeg", "good"),
    12: ("mjpeg", "good"),
    13: ("snapshot", "stalled"),
}


def test_the_account_is_that_of_the_cameras_after_a_clean_stop(begin, ledger, cameras) -> None:
    made = begin(MIXED, interval=0.05)
    until(lambda: all(ledger.of(n).get("analysed", 0) >= 3 for n in (1, 2, 11, 12)))
    begun = time.monotonic()
    made.worker.stop()
    assert time.monotonic() - begun < module.FINISH + 10.0, "nobody waits for one that stalls"
    assert fetched(ledger, MIXED) == sent(cameras, MIXED)
    assert ledger.in_flight == 0
    for number, reason in ((3, REPEATED), (5, "truncated"), (6, REPEATED)):
        assert ledger.of(number)[f"dropped: {reason}"] >= 1
    assert ledger.of(4)["fetched"] == ledger.of(4)["analysed"] == 1
    assert made.log == []


def test_a_clean_stop_is_exact_at_any_moment(begin, ledger, cameras, monkeypatch) -> None:
    """Cameras as fast as they can, stopped in the middle of whatever they do."""
    monkeypatch.setattr(module, "FINISH", 60.0)  # of a busy machine
    monkeypatch.setattr("counterpoise.service.runtime.mjpeg.LINGER", 30.0)
    numbers = itertools.count(20)
    for delay in (0.0, 0.01, 0.02, 0.05):
        mixed = {next(numbers): ("snapshot", "good") for _ in range(6)}
        mixed |= {next(numbers): ("mjpeg", "good") for _ in range(2)}
        made = begin(mixed, interval=0.001)
        until(lambda mixed=mixed: all(ledger.of(n) for n in mixed))
        time.sleep(delay)
        made.worker.stop()
        assert fetched(ledger, mixed) == sent(cameras, mixed)
        assert ledger.in_flight == 0


def test_fetched_is_analysed_dropped_or_in_flight_at_every_moment(begin, ledger) -> None:
    """While the model is held, all that is in flight waits, is looked at, or is replaced."""
    made = begin(dict.fromkeys(range(1, 9), ("snapshot", "good")), interval=0.01)
    for _ in range(5):
        until(lambda: len(ledger.results) > 20)
        made.model.may_go_on.clear()
        until(lambda: made.model.now)
        replaced = ledger.counts.total()
        until(lambda replaced=replaced: ledger.counts.total() > replaced + 50)
        for _ in range(50):
            waiting = len(made.worker.waiting) + made.model.now
            assert 0 <= ledger.in_flight <= 8 + waiting
        assert sum(n for (_, what), n in ledger.counts.items() if what == f"dropped: {NEWER}")
        ledger.results.clear()
        made.model.may_go_on.set()
    made.worker.stop()
    assert ledger.in_flight == 0
    assert len(made.worker.waiting) == 0


def test_what_waits_is_bounded_and_what_goes_is_counted(begin, ledger, pictures) -> None:
    made = begin(dict.fromkeys(range(1, 11), ("snapshot", "good")), memory=3 * len(pictures[0]))
    made.model.may_go_on.clear()
    until(lambda: sum(n for (_, w), n in ledger.counts.items() if "queue was full" in w) > 10)
    assert len(made.worker.waiting) <= 4
    made.model.may_go_on.set()
    made.worker.stop()
    assert ledger.in_flight == 0


def last_state(ledger, number: int) -> tuple[str, str]:
    changes = [change for change in ledger.changes if change.camera == number]
    return (changes[-1].state, changes[-1].reason) if changes else ("new", "")


def test_a_camera_is_live_only_when_a_frame_of_it_was_analysed(begin, ledger) -> None:
    faults = {
        1: ("good", "live", ""),
        2: ("cut", "degraded", "truncated"),
        3: ("web-page", "degraded", "not an image"),
        4: ("bomb", "degraded", "bomb"),
        5: ("unchanged", "live", ""),
    }
    made = begin({n: ("snapshot", fault) for n, (fault, _, _) in faults.items()})
    until(lambda: all(last_state(ledger, n) == (s, r) for n, (_, s, r) in faults.items()))
    until(lambda: len(ledger.results) > 20)
    made.worker.stop()
    assert {c.camera for c in ledger.changes if c.state == "live"} == {1, 5}
    assert len([c for c in ledger.changes if c.camera == 2]) == 1, "told once"


def test_a_picture_that_never_changes_is_frozen_whether_it_is_sent_or_not(
    begin, ledger, monkeypatch
) -> None:
    monkeypatch.setattr(health, "STILL_FOR", 0.2)
    begin({1: ("snapshot", "frozen"), 2: ("snapshot", "unchanged"), 3: ("snapshot", "good")})
    until(lambda: [last_state(ledger, n) for n in (1, 2)] == [("degraded", "frozen")] * 2)
    assert last_state(ledger, 3) == ("live", "")
    assert ledger.of(2) == {"fetched": 1, "analysed": 1}


def test_a_camera_is_new_while_nobody_has_looked_at_its_frames(begin, ledger) -> None:
    made = begin({})
    made.model.may_go_on.clear()
    made.assign({1: ("snapshot", "good")})
    until(lambda: ledger.of(1).get("fetched", 0) > 3)
    assert ledger.changes == []
    made.model.may_go_on.set()
    until(lambda: last_state(ledger, 1) == ("live", ""))


def test_a_camera_that_is_assigned_away_ends_and_others_go_on(begin, ledger, cameras) -> None:
    made = begin({1: ("snapshot", "good"), 2: ("mjpeg", "good")})
    until(lambda: ledger.of(1) and ledger.of(2))
    made.assign({2: ("mjpeg", "good"), 3: ("snapshot", "good")})
    until(lambda: ledger.of(3))
    one = ledger.of(1)["fetched"]
    two = ledger.of(2)["fetched"]
    until(lambda: ledger.of(2)["fetched"] > two + 3)
    assert ledger.of(1)["fetched"] <= one + 1
    made.worker.stop()
    assert fetched(ledger, (1, 2, 3)) == sent(cameras, (1, 2, 3))


def test_a_kind_that_is_not_known_stops_no_other(begin, ledger) -> None:
    made = begin({1: Assigned("hologram", Source("http://x/")), 2: ("snapshot", "good")})
    until(lambda: ledger.of(2))
    assert made.log == ["camera 1: this version knows no kind 'hologram'"]


def test_names_that_nobody_answers_for_delay_no_other(begin, ledger, cameras, monkeypatch) -> None:
    port, _ = cameras
    may_end = threading.Event()

    def lookup(host, port, *args, **kwargs):
        if host.startswith("dead"):
            may_end.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    made = begin({}, ports={port})
    dead = {n: f"http://dead{n}.example:{port}/{n}/good/snapshot" for n in range(2, 42)}
    made.assign({n: Assigned("snapshot", Source(url, 0.01)) for n, url in dead.items()})
    time.sleep(0.1)
    alive = Assigned("snapshot", Source(f"http://camera.example:{port}/1/good/snapshot", 0.01))
    made.assign({1: alive})
    until(lambda: ledger.of(1).get("analysed", 0) > 3, seconds=10)
    may_end.set()


def test_a_defect_of_a_device_stops_that_camera_alone(begin, ledger, monkeypatch) -> None:
    class Broken:
        async def frames(self, source, fetcher, ending):
            raise RuntimeError("a defect")
            yield

    monkeypatch.setitem(module.KINDS, "broken", Broken)
    made = begin({1: Assigned("broken", Source("", 0.03)), 2: ("snapshot", "good")})
    until(lambda: ledger.of(2) and last_state(ledger, 1)[1] == "protocol")
    assert "camera 1: RuntimeError: a defect" in made.log


def test_no_password_is_logged_or_recorded(begin, ledger, cameras, caplog, capfd) -> None:
    port, _ = cameras
    faults = ("refused", "dead", "in-circles", "elsewhere", "busy", "packed", "web-page", "good")
    auth = ("some-user", "s3cret-word")
    made = begin(
        {
            number: Assigned(
                "snapshot", Source(f"http://127.0.0.1:{port}/{number}/{fault}/snapshot", 0.03, auth)
            )
            for number, fault in enumerate(faults, 1)
        }
    )
    until(lambda: {change.camera for change in ledger.changes} == set(range(1, 9)))
    made.worker.stop()
    told = repr([made.log, ledger.changes, caplog.text, *capfd.readouterr()])
    assert "auth" in told
    for secret in (*auth, base64.b64encode(":".join(auth).encode()).decode()):
        assert secret not in told


def test_a_defect_of_the_analysis_drops_its_frames_and_goes_on(begin, ledger) -> None:
    made = begin(dict.fromkeys((1, 2, 3), ("snapshot", "good")))
    until(lambda: len(ledger.results) > 3)
    made.model.fails = lambda: True
    until(lambda: any(what == f"dropped: {DEFECT}" for _, what in ledger.counts))
    made.model.fails = lambda: False
    before = len(ledger.results)
    until(lambda: len(ledger.results) > before + 3)
    made.pictures.fails = True
    dropped = sum(n for (_, what), n in ledger.counts.items() if DEFECT in what)
    until(lambda: sum(n for (_, w), n in ledger.counts.items() if DEFECT in w) > dropped + 3)
    made.worker.stop()
    assert ledger.in_flight == 0
    assert "analysis: RuntimeError: a defect" in made.log


def test_frames_are_dropped_while_the_database_is_behind(begin, ledger) -> None:
    ledger.is_full = True
    made = begin({1: ("snapshot", "good")})
    until(lambda: ledger.of(1).get(f"dropped: {NEWER}", 0) > 3)
    assert not ledger.results
    ledger.is_full = False
    until(lambda: len(ledger.results) > 3)
    ledger.is_full = True  # and an end waits for nobody
    made.worker.stop()
    assert ledger.in_flight == 0


def test_another_model_may_take_over(begin, ledger) -> None:
    made = begin(dict.fromkeys((1, 2, 3), ("snapshot", "good")))
    until(lambda: len(ledger.results) > 5)
    made.worker.use(Model(), 2)
    until(lambda: sum(result.model == 2 for result in ledger.results) > 5)
    made.worker.stop()
    assert ledger.in_flight == 0
    models = [result.model for result in ledger.results]
    assert models == sorted(models)


def test_a_picture_is_stored_before_its_result_says_so(begin, ledger, pictures) -> None:
    made = begin({1: ("snapshot", "good")})
    until(lambda: len(ledger.results) > 5)
    made.worker.stop()
    for result in ledger.results:
        assert made.pictures.kept[result.picture] in pictures
        assert result.size == len(made.pictures.kept[result.picture])
        assert (result.width, result.height, result.model) == (128, 96, 1)
        assert result.label in Model.classes
        assert np.frombuffer(result.scores, "<f4").shape == (2,)
        assert result.probability == pytest.approx(np.frombuffer(result.scores, "<f4").max())


def test_a_folder_is_analysed_like_a_camera(begin, ledger, pictures, tmp_path) -> None:
    for number, content in enumerate(pictures):
        (tmp_path / f"{number}.jpg").write_bytes(content)
    replay = Assigned("replay", Source(str(tmp_path), 0.01), stores_pictures=False)
    outside = Assigned("replay", Source("/", 0.01))
    made = begin({1: replay, 2: outside}, folders=(tmp_path,))
    until(lambda: len(ledger.results) > 10)
    until(lambda: last_state(ledger, 2)[1] == "blocked")
    assert {result.picture for result in ledger.results} == {None}
    assert made.pictures.kept == {}


def test_pushed_frames_are_counted_like_all_others(begin, ledger, pictures) -> None:
    made = begin({1: Assigned("push", Source("", 0.0)), 2: ("snapshot", "good")})
    until(lambda: ledger.of(2))
    with pytest.raises(ArgumentError, match="no camera 2 takes frames"):
        made.worker.push(2, pictures[0])
    with pytest.raises(ArgumentError, match="no camera 3 takes frames"):
        made.worker.push(3, pictures[0])
    taken = [0] * 4

    def send(sender: int) -> None:
        for number in range(40):
            try:
                made.worker.push(1, pictures[(sender + number) % 8])
                taken[sender] += 1
            except DeviceError as error:
                assert error.reason == "too fast"  # noqa: PT017
            time.sleep(0.001)

    senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    made.worker.push(1, b"<html>")
    made.worker.stop()
    assert ledger.of(1)["fetched"] == sum(taken) + 1
    assert ledger.of(1)["analysed"] > 0
    assert ledger.in_flight == 0
    with pytest.raises((ArgumentError, DeviceError)):
        made.worker.push(1, pictures[0])


def test_a_camera_that_pushes_too_fast_is_slowed_to_its_interval(begin, ledger, pictures) -> None:
    made = begin({1: Assigned("push", Source("", 60.0))})
    until(lambda: 1 in made.worker._followed)
    for content in pictures[:5]:
        made.worker.push(1, content)
    made.worker.stop()
    assert ledger.of(1) == {"fetched": 5, f"dropped: {SURPLUS}": 4, "analysed": 1}


def test_stop_is_quick_and_may_be_asked_twice(begin, monkeypatch) -> None:
    monkeypatch.setattr(module, "FINISH", 60.0)
    made = begin({})
    begun = time.monotonic()
    made.worker.stop()
    made.worker.stop()
    assert time.monotonic() - begun < 30
    assert not [t for t in threading.enumerate() if t.name in ("fetch", "analyse-0")]


def test_many_threads_analyse_side_by_side(begin, ledger, cameras) -> None:
    made = begin(dict.fromkeys(range(1, 9), ("snapshot", "good")), interval=0.005, threads=3)
    until(lambda: len(ledger.results) > 100)
    made.worker.stop()
    assert fetched(ledger, range(1, 9)) == sent(cameras, range(1, 9))
    assert ledger.in_flight == 0
    assert made.log == []


def test_a_device_that_sends_by_itself_is_offline_when_it_falls_silent(
    begin, ledger, pictures, monkeypatch
) -> None:
    monkeypatch.setattr(module, "WATCH", 0.05)
    made = begin(
        {
            1: Assigned("push", Source("", 0.0)),
            2: Assigned("push", Source("", 60.0)),
            3: ("snapshot", "stalled"),
        },
        silent=0.4,
    )
    until(lambda: 1 in made.worker._followed)
    for number in (1, 2):
        made.worker.push(number, pictures[0])
    until(lambda: last_state(ledger, 1) == ("offline", "silent"))
    assert last_state(ledger, 2) == ("live", ""), "it sends once a minute"
    assert last_state(ledger, 3) == ("new", ""), "it is asked, and says itself what is wrong"
    made.worker.push(1, pictures[1])
    until(lambda: last_state(ledger, 1) == ("live", ""))


def test_where_a_device_says_that_it_is_goes_with_its_frames(begin, ledger, pictures) -> None:
    made = begin({1: Assigned("push", Source("", 0.0))})
    until(lambda: 1 in made.worker._followed)
    for number, position in enumerate([(1.5, 2.5), None]):
        made.worker.push(1, pictures[number], position)
        until(lambda number=number: len(ledger.results) == number + 1)
    assert [result.position for result in ledger.results] == [(1.5, 2.5), None]
    assert made.worker._followed[1].camera.about.position == (1.5, 2.5)


def test_a_device_that_the_model_does_not_analyse_says_so_once(begin, ledger) -> None:
    made = begin({1: Assigned("sensor", Source("", 0.03)), 2: ("snapshot", "good")})
    until(lambda: last_state(ledger, 1) == ("disabled", "unfit"))
    made.assign({1: Assigned("sensor", Source("", 0.03)), 2: ("snapshot", "good")})
    until(lambda: ledger.of(2).get("fetched", 0) > 3)
    assert [c.detail for c in ledger.changes if c.camera == 1] == [
        "it takes pictures, and a device of kind sensor sends samples"
    ]
    with pytest.raises(ArgumentError, match="does not analyse what such a device sends"):
        made.worker.push(1, b"", kind="sensor")
    assert ledger.of(1) == {}
    made.assign({1: Assigned("push", Source("", 0.0))})
    until(lambda: 1 in made.worker._followed)
    with pytest.raises(ArgumentError, match="takes frames of kind sensor"):
        made.worker.push(1, b"", kind="sensor")
