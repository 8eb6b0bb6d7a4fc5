"""A server does what the database says, and a promotion changes no result's version."""

import shutil
import threading
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import func, select

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.service.database import audit, candidates, model_choices
from counterpoise.service.database.account import balance
from counterpoise.service.database.labelled_frames import LabelledFrame
from counterpoise.service.database.tables import Model, Result
from counterpoise.service.promotion import choosing, examining, promoting, showing
from counterpoise.service.promotion import following as module
from counterpoise.service.promotion.keeping import place
from counterpoise.service.promotion.travelling import UnreachableError

pytestmark = pytest.mark.usefixtures("quick")


def wait_until(true, seconds: float = 30.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture
def number(system, exported) -> int:
    """A candidate that sees light from 20 % on."""
    folder = exported("second", 0.3)
    return promoting.add(system.engine, system.settings.folder, folder, "kim", 5)


def seen(system, number: int) -> int:
    """Frames that a candidate saw, written or not."""
    run = system.worker.shadowing._run
    with system.engine.connect() as connection:
        written = candidates.one(connection, number).seen
    return written + (run._saw.seen if run else 0)


def shadow(system, number: int, by_rule: bool = False) -> None:
    with system.engine.begin() as connection:
        candidates.shadow(connection, number, by_rule, 6, "kim")


def test_a_candidate_sees_the_same_frames_and_no_result_comes_of_it(
    system, number, push, monkeypatch
) -> None:
    monkeypatch.setattr(showing, "WRITE", 0.0)
    shadow(system, number)
    system.following.sync()
    push(12)
    wait_until(lambda: seen(system, number) >= 6)
    system.following.stop()
    assert system.worker.shadowing.shown is None
    with system.engine.connect() as connection:
        found = candidates.one(connection, number)
        pairs = candidates.pairs(connection, found.model, 1)
        models = set(connection.scalars(select(Result.model_id)))
        results = connection.scalar(select(func.count()).select_from(Result))
    assert 6 <= found.seen + found.skipped <= results + 2, "the last may be on their way"
    assert found.seen == sum(tally.number for tally in pairs.values())
    assert ("dark", "light") in pairs, "a grey of 100 is light to the candidate"
    assert models == {1}
    assert found.seconds > 0


def test_the_command_lines_choice_is_taken_up(system, number) -> None:
    """It writes to the database, and says nothing to the server."""
    promoting.promote(system.engine, system.settings.folder, number, "the command line", 7)
    wait_until(lambda: system.name == "second")
    assert system.following.running != 1


def test_a_promotion_in_the_middle_of_a_batch_changes_no_results_version(
    system, number, push, camera, monkeypatch
) -> None:
    push(3)
    at_work, may_go_on = threading.Event(), threading.Event()
    real = system.model.predict

    def slow(samples):
        at_work.set()
        assert may_go_on.wait(10)
        return real(samples)

    monkeypatch.setattr(system.model, "predict", slow)
    pushing = threading.Thread(target=push, args=(3,))
    pushing.start()
    assert at_work.wait(10)
    promoting.promote(system.engine, system.settings.folder, number, "kim", 7)
    system.following.sync()
    assert system.name == "second"
    may_go_on.set()
    pushing.join()
    push(3)
    with system.engine.connect() as connection:
        rows = connection.execute(
            select(Model.name, Result.label, Result.probability, Result.scores)
            .join(Result)
            .order_by(Result.id)
        ).all()
        now = balance(connection)
    names = [row.name for row in rows]
    assert names[:4] == ["first"] * 4, "the batch that was at work is the first model's"
    assert names[-1] == "second"
    assert names == sorted(names), "and no result of the first comes after"
    for row in rows:  # each is what the model says whose number it has
        light = memoryview(row.scores).cast("f")[1]
        assert (row.label == "light") == (light >= 0.5)
        assert (light > 0.65) == (row.name == "second")  # 0.3 more than it is
    assert now.fetched == now.analysed + sum(now.dropped.values()) + now.in_flight


def test_rolling_back_loses_nothing(system, number, push) -> None:
    folder = system.settings.folder
    push(3)
    promoting.promote(system.engine, folder, number, "kim", 7)
    system.following.sync()
    push(3)
    with system.engine.connect() as connection:
        before = connection.execute(select(Result).order_by(Result.id)).all()
    promoting.roll_back(system.engine, folder, "kim", 8)
    system.following.sync()
    assert system.name == "first"
    push(3)
    with system.engine.connect() as connection:
        after = connection.execute(select(Result).order_by(Result.id)).all()
    assert after[: len(before)] == before
    assert after[-1] in after[len(before) :]
    with system.engine.connect() as connection:
        last = connection.scalar(select(Result.model_id).order_by(Result.id.desc()).limit(1))
    assert last == 1


def test_a_candidate_that_fails_at_work_is_broken_and_the_running_one_goes_on(
    system, number, push
) -> None:
    shadow(system, number)
    system.following.sync()
    _, model = system.worker.shadowing.shown

    def fails(samples):
        raise RuntimeError("a bad node")

    model.predict = fails
    push(3)
    wait_until(lambda: system.worker.shadowing.shown is None)
    with system.engine.connect() as connection:
        found = candidates.one(connection, number)
    assert (found.state, found.fault) == ("broken", "RuntimeError: a bad node")
    push(3)
    assert system.name == "first"


def test_a_copy_that_is_damaged_breaks_the_candidate_alone(system, number, push) -> None:
    with system.engine.connect() as connection:
        digest = candidates.one(connection, number).digest
    (place(system.settings.folder, digest) / "model.onnx").write_bytes(b"damaged")
    shadow(system, number)
    system.following.sync()
    with system.engine.connect() as connection:
        assert "does not have the digest" in candidates.one(connection, number).fault
    push(2)


def test_a_choice_that_cannot_be_loaded_is_undone_and_said(system, number, push, caplog) -> None:
    with system.engine.begin() as connection:
        known = candidates.one(connection, number)
        model_choices.choose(connection, 7, "kim", "by hand", known.model, 1)
    (place(system.settings.folder, known.digest) / "model.onnx").write_bytes(b"damaged")
    system.following.sync()
    assert system.name == "first"
    with system.engine.connect() as connection:
        now = model_choices.current(connection)
    assert now is not None
    assert now.model == 1
    assert "second cannot be loaded" in now.why
    assert "the model that runs goes on: second cannot be loaded" in caplog.text
    push(2)


def test_a_choice_that_cannot_be_loaded_undoes_none_that_came_since(
    system, number, exported, monkeypatch
) -> None:
    folder, real = system.settings.folder, system.following._copies.get
    third = promoting.add(system.engine, folder, exported("third", 0.4), "kim", 5)
    monkeypatch.setattr(module, "STEP", 1000.0)
    with system.engine.connect() as connection:
        digest = candidates.one(connection, number).digest

    def slow(wanted: str):
        if wanted != digest:
            return real(wanted)
        promoting.promote(system.engine, folder, third, "lee", 8)
        raise CheckpointError("damaged")

    monkeypatch.setattr(system.following._copies, "get", slow)
    promoting.promote(system.engine, folder, number, "kim", 7)
    wait_until(lambda: system.name == "third" or system.following.look())
    with system.engine.connect() as connection:
        assert [one.name for one in model_choices.history(connection)] == [
            "third", "second", "first",
        ]  # fmt: skip


@pytest.mark.parametrize("what", ["stops it", "promotes another"])
def test_the_rule_promotes_nothing_that_an_admin_changed_while_it_judged(
    system, number, exported, monkeypatch, caplog, what
) -> None:
    folder = system.settings.folder
    third = promoting.add(system.engine, folder, exported("third", 0.4), "kim", 5)

    def judged(*given):
        if what == "stops it":
            with system.engine.begin() as connection:
                candidates.stop(connection, number, 8, "lee")
        elif system.name != "third":
            promoting.promote(system.engine, folder, third, "lee", 8)
        return SimpleNamespace(holds=True, why="better")

    monkeypatch.setattr(module, "judgement", judged)
    shadow(system, number, by_rule=True)
    system.following.sync()
    system.following._judged = -1e9
    system.following._examine()
    wait_until(lambda: "the rule promotes nothing" in caplog.text)
    with system.engine.connect() as connection:
        now = model_choices.current(connection)
    assert now is not None
    assert now.name == ("first" if what == "stops it" else "third")


def test_the_rule_judges_nothing_while_the_chosen_model_is_awaited(
    system, number, exported, monkeypatch, caplog
) -> None:
    folder, real = system.settings.folder, system.following._copies.get
    third = promoting.add(system.engine, folder, exported("third", 0.4), "kim", 5)
    with system.engine.connect() as connection:
        digest = candidates.one(connection, number).digest

    def away(wanted: str):
        if wanted == digest:
            raise UnreachableError(f"{folder} does not answer")
        return real(wanted)

    judged = []

    def judgement(*given):
        judged.append(given)
        return SimpleNamespace(holds=False)

    monkeypatch.setattr(system.following._copies, "get", away)
    monkeypatch.setattr(module, "judgement", judgement)
    system.following.stop()  # its thread; the rest is asked for here
    shadow(system, third, by_rule=True)
    promoting.promote(system.engine, folder, number, "kim", 7)
    for _ in range(2):
        system.following.sync()
        system.following._judged = -1e9
        system.following._examine()
    assert judged == []
    assert (
        caplog.text.count("the rule judges no candidate until the model that is chosen runs") == 1
    )
    assert "second, by kim on 1970-01-01 00:00 UTC" in caplog.text
    with system.engine.connect() as connection:
        lines = audit.since(connection, choosing.AWAITED, 0)
    assert [said for _, said in lines] == [
        "the one before runs until second can be had: the server's folder does not answer"
    ]
    shutil.rmtree(place(folder, digest))
    with pytest.raises(ArgumentError, match="second can be had: the server's folder does not"):
        promoting.add(system.engine, folder, exported("fourth", 0.5), "kim", 8)
    promoting.roll_back(system.engine, folder, "kim", 9)
    system.following.sync()
    system.following._judged = -1e9
    system.following._examine()
    assert len(judged) == 1


def labelled(system, truth) -> list[LabelledFrame]:
    """Every result, labelled by what `truth` makes of its scores."""
    with system.engine.connect() as connection:
        rows = connection.execute(select(Result)).mappings().all()
    return [
        LabelledFrame(
            row["id"], row["camera_id"], truth(row), row["model_id"], row["label"],
            row["probability"], row["scores"], row["picture"],
        )
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("is_better", [True, False])
def test_the_rule_promotes_what_is_better_on_labelled_frames(
    system, number, record_seen, monkeypatch, is_better: bool
) -> None:
    for name, value in (("JUDGE", 0.0), ("EXAMINE", 0.0), ("STEP", 0.05)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(examining, "BATCH", 50)
    record_seen([20, 110] * 15 + ([] if is_better else [140] * 5))
    dark = 0.25 if is_better else 0.5  # from which share of light on a frame is light in truth
    frames = labelled(
        system,
        lambda row: "light" if memoryview(row["scores"]).cast("f")[1] >= dark else "dark",
    )
    monkeypatch.setattr(system.following, "_labelled", lambda connection: frames)
    shadow(system, number, by_rule=True)
    system.following.sync()
    if is_better:
        wait_until(lambda: system.name == "second")
        with system.engine.connect() as connection:
            now = model_choices.current(connection)
        assert now is not None
        assert now.who == "the rule"
        assert "worse on no class" in now.why
    else:
        system.following.look()
        wait_until(lambda: system.following._judged)
        assert system.name == "first"
