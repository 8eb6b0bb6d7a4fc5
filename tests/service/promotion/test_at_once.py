"""What several people, the rule and the server do with models at once, on both databases."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import Engine

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service.database import audit, candidates, model_choices
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.promotion import choosing, correcting, promoting, showing
from counterpoise.service.promotion.keeping import is_kept, place
from counterpoise.service.promotion.travelling import Copies
from counterpoise.service.resources.shadowing import Shadowed

pytestmark = pytest.mark.usefixtures("quick")


@dataclass
class Server:
    """What is in the database and the folder of a server that runs "first"."""

    engine: Engine
    folder: Path
    first: ExportedModel
    exported: Callable[..., Path]

    def add(self, name: str, bias: float = 0.3) -> int:
        return promoting.add(self.engine, self.folder, self.exported(name, bias), "kim", 5)

    def promote(self, number: int, **more) -> str:
        return promoting.promote(self.engine, self.folder, number, "kim", 7, **more)

    def roll_back(self) -> str:
        return promoting.roll_back(self.engine, self.folder, "kim", 8)

    def start(self, model: ExportedModel, name: str) -> str:
        """Have the server start with a model; the name of that which runs."""
        number = self.number(model, name)
        return choosing.at_start(self.engine, Copies(self.folder, None), model, number, name, 1)[1]

    def number(self, model: ExportedModel, name: str) -> int:
        with self.engine.begin() as connection:
            return candidates.model_of(connection, model.digest, name, model.classes, 1)

    def write(self) -> None:
        """What waits for whoever has the turn."""
        with self.engine.begin() as connection:
            one_at_a_time(connection, "changes")

    def ran(self) -> list[str]:
        with self.engine.connect() as connection:
            return [one.name for one in model_choices.history(connection)]

    def digest(self, number: int) -> str:
        with self.engine.connect() as connection:
            return candidates.one(connection, number).digest


@pytest.fixture
def server(engine, exported, tmp_path) -> Server:
    folder = exported("first", counts=(500, 500), prior=(0.5, 0.5))
    found = Server(engine, tmp_path / "server", ExportedModel.load(folder), exported)
    assert found.start(found.first, "first") == "first"
    return found


def choose(server: Server, number: int) -> Callable:
    """What another admin promotes, in a transaction of its own making."""

    def chosen(connection) -> None:
        known, now = candidates.one(connection, number), model_choices.current(connection)
        model_choices.choose(connection, 9, "lee", "better", known.model, now.started)

    return chosen


def test_nobody_waits_while_a_model_is_loaded_to_roll_back_to(server, monkeypatch) -> None:
    real = promoting.kept
    server.promote(server.add("second"))

    def slow(*given):
        server.write()
        return real(*given)

    monkeypatch.setattr(promoting, "kept", slow)
    assert server.roll_back() == "first"


def test_no_roll_back_undoes_what_came_while_its_model_was_loaded(server, monkeypatch) -> None:
    real = promoting.kept
    second, third = server.add("second"), server.add("third", 0.4)
    server.promote(second)

    def meanwhile(*given):
        with server.engine.begin() as connection:
            choose(server, third)(connection)
        return real(*given)

    monkeypatch.setattr(promoting, "kept", meanwhile)
    said = r"another model was chosen meanwhile.*: third, by lee on 1970-01-01 00:00 UTC: better"
    with pytest.raises(ArgumentError, match=said):
        server.roll_back()
    assert server.ran() == ["third", "second", "first"]


def test_nobody_waits_while_a_model_is_copied_again(server, monkeypatch) -> None:
    """Which is so where somebody removed its copy just then."""
    real, found = promoting.keep, []

    def keep(*given):
        server.write()
        found.append(real(*given))
        if len(found) == 1:
            promoting.drop(server.folder, found[0].name)
        return found[-1]

    monkeypatch.setattr(promoting, "keep", keep)
    number = server.add("second")
    assert len(found) == 2
    assert server.promote(number) == "second"


def test_who_fails_to_add_a_model_takes_no_copy_of_another_who_adds_it(server, monkeypatch) -> None:
    add, drop = candidates.add, promoting.drop
    added: list[int] = []
    other = threading.Thread(target=lambda: added.append(server.add("second")))

    def fails(*given) -> None:
        monkeypatch.setattr(candidates, "add", add)
        raise ArgumentError("it is refused")

    def begun_meanwhile(*given) -> None:
        other.start()
        other.join(1)
        drop(*given)

    monkeypatch.setattr(candidates, "add", fails)
    monkeypatch.setattr(promoting, "drop", begun_meanwhile)
    with pytest.raises(ArgumentError, match="it is refused"):
        server.add("second")
    other.join(60)
    assert is_kept(server.folder, server.digest(added[0]))


def test_a_server_that_starts_says_in_place_of_which_model(server, exported, in_turn) -> None:
    second = server.add("second")
    third = ExportedModel.load(exported("third", 0.4))
    server.number(third, "third")
    in_turn(server.engine, choose(server, second), lambda: server.start(third, "third"))
    assert server.ran() == ["third", "second", "first"]
    with server.engine.connect() as connection:
        said = audit.newest(connection, "model changed", 0)
    assert said == "third runs in place of second: the server was started with it"


def test_loading_a_model_again_undoes_no_promotion_of_that_moment(server, in_turn) -> None:
    second = server.add("second")

    def load() -> None:
        choosing.loaded_again(server.engine, server.folder, server.first, 1, "first", 9)

    with pytest.raises(ArgumentError, match="second was promoted in place of first"):
        in_turn(server.engine, choose(server, second), load)


def test_a_correction_is_of_the_model_that_it_was_made_of(server, monkeypatch) -> None:
    second, promote = server.add("second"), correcting.promote

    def meanwhile(*given, **more):
        server.promote(second)
        return promote(*given, **more)

    monkeypatch.setattr(correcting, "promote", meanwhile)
    with pytest.raises(ArgumentError, match=r"another model was chosen meanwhile.*: second, by"):
        correcting.correct(server.engine, server.folder, (0.9, 0.1), "ann", 9)
    assert server.ran() == ["second", "first"]


def test_a_correction_is_taken_back_from_the_model_that_has_it(server, monkeypatch) -> None:
    second, kept = server.add("second"), correcting.kept
    correcting.correct(server.engine, server.folder, (0.9, 0.1), "ann", 6)

    def meanwhile(*given):
        server.promote(second)
        return kept(*given)

    monkeypatch.setattr(correcting, "kept", meanwhile)
    with pytest.raises(ArgumentError, match="another model was chosen meanwhile"):
        correcting.take_back(server.engine, server.folder, "ann", 9)
    assert server.ran() == ["second", "first, prior corrected", "first"]


def test_the_rule_is_told_what_changed_since_it_judged(server) -> None:
    second, third = server.add("second"), server.add("third", 0.4)
    with pytest.raises(ArgumentError, match="not to be promoted by the rule any more"):
        server.promote(second, judged=1)
    server.promote(third)
    said = "against model 1, and another one is chosen by now: third, by kim on 1970-01-01"
    with pytest.raises(ArgumentError, match=said):
        server.promote(second, judged=1)


def test_a_candidate_that_fails_and_an_admin_who_changes_it_wait_for_each_other_in_one_order(
    server, in_turn
) -> None:
    number = server.add("second")
    with server.engine.begin() as connection:
        candidates.shadow(connection, number, True, 6, "kim")
    shown = showing.Showing(server.engine, None, None, lambda: 9, decides=True)
    shown._ended = lambda *given: None
    saw = Shadowed(number, {}, 3, 0, 1, 0.5, "a bad node")
    in_turn(
        server.engine, lambda one: None, lambda: shown._add(saw),
        lambda one: candidates.stop(one, number, 8, "kim"),
    )  # fmt: skip
    with server.engine.connect() as connection:
        found = candidates.one(connection, number)
    assert (found.state, found.seen) == ("broken", 3)


def test_a_model_that_is_lost_or_awaited_is_no_program(server) -> None:
    server.promote(server.add("second"))
    with server.engine.connect() as connection:
        there = place(server.folder, model_choices.current(connection).digest)
    away = there.rename(there.with_name("away"))
    said = "promoted has no whole copy to begin from: second, by kim on 1970-01-01 00:00 UTC: "
    for begin in (lambda: server.add("third", 0.4), lambda: correct(server)):
        with pytest.raises(ArgumentError, match=said) as caught:
            begin()
        assert str(server.folder) not in str(caught.value)
    with server.engine.begin() as connection:
        audit.note(connection, 8, "the server", choosing.AWAITED, "first runs until it comes")
    with pytest.raises(
        ArgumentError, match=r"awaited: second, by kim on .* UTC; first runs until it comes"
    ):
        server.add("third", 0.4)
    away.rename(there)
    server.roll_back()
    place(server.folder, server.first.digest).rename(away)
    with pytest.raises(ArgumentError, match=r"first has no whole copy .*a program has none"):
        server.add("third", 0.4)


def correct(server: Server) -> None:
    correcting.correct(server.engine, server.folder, (0.9, 0.1), "ann", 9)
