"""A worker runs the model that the database names, wherever it has it from."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import insert

from counterpoise.errors import CheckpointError
from counterpoise.service.database import model_choices
from counterpoise.service.database.tables import Model
from counterpoise.service.promotion import patience
from counterpoise.service.promotion.heeding import Heeding, running_model
from counterpoise.service.promotion.showing import Showing
from counterpoise.service.promotion.travelling import AbsentError
from counterpoise.service.resources.shadowing import Shadowing


class Shelf:
    """Copies, of which each may be missing for some reason."""

    def __init__(self, model: object) -> None:
        self.model, self.error, self.asked = model, None, 0

    def get(self, digest: str) -> object:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.model


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def shelf(stub) -> Shelf:
    return Shelf(stub)


@pytest.fixture
def newer(engine) -> int:
    """The number of a model that the server runs."""
    with engine.begin() as connection:
        for number, digest, name in ((6, "0" * 64, "given"), (7, "7" * 64, "newer")):
            values = {"id": number, "digest": digest, "name": name, "classes": "[]", "since": 1}
            connection.execute(insert(Model).values(values))
        model_choices.choose(connection, 1, "kim", "promoted", 7, 6)
    return 7


@pytest.fixture
def used() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def worker(engine, stub, shelf, used) -> Heeding:
    showing = Showing(engine, shelf, Shadowing(lambda: False), lambda: 1, decides=False)
    return Heeding(
        engine, shelf, stub, "stub", 6,
        lambda model, name, number: used.append((name, number)), showing,
    )  # fmt: skip


def test_a_model_that_is_broken_is_tried_again_after_a_minute_and_said_once(
    worker, newer, shelf, clock, used, caplog
) -> None:
    shelf.error = CheckpointError("no such model")
    for at, times in ((0.0, 1), (59.0, 1), (61.0, 2), (90.0, 2)):
        clock[0] = at
        worker.look()
        assert shelf.asked == times
    assert caplog.text.count("stub goes on, though newer is chosen") == 1
    assert used == []
    shelf.error, clock[0] = None, 130.0
    worker.look()
    worker.look()
    assert (used, worker.running, worker.name) == ([("newer", 7)], 7, "newer")


def test_one_that_may_be_on_its_way_is_looked_for_soon_and_said_when_it_is_late(
    worker, newer, shelf, clock, used, caplog
) -> None:
    shelf.error = AbsentError("the store has none")
    for second in range(10):
        clock[0] = float(second)
        worker.look()
    assert shelf.asked == 5
    assert caplog.text == ""
    clock[0] = 10.0
    worker.look()
    assert caplog.text.count("the store has none") == 1
    clock[0] = 69.0
    worker.look()
    assert shelf.asked == 6, "after that, once a minute"
    shelf.error, clock[0] = None, 70.0
    worker.look()
    assert used == [("newer", 7)]


def test_it_goes_back_to_its_own_without_a_copy(worker, newer, engine, shelf, clock, used) -> None:
    worker.look()
    with engine.begin() as connection:
        model_choices.choose(connection, 2, "kim", "rolled back", 6, 6)
    worker.look()
    assert used == [("newer", 7), ("given", 6)]
    assert shelf.asked == 1


def test_a_worker_that_is_given_none_runs_the_servers(engine, newer, shelf, stub) -> None:
    assert running_model(engine, shelf, 0.0) == (stub, "newer")
    shelf.error = AbsentError("the store has none")
    with pytest.raises(CheckpointError, match=r"newer is chosen, .*the store has none.*--program"):
        running_model(engine, shelf, 0.0)


def test_and_says_so_where_no_server_ever_ran(engine, shelf) -> None:
    with pytest.raises(CheckpointError, match=r"never ran a model \(start it first"):
        running_model(engine, shelf, 0.0)
