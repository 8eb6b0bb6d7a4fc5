"""Who starts the workers of a cluster: on a stand-in for Ray (test_on_ray.py has a real one)."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


from sqlalchemy.exc import OperationalError

from counterpoise.errors import ArgumentError
from counterpoise.service.cluster import hearing, placing
from counterpoise.service.cluster.parcel import Parcel
from counterpoise.service.cluster.placing import Placing
from counterpoise.service.settings import Settings


class Actor:
    """A stand-in for a worker on Ray; a reference to its answer is the answer."""

    def __init__(self) -> None:
        self.answer: object = ""  # or an error, or None for none in time
        self.holder, self.process = "", "p1"
        self.ended = False
        self.state = SimpleNamespace(remote=lambda: Reference(self, "state"))
        self.until_end = SimpleNamespace(remote=lambda: Reference(self, "until_end"))
        self.end = SimpleNamespace(remote=lambda: Reference(self, "end"))


class Reference:
    def __init__(self, actor: Actor, what: str) -> None:
        self.actor, self.what = actor, what
        actor.ended |= what == "end"

    def is_ready(self) -> bool:
        if self.what == "until_end":
            return isinstance(self.actor.answer, Exception)
        return self.actor.answer is not None


class StandIn:
    """A stand-in for Ray: machines by name, and its actors."""

    def __init__(self, *names: str) -> None:
        self.names, self.actors, self.made = [*names], {}, Actor
        self.exceptions = SimpleNamespace(
            RayError=RayError, RayActorError=LostError, ActorUnavailableError=UnavailableError
        )
        self.util = SimpleNamespace(list_named_actors=self._listed)

    def nodes(self) -> list[dict]:
        return [
            {"NodeManagerHostname": n, "NodeID": n * 16, "Alive": True, "Resources": {"CPU": 1.0}}
            for n in self.names
        ]

    def remote(self, kind: type) -> SimpleNamespace:
        assert kind is placing.Placed

        def options(name: str, **more) -> SimpleNamespace:
            assert more["lifetime"] == "detached"
            assert more["get_if_exists"]
            return SimpleNamespace(remote=lambda *given: self.actors.setdefault(name, self.made()))

        return SimpleNamespace(options=options)

    def wait(self, asked, num_returns: int, timeout: float):
        ready = [one for one in asked if one.is_ready()][:num_returns]
        return ready, [one for one in asked if one not in ready]

    def get(self, reference: Reference) -> object:
        if isinstance(reference.actor.answer, Exception):
            raise reference.actor.answer
        return reference.actor.answer, reference.actor.holder, reference.actor.process

    def get_actor(self, name: str, namespace: str) -> Actor:
        if name not in self.actors:
            raise ValueError(name)
        return self.actors[name]

    def kill(self, actor: Actor) -> None:
        assert actor.ended, "it was asked to end first"
        self.actors = {name: one for name, one in self.actors.items() if one is not actor}

    def _listed(self, all_namespaces: bool) -> list[dict[str, str]]:
        other = {"name": "another", "namespace": "somebody's"}
        return [other, *({"name": n, "namespace": placing.SPACE} for n in self.actors)]


class RayError(Exception):
    pass


class LostError(RayError):
    pass


class UnavailableError(LostError):
    pass


@pytest.fixture
def here(monkeypatch) -> str:
    strategies = SimpleNamespace(NodeAffinitySchedulingStrategy=lambda node, soft: node)
    for name in ("ray", "ray.util"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    monkeypatch.setitem(sys.modules, "ray.util.scheduling_strategies", strategies)
    monkeypatch.setattr(placing.socket, "gethostname", lambda: "here")
    return "here"


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(hearing, "monotonic", lambda: now[0])
    return now


WHOLE = {"database": "postgresql://a@db/c", "pictures": "s3://b/c", "engine": "ray"}


def placing_on(ray: StandIn, folder: Path, stub, **more) -> Placing:
    settings = Settings(folder=folder, **WHOLE | more)
    return Placing(ray, Parcel.of(settings, stub, "stub", b"key"), settings)


def test_each_machine_has_its_workers_also_one_that_comes(here, tmp_path, stub) -> None:
    ray = StandIn("here", "far")
    one = placing_on(ray, tmp_path, stub, workers=2)
    one.look()
    assert len(one.workers) == len(ray.actors) == 4
    before = {*ray.actors.values()}
    ray.names.append("new")
    one.look()
    assert len(ray.actors) == 6
    assert before < {*ray.actors.values()}
    ray.names.remove("far")
    one.look()
    assert len(one.workers) == len(ray.actors) == 4


def test_a_server_that_begins_again_finds_its_workers_and_exchanges_those_of_other_settings(
    here, tmp_path, stub
) -> None:
    ray = StandIn("here", "far")
    placing_on(ray, tmp_path, stub).look()
    before = {*ray.actors.values()}
    placing_on(ray, tmp_path, stub).look()
    assert {*ray.actors.values()} == before
    other = placing_on(ray, tmp_path, stub, database="postgresql://a@db/d")
    other.look()
    assert {*ray.actors.values()} > before, "another server has others"
    other.end()
    assert {*ray.actors.values()} == before
    placing_on(ray, tmp_path, stub, threads=2).look()
    assert len(ray.actors) == 2
    assert all(actor.ended for actor in before)


def test_one_that_is_lost_is_made_again_and_one_that_ray_starts_again_is_not(
    here, tmp_path, stub, caplog
) -> None:
    ray = StandIn("here", "far")
    one = placing_on(ray, tmp_path, stub)
    one.look()
    lost, again = ray.actors.values()
    lost.answer, again.answer = LostError(), UnavailableError()
    one.look()
    assert [*one.workers.values()] == [again]
    assert "is lost: LostError" in caplog.text
    ray.actors = {name: actor for name, actor in ray.actors.items() if actor is not lost}
    again.answer = ""
    one.look()
    assert len(one.workers) == 2
    assert lost not in one.workers.values()


def test_what_is_wrong_with_a_worker_is_logged_once(here, tmp_path, stub, caplog, clock) -> None:
    ray = StandIn("here")
    one = placing_on(ray, tmp_path, stub)
    one.look()
    (actor,) = ray.actors.values()
    for answer in ("no database", "no database", None, None, None, "", "no database"):
        actor.answer = answer
        clock[0] += 9
        one.look()
    said = [record.getMessage().partition(": ")[2] for record in caplog.records]
    assert said == ["no database", "gives no answer within 10 s", "no database"]


def test_one_that_takes_long_to_begin_is_not_said_to_give_no_answer(
    here, tmp_path, stub, caplog, clock
) -> None:
    """Ray has just begun its process, or begins it again; libraries are loaded."""
    ray = StandIn("here")
    one = placing_on(ray, tmp_path, stub)
    actor = Actor()
    ray.made = lambda: actor
    for answer in (None, "", UnavailableError(), ""):
        actor.answer = answer
        for _ in range(10):
            clock[0] += 11
            one.look()
    assert caplog.text == ""
    for answer, said in (
        (None, "gives no answer within 10 s"),
        (UnavailableError(), "cannot be reached, and has not begun again, within 120 s"),
    ):
        actor.answer = ""
        one.look()
        actor.answer = answer
        for _ in range(13):
            clock[0] += 11
            one.look()
        assert caplog.text.count(said) == 1


def test_one_that_never_begins_is_said(here, tmp_path, stub, caplog, clock) -> None:
    ray, actor = StandIn("here"), Actor()
    ray.made, actor.answer = lambda: actor, None
    one = placing_on(ray, tmp_path, stub)
    for _ in range(13):
        one.look()
        clock[0] += 11
    assert caplog.text.count("has not begun within 120 s") == 1


class Freed:
    """A worker, and the names in the database of which it is said that they have ended."""

    def __init__(self, folder: Path, stub) -> None:
        self.ray, self.names = StandIn("here"), []
        settings = Settings(folder=folder, **WHOLE)
        parcel = Parcel.of(settings, stub, "stub", b"key")
        ended = lambda holder: not self.names.append(holder)  # noqa: E731
        self.placing = Placing(self.ray, parcel, settings, ended)
        self.placing.look()
        (self.actor,) = self.ray.actors.values()
        self.says(holder="h1")

    def says(self, answer: object = "", **more: str) -> list[str]:
        self.actor.answer = answer
        self.actor.__dict__.update(more)
        self.placing.look()
        return self.names


def test_the_shards_of_one_that_died_are_freed_at_once(here, tmp_path, stub, caplog) -> None:
    freed = Freed(tmp_path, stub)
    freed.actor.answer = None
    assert not freed.placing._hearing.hear(0.0)
    assert freed.names == []
    freed.actor.answer = LostError()
    assert freed.placing._hearing.hear(0.0)
    assert freed.names == ["h1"], "without another look"
    assert "has ended: its cameras are free for others" in caplog.text
    assert freed.placing.workers == {}


def test_one_that_cannot_be_reached_keeps_its_shards_and_is_asked_again(
    here, tmp_path, stub, caplog
) -> None:
    """Its process may work; where it does not, its lease ends by itself."""
    freed = Freed(tmp_path, stub)
    for _ in range(3):
        assert freed.says(UnavailableError()) == []
    assert len(freed.placing.workers) == 1
    freed.actor.answer = ""
    assert not freed.placing._hearing.hear(0.0)
    freed.placing._hearing.ask_again()
    assert freed.placing._hearing.hear(0.0), "between two looks"
    assert freed.says(holder="h1") == []
    assert caplog.text == ""


def test_the_shards_of_one_in_whose_place_another_process_answers_are_freed(
    here, tmp_path, stub
) -> None:
    """Also if it answered before anybody asked, and before it works itself."""
    freed = Freed(tmp_path, stub)
    freed.says(UnavailableError())
    assert freed.says(process="p2", holder="") == ["h1"]
    assert freed.says(holder="h2") == ["h1"]
    assert freed.says(process="p3", holder="h3") == ["h1", "h2"]
    assert freed.says(holder="h4") == ["h1", "h2", "h3"], "it began anew by itself"
    assert freed.says(holder="") == ["h1", "h2", "h3"]
    assert freed.says(RayError()) == ["h1", "h2", "h3"], "of which nobody knows whether it died"
    assert freed.says(process="p5", holder="h5") == ["h1", "h2", "h3", "h4"]


def test_shards_that_cannot_be_freed_now_wait_for_their_time(here, tmp_path, stub, caplog) -> None:
    def fails(holder: str) -> bool:
        raise OperationalError("", {}, Exception("gone"))

    ray, settings = StandIn("here"), Settings(folder=tmp_path, **WHOLE)
    one = Placing(ray, Parcel.of(settings, stub, "stub", b"key"), settings, fails)
    one.look()
    (actor,) = ray.actors.values()
    actor.holder = "h1"
    one.look()
    actor.process = "p2"
    one.look()
    assert "shards of a worker that ended wait: OperationalError" in caplog.text
    assert len(one.workers) == 1


def test_a_machine_that_comes_gets_no_worker_where_files_are_here(
    here, tmp_path, stub, caplog
) -> None:
    ray = StandIn("here", "far")
    one = placing_on(ray, tmp_path, stub, pictures="")
    one.look()
    one.look()
    assert len(ray.actors) == 1
    assert caplog.text.count("worker far: gets no worker: several machines need a store") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a database that all reach.*--database postgresql.*the cluster has far, too"),
        ({"database": "postgresql://a@db/c"}, "a store of pictures.*--store s3://"),
    ],
)
def test_files_of_this_machine_are_no_place_for_several(given, said, monkeypatch, tmp_path) -> None:
    here = placing.socket.gethostname()
    monkeypatch.setattr(placing, "joined", lambda address, cores: nullcontext(StandIn(here, "far")))
    settings = Settings(folder=tmp_path, engine="ray", **given)
    with pytest.raises(ArgumentError, match=said), placing.cluster(settings):
        pass
    with placing.cluster(Settings(folder=tmp_path, **WHOLE)) as found:
        assert found is not None


def test_a_worker_begins_no_workers_and_pages_work_no_more() -> None:
    with pytest.raises(ArgumentError, match="are started by Ray; got --role worker"):
        placing.checked(Settings(engine="ray", role="worker"))
    assert placing.checked(Settings(engine="ray")).role == "web"
    assert placing.checked(Settings()).role == "all"


@pytest.mark.parametrize("given", [{"keep_workers": True}, {"workers": 2}])
def test_settings_of_workers_are_refused_where_nobody_begins_any(given) -> None:
    with pytest.raises(ArgumentError, match="begun by --engine ray alone; got"):
        placing.checked(Settings(**given))


def test_a_cluster_that_ends_with_the_server_keeps_no_workers(monkeypatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    settings = Settings(engine="ray", keep_workers=True)
    with pytest.raises(ArgumentError, match="so it keeps none"), placing.cluster(settings):
        pass


def test_servers_with_other_databases_have_other_workers(tmp_path) -> None:
    one = Settings(folder=tmp_path, database="postgresql://a:secret@db/c")
    same = Settings(folder=tmp_path / "x", database="postgresql://a:other@db/c")
    other = Settings(folder=tmp_path, database="postgresql://a:secret@db/d")
    assert placing.identity(one) == placing.identity(same) != placing.identity(other)
