"""Count and time run through search and training as one."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from counterpoise.experiments.progress import Screen, display
from counterpoise.experiments.tasks import Outcome, Progress, StageTask
from counterpoise.recipes.load import load_methods

(RECIPE,) = load_methods(["baseline"], {}, {})


def stage(name: str, updates: int = 10) -> StageTask:
    return StageTask(name, RECIPE, 0, "seed-0", "seed-0", 0, None, {}, updates)


def test_the_count_goes_on_where_training_follows_a_search(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown: Any = display("plain")
    trials, chosen = [stage("a"), stage("b")], [stage("c"), stage("d")]
    shown.expect([*trials, stage("stand-in")])
    shown.begin(trials)
    for task in trials:
        shown.tell(Outcome(task.id, "ok"))
    shown.expect(chosen)  # what the search found needs two trainings, not one
    shown.begin([*chosen])
    shown.tell(Outcome("a", "ok"))  # which a run waits for, and was trained before
    shown.tell(Outcome("c", "ok"))
    shown.tell(Outcome("d", "ok"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["[1/3]", "[2/3]", "[3/4]", "[4/4]"]
    assert lines[-1].endswith("(0:00 left)")


def test_the_time_left_is_of_all_that_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterpoise.experiments import progress

    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    shown: Any = display("silent")
    first = stage("a")
    shown.expect([first, stage("b"), stage("c")])
    shown.begin([first])
    shown.tell(Progress(first, 0, 0, 1, None))
    now[0] = 5.0
    shown.tell(Progress(first, 5, 0, 1, None))
    assert shown.tally.left == "0:25"


def test_each_line_says_whose_it_is_where_several_go_on_at_a_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("one", "two"):
        shown: Any = display("plain", of=f"{name}: ")
        shown.say("begins")
        shown.begin([stage("a")])
        shown.tell(Outcome("a", "ok"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" (")[0] for line in lines] == [
        "one: begins", "one: [1/1] baseline seed-0", "two: begins", "two: [1/1] baseline seed-0",
    ]  # fmt: skip


def test_several_share_one_picture_which_goes_with_the_last() -> None:
    screen = Screen()
    one, two = (display("rich", of=f"{name}: ", screen=screen) for name in ("one", "two"))
    with one:
        one.begin([stage("a")])
        bar = screen._bar
        assert bar is not None
        with two:
            two.begin([stage("b")])
            two.tell(Progress(stage("b"), 5, 0, 1, None))
            assert screen._bar is bar
            assert [task.description.split()[0] for task in bar.tasks] == ["one:", "two:", "two:"]
        assert [task.description for task in bar.tasks] == ["one: all runs"]
    assert screen._bar is None


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_long_name_leaves_room_for_the_time_that_is_left(width: int) -> None:
    screen = Screen()
    screen.console.width = width
    paper = Console(file=io.StringIO(), width=width)
    with display("rich", of="rho=1000,mu=0.2,model=mobilenet_v2: ", screen=screen) as shown:
        shown.begin([stage("a")])
        shown.tell(Progress(stage("a"), 5, 7, 10, 0.25))
        assert screen._bar is not None
        with paper.capture() as captured:
            paper.print(screen._bar.get_renderable())
    whole, training = captured.get().splitlines()
    assert whole.rstrip().endswith(" left")
    assert ("…" in training) == (width < 200)
