"""What is refused of a candidate, and that nothing is left of it."""

import shutil

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.service.database import candidates, model_choices
from counterpoise.service.promotion import promoting
from counterpoise.service.promotion.keeping import place


@pytest.fixture
def add(system):
    def added(folder, **more) -> int:
        return promoting.add(system.engine, system.settings.folder, folder, "kim", 5, **more)

    return added


def copies(system) -> int:
    return len(list((system.settings.folder / "models").iterdir()))


def broken(folder, what: str):
    """An exported folder that is damaged."""
    if what == "graph":
        (folder / "model.onnx").write_bytes(b"damaged")
    elif what == "none":
        (folder / "model.onnx").unlink()
    else:
        (folder / "export.json").write_text("{")
    return folder


@pytest.mark.parametrize("what", ["graph", "none", "json"])
def test_a_broken_one_is_one_clear_error(system, add, exported, what: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be run: ") as caught:
        add(broken(exported("second", 0.3), what))
    assert len(str(caught.value).splitlines()) == 1
    assert copies(system) == 1
    assert system.name == "first"
    with system.engine.connect() as connection:
        assert candidates.every(connection) == []


def test_one_that_is_no_graph_but_has_its_digest(add, exported) -> None:
    with pytest.raises(ArgumentError, match=r"model\.onnx cannot be run"):
        add(exported("second", content=b"no graph"))


@pytest.mark.usefixtures("quick")
def test_what_is_written_with_a_candidate_is_written_with_it_alone(system, add, exported) -> None:
    """The end of a retraining, which is not to say that it failed where there is a candidate."""
    models = []

    def also(connection, model: int) -> None:
        models.append(model)
        if len(models) == 1:
            raise OSError("the database is away")

    folder = exported("second", 0.3)
    with pytest.raises(OSError, match="away"):
        add(folder, also=also)
    with system.engine.connect() as connection:
        assert candidates.every(connection) == []
    number = add(folder, also=also)
    with system.engine.connect() as connection:
        assert candidates.one(connection, number).model == models[1]


@pytest.mark.usefixtures("quick")
def test_what_does_not_go_with_the_running_model(system, add, exported) -> None:
    with pytest.raises(ArgumentError, match="images; this one takes vectors"):
        add(exported("second", 0.3, kind="vector"))
    with pytest.raises(ArgumentError, match="lacks “dark”"):
        add(exported("third", 0.3, order=(1, 2)))
    with pytest.raises(ArgumentError, match="this is the model that runs, first"):
        add(exported("fourth"))
    assert copies(system) == 1


@pytest.mark.usefixtures("quick")
def test_a_known_one_is_refused_and_its_copy_stays(system, add, exported) -> None:
    number = add(exported("second", 0.3), name="mine", source="round 2")
    with pytest.raises(ArgumentError, match=f"candidate {number} already, mine"):
        add(exported("second", 0.3))
    assert copies(system) == 2
    with system.engine.connect() as connection:
        found = candidates.one(connection, number)
    assert (found.name, found.source, found.state) == ("mine", "round 2", "waits")
    assert found.milliseconds is not None
    assert found.running_milliseconds is not None


@pytest.mark.usefixtures("quick")
def test_a_new_class_is_taken_and_said(system, add, exported) -> None:
    number = add(exported("second", 0.3, order=(1, 0, 2)))
    with system.engine.connect() as connection:
        found = candidates.one(connection, number)
        assert promoting.matched_classes(connection, found.classes).new == ("odd",)


@pytest.mark.usefixtures("quick")
def test_a_model_whose_copy_is_removed_while_it_is_added_is_copied_again(
    system, add, exported, monkeypatch
) -> None:
    turn = promoting.one_at_a_time

    def removed_meanwhile(connection, what: str) -> None:
        shutil.rmtree(added[0])
        monkeypatch.setattr(promoting, "one_at_a_time", turn)

    keep, added = promoting.keep, []
    monkeypatch.setattr(promoting, "keep", lambda *given: added.append(keep(*given)))
    monkeypatch.setattr(promoting, "one_at_a_time", removed_meanwhile)
    number = add(exported("second", 0.3))
    assert (added[0] / "model.onnx").is_file()
    promoting.remove(system.engine, system.settings.folder, number, "kim", 9)
    assert not added[0].exists()


@pytest.mark.usefixtures("quick")
def test_promoting_and_rolling_back(system, add, exported) -> None:
    folder, number = system.settings.folder, add(exported("second", 0.3))
    with pytest.raises(ArgumentError, match="no other model ran before"):
        promoting.roll_back(system.engine, folder, "kim", 6)
    assert promoting.promote(system.engine, folder, number, "kim", 7) == "second"
    with pytest.raises(ArgumentError, match="runs already"):
        promoting.promote(system.engine, folder, number, "kim", 8)
    assert promoting.roll_back(system.engine, folder, "kim", 9) == "first"
    assert promoting.roll_back(system.engine, folder, "kim", 9) == "second", "and forth"
    with system.engine.connect() as connection:
        seen = model_choices.current(connection).model
    assert promoting.roll_back(system.engine, folder, "kim", 10, seen=seen) == "first"
    with pytest.raises(ArgumentError, match="no longer runs: first does"):
        promoting.roll_back(system.engine, folder, "kim", 10, seen=seen)  # a second click
    with system.engine.connect() as connection:
        assert [one.name for one in model_choices.history(connection)] == [
            "first", "second", "first", "second", "first",
        ]  # fmt: skip


@pytest.mark.usefixtures("quick")
@pytest.mark.usefixtures("quick")
def test_one_that_breaks_or_goes_while_it_is_promoted_is_not_chosen(
    system, add, exported, monkeypatch
) -> None:
    folder, real = system.settings.folder, promoting.kept
    one = add(exported("second", 0.3))

    def breaks(*given):
        with system.engine.begin() as connection:
            candidates.broke(connection, one, "it fails at work", 6)
        return real(*given)

    def goes(*given):
        found = real(*given)
        promoting.remove(system.engine, folder, two, "lee", 6)
        return found

    monkeypatch.setattr(promoting, "kept", breaks)
    with pytest.raises(ArgumentError, match="cannot be run: it fails at work"):
        promoting.promote(system.engine, folder, one, "kim", 7)
    two = add(exported("third", 0.4))
    monkeypatch.setattr(promoting, "kept", goes)
    with pytest.raises(ArgumentError, match=f"there is no candidate {two}"):
        promoting.promote(system.engine, folder, two, "kim", 7)
    with system.engine.connect() as connection:
        assert len(model_choices.history(connection)) == 1


def test_one_whose_copy_is_gone_is_not_chosen(system, add, exported) -> None:
    folder, number = system.settings.folder, add(exported("second", 0.3))
    with system.engine.connect() as connection:
        digest = candidates.one(connection, number).digest
    promoting.promote(system.engine, folder, number, "kim", 7)
    promoting.roll_back(system.engine, folder, "kim", 8)
    shutil.rmtree(place(folder, digest))
    with pytest.raises(CheckpointError, match=r"export\.json"):
        promoting.promote(system.engine, folder, number, "kim", 9)
    with pytest.raises(ArgumentError, match="second cannot be run again"):
        promoting.roll_back(system.engine, folder, "kim", 9)


@pytest.mark.usefixtures("quick")
def test_a_copy_goes_with_its_candidate_unless_it_ran(system, add, exported) -> None:
    folder = system.settings.folder
    first, second = add(exported("second", 0.3)), add(exported("third", 0.4))
    promoting.promote(system.engine, folder, first, "kim", 7)
    for number in (first, second):
        promoting.remove(system.engine, folder, number, "kim", 8)
    assert copies(system) == 2
    with pytest.raises(ArgumentError, match="no candidate"):
        promoting.remove(system.engine, folder, first, "kim", 9)


@pytest.mark.usefixtures("quick")
def test_one_that_two_add_at_once_keeps_its_copy(system, add, exported, monkeypatch) -> None:
    """As by a second click: who comes second is refused, and takes nothing of the first."""
    folder, keep = exported("second", 0.3), promoting.keep
    first = []

    def slow(*given):
        if not first:
            first.append(None)
            first[0] = add(folder)
        return keep(*given)

    monkeypatch.setattr(promoting, "keep", slow)
    with pytest.raises(ArgumentError, match="already, second"):
        add(folder)
    assert promoting.promote(system.engine, system.settings.folder, first[0], "kim", 6) == "second"
