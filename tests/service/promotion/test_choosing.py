"""Which model a server runs after a restart."""

import shutil
import sqlite3
import threading
import time
from contextlib import closing

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.service.database import model_choices
from counterpoise.service.database.address import DATABASE
from counterpoise.service.database.tables import Model
from counterpoise.service.pictures.objects import Objects
from counterpoise.service.promotion import choosing, correcting, following, patience, promoting
from counterpoise.service.promotion.keeping import place
from counterpoise.service.promotion.travelling import Copies, copies_of
from counterpoise.service.system import System

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def promoted(system, exported) -> str:
    """Another model runs, by a promotion; its digest."""
    folder = system.settings.folder
    number = promoting.add(system.engine, folder, exported("second", 0.3), "kim", 5)
    promoting.promote(system.engine, folder, number, "kim", 6)
    system.following.sync()
    return system.model.digest


def again(system, folder) -> System:
    """A new server in the folder of one that ended."""
    system.__exit__(None, None, None)
    return System(system.settings, ExportedModel.load(folder), folder.name)


def test_a_promotion_holds_over_a_restart(system, tmp_path, promoted) -> None:
    with again(system, tmp_path / "first") as server:
        assert (server.name, server.model.digest) == ("second", promoted)


def test_a_server_that_is_given_another_model_runs_that(system, promoted, exported) -> None:
    third = exported("third", 0.5)
    with again(system, third) as server:
        assert server.name == "third"
        with server.engine.connect() as connection:
            now, before = model_choices.current(connection), model_choices.before(connection)
    assert now is not None
    assert before is not None
    assert now.why == "the server was started with it"
    assert before.digest == promoted, "which can be rolled back to"


def test_one_whose_copy_is_gone_is_said_and_the_given_one_runs(
    system, tmp_path, promoted, caplog
) -> None:
    shutil.rmtree(place(system.settings.folder, promoted))
    with again(system, tmp_path / "first") as server:
        assert server.name == "first"
        with server.engine.connect() as connection:
            now = model_choices.current(connection)
    assert now is not None
    assert now.why.startswith("second, which was chosen, cannot be loaded: ")
    assert str(tmp_path) not in now.why, "the page of models shows it to everybody"
    assert "the server's folder/models" in now.why
    assert "first runs: second, which was chosen" in caplog.text


def test_a_choice_that_comes_while_a_server_starts_is_not_undone(
    system, tmp_path, promoted, monkeypatch
) -> None:
    shutil.rmtree(place(system.settings.folder, promoted))
    copies, get = copies_of(system.settings), Copies.get

    def meanwhile(copies: Copies, digest: str) -> ExportedModel:
        with system.engine.begin() as connection:
            last = model_choices.current(connection)
            model_choices.choose(connection, 8, "kim", "chosen anew", last.model, last.started)
        return get(copies, digest)

    with system.engine.connect() as connection:
        number = model_choices.current(connection).started
    monkeypatch.setattr(Copies, "get", meanwhile)
    first = ExportedModel.load(tmp_path / "first")
    given = choosing.at_start(system.engine, copies, first, number, "first", 9)
    assert given == (first, "first", number)
    with system.engine.connect() as connection:
        assert model_choices.current(connection).why == "chosen anew"


def test_loading_the_same_model_again_undoes_no_promotion(system, tmp_path, promoted) -> None:
    with pytest.raises(ArgumentError, match="second was promoted in place of first"):
        system.use(ExportedModel.load(tmp_path / "first"), "first")
    assert system.model.digest == promoted


def test_loading_another_model_again_is_a_choice(system, promoted, exported) -> None:
    third = exported("third", 0.5)
    system.use(ExportedModel.load(third), "third")
    with again(system, third) as server:
        assert server.name == "third"
        with server.engine.connect() as connection:
            assert len(model_choices.history(connection)) == 3, "the restart is none"


def test_a_model_with_the_same_graph_and_other_class_names_is_another(system, tmp_path) -> None:
    folder = shutil.copytree(tmp_path / "first", tmp_path / "renamed")
    text = (folder / "export.json").read_text()
    (folder / "export.json").write_text(text.replace('"dark"', '"night"'))
    before, renamed = system.following.running, ExportedModel.load(folder)
    system.use(renamed, "renamed")
    assert system.following.running != before
    assert renamed.classes == ("night", "light")
    with system.engine.connect() as connection:
        rows = connection.execute(select(Model.name, Model.classes).order_by(Model.id)).all()
    assert rows == [("first", '["dark", "light"]'), ("renamed", '["night", "light"]')]
    graphs = [
        place(system.settings.folder, one.digest) / "model.onnx"
        for one in (ExportedModel.load(tmp_path / "first"), renamed)
    ]
    assert graphs[0].samefile(graphs[1]), "it takes no room"
    promoting.roll_back(system.engine, system.settings.folder, "kim", 7)
    system.following.sync()
    assert system.model.classes == ("dark", "light")


def test_models_of_an_earlier_version_keep_the_digests_that_they_have(
    system, tmp_path, promoted, exported
) -> None:
    """These left the names of classes out; copies here and in the store are named by them."""
    system.__exit__(None, None, None)
    settings = system.settings.model_copy(update={"pictures": (tmp_path / "store").as_uri()})
    models = {name: ExportedModel.load(tmp_path / name) for name in ("first", "second")}
    with closing(sqlite3.connect(settings.folder / DATABASE)) as database, database:
        for one in models.values():
            new, old = one.digests
            database.execute("UPDATE models SET digest = ? WHERE digest = ?", (old, new))
            place(settings.folder, new).rename(place(settings.folder, old))
    olds = [one.digests[1] for one in models.values()]
    copies_of(settings).send(olds)
    assert len(Objects(settings.pictures, "models").sizes()) == 4
    shutil.rmtree(settings.folder / "models")
    with System(settings, models["first"], "first") as server:
        assert (server.name, server.model.digest) == ("second", olds[1]), "from the store"
        assert promoting.roll_back(server.engine, settings.folder, "kim", 7) == "first"
        server.following.sync()
        assert server.model.digest == olds[0]
        with pytest.raises(ArgumentError, match="this is the model that runs, first"):
            promoting.add(server.engine, settings.folder, tmp_path / "first", "kim", 8)
        number = correcting.correct(server.engine, settings.folder, (0.9, 0.1), "kim", 9)
        assert number == "first, prior corrected"
        assert correcting.take_back(server.engine, settings.folder, "kim", 9) == "first"
        server.following.sync()
        server.use(ExportedModel.load(tmp_path / "first"), "first")
        assert server.model.digest == olds[0]
        with server.engine.connect() as connection:
            assert len(connection.execute(select(Model.id)).all()) == 3
            assert all(place(settings.folder, one).is_dir() for one in olds)


def test_a_server_on_a_new_machine_takes_its_models_from_the_store(
    system, tmp_path, promoted
) -> None:
    """Its database and its store were moved there, or are on others."""
    system.__exit__(None, None, None)
    settings = system.settings.model_copy(update={"pictures": (tmp_path / "store").as_uri()})
    first, copies = ExportedModel.load(tmp_path / "first"), copies_of(settings)
    copies.send([first.digest, promoted])
    shutil.rmtree(settings.folder / "models")
    third = ExportedModel.load(shutil.copytree(tmp_path / "first", tmp_path / "moved"))
    with System(settings, third, "first") as server:
        assert (server.name, server.model.digest) == ("second", promoted)
        with server.engine.connect() as connection:
            assert len(model_choices.history(connection)) == 2, "nothing was undone"


@pytest.mark.parametrize("is_mounted", [True, False])
def test_a_store_that_gives_the_promoted_model_later_undoes_nothing(
    system, tmp_path, promoted, monkeypatch, caplog, is_mounted
) -> None:
    """It does not answer when the server starts on a new machine, or is not mounted yet."""
    monkeypatch.setattr(patience, "AGAIN", 0.05)
    monkeypatch.setattr(patience, "SOON", 0.05)
    monkeypatch.setattr(following, "STEP", 0.02)
    system.__exit__(None, None, None)
    settings = system.settings.model_copy(update={"pictures": (tmp_path / "store").as_uri()})
    real, answers = Objects.get, threading.Event()
    if is_mounted:
        copies_of(settings).send([promoted])

        def get(self, name):
            if not answers.is_set():
                raise OutputError("cannot read the store: timed out")
            return real(self, name)

        monkeypatch.setattr(Objects, "get", get)
    folder = settings.folder / "models"
    away = folder.rename(tmp_path / "models")
    first = ExportedModel.load(tmp_path / "first")
    with System(settings, first, "first") as server:
        assert server.name == "first", "it serves with what it has"
        assert "first runs until second, which was promoted, can be had: " in caplog.text
        server.following.look()
        assert server.following.running == 1
        if not is_mounted:
            Copies(away.parent, Objects(settings.pictures, "models")).send([promoted])
        answers.set()
        limit = time.monotonic() + 30
        while server.model.digest != promoted:
            assert time.monotonic() < limit
            time.sleep(0.02)
        assert server.name == "second"
        with server.engine.connect() as connection:
            assert len(model_choices.history(connection)) == 2, "nothing was undone"


def test_what_ran_before_is_fetched_while_it_runs(system, tmp_path, promoted, exported) -> None:
    """So it can be rolled back to."""
    system.__exit__(None, None, None)
    settings = system.settings.model_copy(update={"pictures": (tmp_path / "store").as_uri()})
    copies_of(settings).send([promoted])
    shutil.rmtree(settings.folder / "models")
    third = exported("third", 0.5)
    with System(settings, ExportedModel.load(third), "third") as server:
        limit = time.monotonic() + 30
        while not place(settings.folder, promoted).is_dir():
            assert time.monotonic() < limit
            time.sleep(0.02)
        assert promoting.roll_back(server.engine, settings.folder, "kim", 7) == "second"
