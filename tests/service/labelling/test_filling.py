"""The queue is filled out of the database, for the model that runs."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select, update

from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Result
from counterpoise.service.labelling import filling
from counterpoise.service.labelling.filling import Filler
from counterpoise.service.labelling.looking import EndedError
from counterpoise.service.labelling.reasons import Rules, shares_of
from counterpoise.service.runtime.clock import now

SHARES = shares_of(["uncertainty=2", "deficit=2", "diversity=1"])


@pytest.fixture
def filler(system) -> Filler:
    return Filler(
        system.engine, system.pictures, lambda: system.model, Rules(20, 50, SHARES, 0.5), now
    )


def queued(system) -> list:
    with system.engine.connect() as connection:
        return list(connection.execute(select(LabelFrame)).mappings())


def test_it_is_filled_and_then_left_alone(system, filler, pictured) -> None:
    assert filler.fill(np.random.default_rng(0)) == 20
    rows = queued(system)
    assert [row["is_random"] for row in rows].count(True) == 2
    assert {row["reason"] for row in rows} == {"random", "uncertainty", "deficit", "diversity"}
    assert {row["needed"] for row in rows} == {1, 2}
    assert all(row["outline"] and row["why"] for row in rows)
    assert "by their probabilities" in filler.said
    assert filler.fill() == 0


def test_it_is_filled_again_when_it_is_half_empty(system, filler, pictured) -> None:
    filler.fill()
    for row in queued(system)[:11]:
        with system.engine.begin() as connection:
            labels.give(connection, row["result_id"], "ann", Verdict("class", "dark"), 1)
    assert filler.fill() == 20
    assert len(queued(system)) == 40


def test_features_are_used_where_the_model_has_them(system, filler, pictured) -> None:
    system.model.has_features = True
    system.model.features = lambda samples: samples.reshape(len(samples), -1).astype(np.float32)
    filler.fill()
    assert filler.said == ""
    assert any("by features" in row["why"] for row in queued(system))


def test_what_is_labelled_or_trained_on_is_a_center(
    system, filler, pictured, jpeg, tmp_path
) -> None:
    """Of frames that are like those the diverse ones are not chosen."""
    base = tmp_path / "base" / "dark"
    base.mkdir(parents=True)
    (base / "1.jpg").write_bytes(jpeg(7))
    system.model.has_features = True
    system.model.features = lambda samples: samples.mean((1, 2, 3))[:, None].astype(np.float32)
    pools = []
    own = filling.choose
    filling_of = Filler(
        system.engine, system.pictures, lambda: system.model, filler.rules, now, base.parent
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "choose", lambda pool, *rest: pools.append(pool) or own(pool, *rest))
        filling_of.fill()
        assert pools[0].centers.round().tolist() == [[7.0]], "only what was trained on"
        for row in queued(system)[:11]:
            with system.engine.begin() as connection:
                labels.give(connection, row["result_id"], "ann", Verdict("class", "dark"), 1)
        filling_of.fill()
    assert pools[1].centers.shape == (21, 1)


def test_without_features_probabilities_of_this_model_are_centers(system, filler, pictured) -> None:
    filler.fill()
    with system.engine.connect() as connection:
        number = connection.scalar(select(Result.model_id).limit(1))
    assert filler._centers.features(system.model) is None
    assert filler._centers.probabilities(number, system.model.classes).shape == (20, 2)
    assert filler._centers.probabilities(number + 1, system.model.classes) is None


def test_pictures_that_are_gone_or_damaged_are_not_asked_about(system, filler, pictured) -> None:
    with system.engine.begin() as connection:
        gone = update(Result).where(Result.id.in_(pictured[:10]))
        connection.execute(gone.values(picture=""))
        keys = connection.scalars(select(Result.picture).where(Result.id.in_(pictured[10:20])))
        for key in keys:
            system.pictures.drop(key)
    filler.fill()
    assert {row["result_id"] for row in queued(system)} <= set(pictured[20:])


def test_another_model_makes_another_choice(system, filler, pictured) -> None:
    filler.fill()
    (first, *_) = (row["result_id"] for row in queued(system) if not row["is_random"])
    with system.engine.begin() as connection:
        labels.give(connection, first, "ann", Verdict("class", "dark"), 1)
    system.model.digest = "1" * 64
    assert filler.fill() == 0
    left = queued(system)
    assert {row["result_id"] for row in left if not row["is_random"]} == {first}
    assert len(left) == 3


def test_without_results_it_says_so(system, filler) -> None:
    assert filler.fill() == 0
    assert "No further frame can be asked about" in filler.said


def test_a_person_who_asks_wakes_it(system, pictured) -> None:
    import time

    system.labelling.filler.want()
    for _ in range(1500):
        with system.engine.connect() as connection:
            if label_queue.waiting(connection):
                return
        time.sleep(0.02)
    raise AssertionError("nothing was put into the queue")


def test_a_stop_does_not_wait_for_what_is_being_chosen(system, pictured) -> None:
    """It waited for all pictures of the pool, of the contrast set and of the first training."""
    import threading

    looks, may_go_on, own = threading.Event(), threading.Event(), system.model.decode
    read = []

    def decode(content: bytes):
        read.append(1)
        looks.set()
        assert may_go_on.wait(60)
        return own(content)

    system.model.decode = decode
    filler = system.labelling.filler
    filler.want()
    assert looks.wait(60)
    stop = threading.Thread(target=filler.stop)
    stop.start()
    assert filler._ended.wait(60)
    may_go_on.set()
    stop.join(60)
    assert not stop.is_alive()
    assert read == [1], "the picture that was being read when it was to stop"
    assert queued(system) == []


def test_a_choice_among_many_is_left_when_the_server_ends(system, filler, pictured) -> None:
    own = filling.choose

    def choose(*given):
        filler._ended.set()
        return own(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "choose", choose)
        with pytest.raises(EndedError):
            filler.fill()


def test_the_number_of_the_model_is_asked_for_once(system, filler, pictured, monkeypatch) -> None:
    asked, own = [], filling.label_pool.number_of
    monkeypatch.setattr(
        filling.label_pool, "number_of", lambda *given: asked.append(given[1]) or own(*given)
    )
    filler.fill()
    assert asked == [system.model.digest]


@pytest.mark.parametrize(
    ("members", "said", "unsaid"),
    [
        ((), "exported without features", "mean"),
        (("one", "other"), "A single run, served by itself, has features", "--features"),
    ],
)
def test_how_a_model_without_features_comes_by_some(
    system, filler, pictured, members, said, unsaid
) -> None:
    """A mean of runs has none, and `counterpoise export --features` refuses it."""
    system.model.described = SimpleNamespace(members=members)
    filler.fill()
    assert said in filler.said
    assert unsaid not in filler.said
