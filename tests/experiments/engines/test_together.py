"""Comparisons side by side: who begins when, what is shared, and how all of them end."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.engines.together import Together
from counterpoise.experiments.tasks import Context, Outcome, Progress, RunTask, StageTask, Task
from counterpoise.recipes.load import load_methods

(RECIPE,) = load_methods(["baseline"], {}, {})
LONG = 60.0  # seconds after which something that should have happened has not


def context(out: Path) -> Context:
    return Context(
        out=out, inputs=out, labels=out, kind="image", classes=("a", "b"), splits=out,
        device="cpu", threads=1, select="recall", checkpoint_every=1, data_root=None,
    )  # fmt: skip


def tasks(name: str) -> list[Task]:
    stage = StageTask(f"stage {name}", RECIPE, 0, "seed-0", "seed-0", 0, None, {}, 10)
    return [stage, run(name)]


def run(name: str) -> RunTask:
    return RunTask(RECIPE, "seed-0", "seed-0", 0, (f"stage {name}",), Path("runs") / name, name)


class Scripted:
    """An engine whose tasks end well, once `before` has returned; it keeps what it was given."""

    reads_files = True

    def __init__(self, before: Callable[[Path], None] = lambda out: None) -> None:
        self.before = before
        self.given: list[tuple[str, list[str]]] = []

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        self.given.append((context.out.name, [task.id for task in tasks]))
        self.before(context.out)
        assert clock is not None
        clock.tick()
        found = {task.id: Outcome(task.id, "ok") for task in tasks}
        for outcome in found.values():
            tell(outcome)
        return found


def together(engine: Any, jobs: int = 2, **more: Any) -> Together:
    return Together(engine, jobs, **more)


def test_the_next_begins_while_the_last_tasks_of_the_one_before_go_on() -> None:
    """Both wait for each other within their tasks, which one after the other never ends."""
    both = threading.Barrier(2, timeout=LONG)
    engine = Scripted(lambda out: both.wait())

    def perform(name: str, joined: Engine) -> None:
        joined.dispatch(tasks(name), context(Path(name)), 2, lambda message: None)

    ended = list(together(engine).each(["a", "b"], perform))
    assert sorted(ended) == [("a", None), ("b", None)]


def test_no_other_begins_while_more_tasks_wait_than_go_on_at_a_time() -> None:
    assert [has_room(number) for number in (1, 2, 3)] == [True, True, False]


def has_room(number: int) -> bool:
    """Whether another may begin beside one of so many trainings, two at a time."""
    room: list[bool] = []
    one = together(Scripted(lambda out: room.append(one._has_room())))

    def perform(name: str, joined: Engine) -> None:
        many = [task for n in range(number) for task in tasks(str(n))]
        joined.dispatch(many, context(Path(name)), 2)

    assert list(one.each("a", perform)) == [("a", None)]
    return room[0]


def test_one_at_a_time_works() -> None:
    """Whatever a comparison does beside its tasks need not bear several threads."""
    busy: list[str] = []

    def perform(name: str, joined: Engine) -> None:
        for _ in range(50):
            busy.append(name)
            assert busy == [name]
            busy.remove(name)
            joined.dispatch(tasks(name), context(Path(name)), 2)

    for name, error in together(Scripted()).each("abcd", perform):
        assert error is None
        assert busy == [], f"{name} is given back while another works"


def test_a_comparison_that_fails_stops_no_other() -> None:
    def perform(name: str, joined: Engine) -> None:
        joined.dispatch(tasks(name), context(Path(name)), 2)
        if name == "a":
            raise ValueError("of a alone")

    ended = dict(together(Scripted()).each("abc", perform))
    assert {name: str(error) for name, error in ended.items()} == {
        "a": "of a alone", "b": "None", "c": "None",
    }  # fmt: skip


def test_after_close_those_that_are_open_end_and_no_other_begins() -> None:
    open_, closed = threading.Event(), threading.Event()
    begun: list[str] = []

    def before(out: Path) -> None:
        if out.name == "b":
            open_.set()
        assert (closed if out.name == "b" else open_).wait(LONG)

    def perform(name: str, joined: Engine) -> None:
        begun.append(name)
        joined.dispatch(tasks(name), context(Path(name)), 1)
        if name == "a":
            raise ValueError

    one, ended = together(Scripted(before), jobs=1), []
    for name, _ in one.each("abc", perform):
        one.close()
        closed.set()
        ended.append(name)
    assert ended == begun == ["a", "b"]


def test_an_interruption_ends_those_that_are_open() -> None:
    """Whoever waits for tasks is ended by the next look at the clock, and says so to nobody."""
    both, never = threading.Barrier(2, timeout=LONG), threading.Event()
    stopped = threading.Semaphore(0)

    class Endless(Scripted):
        def dispatch(self, *given: Any) -> dict[str, Outcome]:
            both.wait()
            try:
                while not never.wait(0.01):
                    given[-1].tick()
            except KeyboardInterrupt:
                stopped.release()
                raise
            return {}

    def perform(name: str, joined: Engine) -> None:
        if name == "c":
            raise KeyboardInterrupt
        joined.dispatch(tasks(name), context(Path(name)), 2)

    with pytest.raises(KeyboardInterrupt):
        list(together(Endless(), jobs=3).each("abc", perform))
    assert stopped.acquire(timeout=LONG)
    assert stopped.acquire(timeout=LONG)


def test_a_run_that_two_have_in_common_is_trained_once() -> None:
    both = threading.Barrier(2, timeout=LONG)
    taken: list[str] = []
    engine = Scripted(lambda out: both.wait())
    heard: dict[str, list[str]] = {"a": [], "b": []}

    def known(runs: Sequence[RunTask], out: Path) -> set[str]:
        taken.extend(f"{run.identity} to {out.name}" for run in runs)
        return {run.id for run in runs}

    def perform(name: str, joined: Engine) -> None:
        asked = [*tasks("common"), *tasks(name)]
        found = joined.dispatch(
            asked,
            context(Path(name)),
            2,
            lambda message: heard[name].append(message.id),  # type: ignore[union-attr]
        )
        assert found.keys() == {task.id for task in asked}

    list(together(engine, known=known).each("ab", perform))
    first, second = sorted(engine.given, key=lambda given: -len(given[1]))
    assert len(first[1]) == 4
    assert second[1] == [task.id for task in tasks(second[0])]
    assert taken == [f"common to {second[0]}"]
    assert sorted(heard["a"]) == sorted(t.id for t in [*tasks("common"), *tasks("a")])
    assert sorted(heard["b"]) == sorted(t.id for t in [*tasks("common"), *tasks("b")])


def test_a_common_run_that_the_first_did_not_finish_is_trained_by_the_second() -> None:
    both = threading.Barrier(2, timeout=LONG)
    waits = [True, True]

    def before(out: Path) -> None:
        if waits:
            waits.pop()
            both.wait()

    engine = Scripted(before)

    def perform(name: str, joined: Engine) -> None:
        joined.dispatch([*tasks("common"), *tasks(name)], context(Path(name)), 2)

    list(together(engine).each("ab", perform))
    assert [names for _, names in engine.given][2:] == [[task.id for task in tasks("common")]]


def test_a_trial_is_of_its_comparison_alone() -> None:
    both = threading.Barrier(2, timeout=LONG)
    engine = Scripted(lambda out: both.wait())
    stage, _ = tasks("common")
    trial = RunTask(RECIPE, "s", "s", 0, (stage.id,), Path("search") / "x", "common")

    def perform(name: str, joined: Engine) -> None:
        joined.dispatch([stage, trial], context(Path(name)), 2)

    assert [error for _, error in together(engine).each("ab", perform)] == [None, None]
    assert [names for _, names in engine.given] == [[stage.id, trial.id]] * 2
