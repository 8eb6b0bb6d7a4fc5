"""Every process shows its frames to the candidate, and what it saw of all of them adds up."""

import threading
import time

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy.exc import OperationalError

from counterpoise.errors import CheckpointError
from counterpoise.predict import Prediction
from counterpoise.service.analyzer.frame import Frame
from counterpoise.service.database import candidates
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.candidates import Tally
from counterpoise.service.promotion import patience, showing
from counterpoise.service.promotion.showing import Showing
from counterpoise.service.promotion.travelling import AbsentError, UnreachableError
from counterpoise.service.resources.shadowing import Shadowing

LIMIT = 60.0  # seconds that a slow machine has


class Model:
    """Says "b" of everything, or fails."""

    kind, classes = "image", ("a", "b")
    error: Exception | None = None

    def decode(self, content: bytes):
        return np.zeros((1, 2, 2), np.uint8)

    def predict(self, samples) -> Prediction:
        if self.error is not None:
            raise self.error
        scores = np.tile([0.25, 0.75], (len(samples), 1))
        return Prediction(scores.argmax(1), self.classes, scores, scores)


class Shelf:
    """Copies, which may be missing."""

    def __init__(self) -> None:
        self.model, self.error, self.asked = Model(), None, 0

    def get(self, digest: str) -> Model:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.model

    def said(self, error: Exception) -> str:
        return str(error)

    def may_come(self, error: Exception) -> bool:
        return isinstance(error, UnreachableError)


class Process:
    """One that shows frames, as the server or a worker."""

    def __init__(self, engine, decides: bool) -> None:
        self.shelf, self.shadowing = Shelf(), Shadowing(lambda: False, 1.0)
        self.showing = Showing(engine, self.shelf, self.shadowing, lambda: 9, decides=decides)

    def sees(self, number: int, content: bytes) -> None:
        frames = [
            (Frame(k, content, k), Analysed(k, 1, k, "a", 0.5, None, None, 1, 1, 1))
            for k in range(number)
        ]
        self.shadowing.offer(frames)
        run, end = self.shadowing._run, time.monotonic() + LIMIT
        while run._waiting or (run._saw.seen + run._saw.failed < number and not run._saw.fault):
            assert time.monotonic() < end, "it sees nothing"
            time.sleep(0.005)


@pytest.fixture
def number(engine) -> int:
    """A candidate that is shadowed; the model that runs is number 1."""
    with engine.begin() as connection:
        candidates.model_of(connection, "1" * 64, "runs", ["a", "b"], 1)
        model = candidates.model_of(connection, "2" * 64, "new", ["a", "b"], 1)
        one = candidates.add(connection, model, 1, "kim", "a test")
        candidates.shadow(connection, one, False, 2, "kim")
    return one


@pytest.fixture
def processes(engine):
    """A server and two workers; they end with the test."""
    found = [Process(engine, decides) for decides in (True, False, False)]
    yield found
    for one in found:
        one.showing.stop()


def known(engine, number: int):
    with engine.connect() as connection:
        return candidates.one(connection, number)


def test_what_it_saw_in_all_processes_adds_up(engine, number, processes, jpeg, monkeypatch) -> None:
    monkeypatch.setattr(showing, "WRITE", 0.0)
    for frames, one in enumerate(processes, 2):
        one.showing.sync(1)
        one.sees(frames, jpeg(100))
    processes[1].showing.write()
    assert known(engine, number).seen == 3, "while it goes on"
    for one in processes:
        one.showing.stop()
    found = known(engine, number)
    with engine.connect() as connection:
        pairs = candidates.pairs(connection, found.model, 1)
    assert (found.seen, found.failed, found.state) == (2 + 3 + 4, 0, "shadowed")
    assert {key: tally.number for key, tally in pairs.items()} == {("a", "b"): 9}
    assert found.seconds > 0


def test_the_database_says_when_it_begins_and_ends(engine, number, processes) -> None:
    worker = processes[1]
    worker.showing.sync(1)
    worker.showing.sync(1)
    assert (worker.shadowing.shown, worker.shelf.asked) == ((number, worker.shelf.model), 1)
    with engine.begin() as connection:
        candidates.stop(connection, number, 3, "kim")
    worker.showing.sync(1)
    assert worker.shadowing.shown is None


def test_it_is_shown_nothing_by_a_process_that_runs_it(engine, number, processes) -> None:
    worker = processes[1]
    worker.showing.sync(known(engine, number).model)
    assert worker.shadowing.shown is None


def test_a_worker_without_a_copy_breaks_it_for_nobody(
    engine, number, processes, monkeypatch, caplog
) -> None:
    now, (server, worker, _) = [0.0], processes
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    worker.shelf.error = AbsentError("the store has none")
    server.showing.sync(1)
    for second in range(12):
        now[0] = float(second)
        worker.showing.sync(1)
    assert known(engine, number).state == "shadowed"
    assert server.shadowing.shown is not None
    assert worker.shadowing.shown is None
    assert caplog.text.count("new sees no frames of this process: the store has none") == 1
    worker.shelf.error, now[0] = None, 80.0
    worker.showing.sync(1)
    assert worker.shadowing.shown == (number, worker.shelf.model)


def test_the_server_says_of_one_that_it_has_no_copy_of_that_it_is_broken(
    engine, number, processes
) -> None:
    server, worker, _ = processes
    worker.showing.sync(1)
    server.shelf.error = CheckpointError("damaged")
    server.showing.sync(1)
    found = known(engine, number)
    assert (found.state, found.fault) == ("broken", "damaged")
    worker.showing.sync(1)
    assert worker.shadowing.shown is None


def test_a_store_that_does_not_answer_the_server_breaks_nothing(
    engine, number, processes, monkeypatch
) -> None:
    now, server = [0.0], processes[0]
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    server.shelf.error = UnreachableError("the store does not answer")
    for second in range(3):
        now[0] = float(second)
        server.showing.sync(1)
        assert server.showing.waits
    assert known(engine, number).state == "shadowed"
    server.shelf.error, now[0] = None, 80.0
    server.showing.sync(1)
    assert server.shadowing.shown == (number, server.shelf.model)
    assert not server.showing.waits


def test_one_that_fails_at_work_anywhere_is_broken_everywhere_and_the_first_says_why(
    engine, number, processes, jpeg, monkeypatch
) -> None:
    monkeypatch.setattr(showing, "WRITE", 0.0)
    _, one, two = processes
    for k, worker in enumerate((one, two)):
        worker.shelf.model.error = RuntimeError(f"a bad node {k}")
        worker.showing.sync(1)
        worker.sees(1, jpeg(100))
    one.showing.write()
    assert one.shadowing.shown is None
    two.showing.write()
    found = known(engine, number)
    assert (found.state, found.fault) == ("broken", "RuntimeError: a bad node 0")


def test_what_the_database_did_not_take_is_written_later(
    engine, number, processes, jpeg, monkeypatch
) -> None:
    """Also why it failed: else it would be shadowed for ever, and see nothing."""
    monkeypatch.setattr(showing, "WRITE", 0.0)
    count = candidates.count

    def locked(*given: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    worker = processes[1]
    worker.showing.sync(1)
    for content in (jpeg(100), jpeg(101)):
        worker.sees(2, content)
        with monkeypatch.context() as patch:
            patch.setattr(candidates, "count", locked)
            with pytest.raises(OperationalError):
                worker.showing.write()
        worker.shelf.model.error = RuntimeError("a bad node")
    assert candidates.count is count
    worker.showing.write()
    found = known(engine, number)
    assert (found.seen, found.state, found.fault) == (2, "broken", "RuntimeError: a bad node")
    assert worker.shadowing.shown is None


def test_one_that_was_removed_meanwhile_is_no_defect(engine, number, processes, jpeg) -> None:
    worker = processes[1]
    worker.shelf.model.error = RuntimeError("a bad node")
    worker.showing.sync(1)
    worker.sees(1, jpeg(100))
    with engine.begin() as connection:
        candidates.remove(connection, number, 3, "kim")
    worker.showing.sync(1)
    assert worker.shadowing.shown is None


def test_processes_that_count_the_same_pair_first_at_the_same_time_lose_nothing(
    engine, number
) -> None:
    start, faults = threading.Barrier(4), []

    def count() -> None:
        try:
            start.wait(LIMIT)
            for _ in range(5):
                with engine.begin() as connection:
                    tally = {(1, "a", label): Tally(1, 0.5, 0.5, 1, 1) for label in "ab"}
                    candidates.count(connection, number, tally, 2, 0, 0, 0.0)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    found = known(engine, number)
    with engine.connect() as connection:
        pairs = candidates.pairs(connection, found.model, 1)
    assert found.seen == 40
    assert {key: tally.number for key, tally in pairs.items()} == {("a", "a"): 20, ("a", "b"): 20}
