"""Which model a server runs after a restart."""

import shutil
import threading
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.service.database import model_choices
from counterpoise.service.pictures.objects import Objects
from counterpoise.service.promotion import following, patience, promoting
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
