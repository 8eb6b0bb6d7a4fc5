"""How long a stage trains, its batches and its schedule: each key checked, and said in words."""

from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.resolve import resolve, stage_batch, stage_rounds, stage_updates
from counterpoise.recipes.schema import Component, Recipe
from counterpoise.recipes.toml import dumps

MINE = """
base = "{base}"
[train]
rounds = 20
{train}
[[stages]]
name = "first"
{first}
[[stages]]
name = "second"
{second}
"""


def recipe(tmp_path: Path, first: str = "", second: str = "", base: str = "baseline",
           train: str = "") -> Recipe:  # fmt: skip
    path = tmp_path / "mine.toml"
    path.write_text(MINE.format(first=first, second=second, base=base, train=train), "utf-8")
    return load_file(path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "batch_size = 0",
            "mine.toml: stages[0].batch_size is a whole number of at least 1; got 0",
        ),
        ("batch_size = true", "stages[0].batch_size is a whole number of at least 1; got True"),
        ("rounds = 2.5", "stages[0].rounds is a whole number of at least 1; got 2.5"),
        ("rounds = 0", "got 0 (one that only changes the head has rounds_scale = 0)"),
        ('updates = "many"', "stages[0].updates is a whole number of at least 1; got 'many'"),
        ("updates_per_round = -1", "stages[0].updates_per_round is a whole number of at least 1"),
        (
            "rounds = 3\nupdates = 40",
            "stages[0]: rounds and updates each say how long the stage trains; leave one of them",
        ),
        (
            "rounds = 3\nrounds_scale = 0.5\nupdates = 9",
            "rounds and updates and rounds_scale each say how long the stage trains; leave two",
        ),
        ('schedule = { name = "expo" }', "unknown stages[0].schedule 'expo'"),
        (
            'schedule = { name = "exponential", gama = 0.9 }',
            "stages[0].schedule 'exponential' has no 'gama'; did you mean 'gamma'?",
        ),
        (
            'schedule = { name = "exponential", gamma = 0 }',
            "stages[0].schedule.gamma is above 0; got 0",
        ),
        (
            'schedule = { name = "exponential", every = 0.5 }',
            "stages[0].schedule.every is a whole number of at least 1; got 0.5",
        ),
        (
            'schedule = { name = "exponential", staircase = 1 }',
            "stages[0].schedule.staircase is true or false; got 1",
        ),
        ("round = 3", "unknown key 'round'; did you mean 'rounds'?"),
    ],
)
def test_what_does_not_fit_is_said_with_file_and_key(
    tmp_path: Path, lines: str, message: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe(tmp_path, lines)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "train", "rounds", "updates"),
    [
        ("", "", "", (20, 20), (200, 200)),  # 640 samples, batches of 64
        ("batch_size = 128", "batch_size = 1", "", (20, 20), (100, 12800)),
        ("batch_size = 128", "", "updates_per_round = 7", (20, 20), (140, 140)),
        ("rounds = 3", "updates = 25", "", (3, 3), (30, 25)),
        ("rounds_scale = 0.1", "batch_size = 100\nupdates = 15", "", (2, 3), (20, 15)),
        ("updates_per_round = 4", "updates_per_round = 4\nupdates = 9", "", (20, 3), (80, 9)),
        ("batch_size = 32\nupdates_per_round = 5\nrounds = 2", "", "", (2, 20), (10, 200)),
    ],
)
def test_planned_updates(
    tmp_path: Path,
    first: str,
    second: str,
    train: str,
    rounds: tuple[int, int],
    updates: tuple[int, int],
) -> None:
    made = resolve(recipe(tmp_path, first, second, train=train), "vector", (16,), 640)
    assert tuple(stage_rounds(made, stage) for stage in made.stages) == rounds
    assert tuple(stage_updates(made, stage) for stage in made.stages) == updates
    # what a run's folder holds says the same, without the data
    (tmp_path / "again.toml").write_text(dumps(made.as_dict()), "utf-8")
    again = resolve(load_file(tmp_path / "again.toml"), "vector", (16,), 9999)
    assert again == made


def test_absolute_lengths_stay_whatever_rounds_others_have(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "baseline"\n[[stages]]\nname = "a"\nupdates = 25\n', "utf-8")
    found = [
        resolve(
            load_methods([str(path)], {"train": {"rounds": rounds}}, {})[0], "vector", (16,), 640
        )
        for rounds in (3, 300)
    ]
    assert [stage_updates(made, made.stages[0]) for made in found] == [25, 25]


def test_a_length_takes_the_place_of_the_base_recipes(tmp_path: Path) -> None:
    made = recipe(tmp_path, "rounds = 10", 'schedule = { name = "constant" }', base="tlc")
    warm_up, fine_tune = made.stages
    assert (warm_up.rounds, fine_tune.rounds_scale) == (10, 0.95)
    assert "rounds_scale" not in warm_up.as_dict()
    assert made.schedule.name == "cosine"
    assert fine_tune.schedule == Component("constant")
    assert fine_tune.freeze == ("@half",)


def test_what_is_left_out_is_not_written(tmp_path: Path) -> None:
    table = recipe(tmp_path).stages[0].as_dict()
    new = {"batch_size", "updates_per_round", "rounds", "updates", "schedule"}
    assert not new & set(table)
    assert table["rounds_scale"] == 1.0


def test_batches_are_the_recipes_where_a_stage_has_none(tmp_path: Path) -> None:
    made = recipe(tmp_path, "batch_size = 128")
    assert [stage_batch(made, stage) for stage in made.stages] == [128, 64]


def test_members_divide_absolute_rounds_and_no_updates(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = 'base = "baseline"\n[boosting]\nmembers = 3\n[[stages]]\nname = "a"\n'
    path.write_text(f"{text}rounds = 8\n", "utf-8")
    made = resolve(load_file(path), "vector", (16,), 640)
    assert [stage_rounds(made, stage) for stage in made.stages] == [2, 3, 3]
    stages = made.as_dict()["stages"]
    assert isinstance(stages, list)
    assert [stage["rounds"] for stage in stages if isinstance(stage, dict)] == [8]
    path.write_text(f"{text}updates = 8\n", "utf-8")
    with pytest.raises(RecipeError, match=r"divides the rounds of its stage .* say rounds in"):
        load_file(path)
