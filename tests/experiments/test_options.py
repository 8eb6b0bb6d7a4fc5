"""What is asked is checked once, whoever asks, and every fault is said."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from counterpoise.cli.compare import compare as verb
from counterpoise.errors import ArgumentError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.experiments.data_table import data_table
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.shipped import CLASSIC
from counterpoise.records import ClaimRecord

OWN = {"recipes", "only", "shelf", "checkpoint_every"}  # of the program, not of its users


def asked(**options: Any) -> Options:
    return Options.of({"dataset": "digits", **options})


def test_the_defaults() -> None:
    options = asked()
    assert options.methods == CLASSIC
    assert options.out == Path("counterpoise-out/digits")
    assert options.command == "counterpoise.compare('digits')"
    assert [recipe.name for recipe in options.load_recipes()] == list(CLASSIC)


def test_what_was_asked_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        asked().seeds = 5  # type: ignore[misc]


def test_values_travel_as_they_are() -> None:
    options = asked(
        methods="baseline,cnusvm",
        seeds=np.int64(2),
        budget="1h30m",
        size="96x96",
        select="macro-f1",
        out="here",
        data_root=Path("there"),
        settings={
            "optimizer.nesterov": True,
            "optimizer.momentum": np.float64(0.8),
            "train.rounds": 2,
        },
    )
    assert options.methods == ("baseline", "cnusvm")
    assert (options.seeds, options.budget, options.size) == (2, 5400.0, 96)
    assert (options.select, options.out, options.data_root) == ("macro_f1", Path("here"), "there")
    baseline, cnusvm = options.load_recipes()
    assert baseline.optimizer.parameters["nesterov"] is True
    assert cnusvm.optimizer.parameters["momentum"] == 0.8
    assert type(cnusvm.optimizer.parameters["momentum"]) is float
    assert baseline.train.rounds == 2


def test_a_list_stays_a_list_and_text_stays_text() -> None:
    options = asked(model="mlp", settings={"model.hidden": (8, 4), "model.weights": Path("a.pt")})
    (baseline, *_) = options.load_recipes()
    assert baseline.model.parameters == {"hidden": [8, 4], "weights": "a.pt"}
    with pytest.raises(ArgumentError, match=r"train\.rounds is a whole number; got '3'"):
        asked(settings={"train.rounds": "3"})


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "seeds": ({"seeds": 0}, "seeds= is at least 1; got 0"),
    "folds": ({"folds": 1}, "folds= is at least 2; got 1"),
    "both": ({"seeds": 2, "folds": 3}, "seeds= and folds= exclude each other; give one of them"),
    "text": ({"jobs": "2"}, "jobs= is a whole number; got '2'"),
    "truth": ({"rounds": True}, "rounds= is a whole number; got True"),
    "kinds": (
        {"frozen": True, "scratch": True},
        "frozen= and scratch= exclude each other; give one of them",
    ),
    "half a network and a head": (
        {"frozen": True, "fine_tune": True},
        "frozen= and fine_tune= exclude each other; give one of them",
    ),
    "half a network and all of it": (
        {"fine_tune": True, "scratch": True},
        "fine_tune= and scratch= exclude each other; give one of them",
    ),
    "the half of a model": (
        {"model": "last-half:resnet18"},
        "last-half:resnet18 takes what the first half makes of images; give the model's own name, "
        "and --fine-tune",
    ),
    "switch": ({"frozen": "no"}, "frozen= is True or False; got 'no'"),
    "metric": ({"select": "acuracy"}, "no metric is called 'acuracy'; did you mean 'accuracy'?"),
    "choice": (
        {"validation": "all"},
        "validation= is profiled, balanced, beside or none; got 'all'",
    ),
    "budget": ({"budget": "soon"}, "budget= is such as 90s, 30m, 2h or 1h30m; got 'soon'"),
    "seconds": ({"budget": 0.0}, "budget= is above 0; got 0.0"),
    "memory": ({"image_memory": -1.0}, "image_memory= is at least 0; got -1.0"),
    "no number": ({"image_memory": float("nan")}, "image_memory= is a finite number; got nan"),
    "small": ({"size": 4}, "size= is at least 8 pixels; got 4"),
    "progress": ({"progress": "loud"}, "progress= is rich, plain or silent; got 'loud'"),
    "misspelt": ({"seed": 3}, "there is no option seed=; did you mean 'seeds'?"),
    "model": ({"model": "lenet"}, "no model named 'lenet'; did you mean 'lenet5'?"),
    "methods": ({"methods": 3}, "methods= is a list of names, or names joined by commas; got 3"),
    "out": ({"out": 3}, "out= is a path; got 3"),
    "ledger": ({"ledger": 3}, "ledger= is a path; got 3"),
    "data root": ({"data_root": 3}, "data_root= is text; got 3"),
    "half a pixel": ({"size": 15.5}, "size= is a side in pixels, such as 96, or width x height"),
    "none": ({"settings": {"optimizer.lr": None}}, 'settings["optimizer.lr"] is text, a number'),
    "key": ({"settings": {"trian.lr": 1}}, 'settings["trian.lr"]: the key is METHOD.PARAMETER'),
    "list": ({"settings": ["optimizer.lr=1"]}, "settings= is a mapping such as"),
    "array": ({"dataset": np.zeros((9, 4))}, "got ndarray of shape (9, 4) (write arrays with"),
    "nothing": (
        {"dataset": None},
        "data are a named set, a folder of class folders, a .npz, .csv or .parquet file",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line(name: str) -> None:
    options, said = FAULTS[name]
    with pytest.raises(ArgumentError) as caught:
        asked(**options)
    (line,) = str(caught.value).splitlines()
    assert said in line


def test_all_faults_at_once_those_of_recipes_among_them() -> None:
    wrong = {
        "dataset": "digts",
        "seeds": 0,
        "select": "acuracy",
        "settings": {"oversampling.ratio": "many", "optimizer.lr": [1]},
    }
    with pytest.raises(ArgumentError) as caught:
        Options.of(wrong, on_command_line, ["the first"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 6
    assert lines[:3] == [
        "the first",
        "no data set named 'digts' and no such path; did you mean 'digits'?",
        "--seeds is at least 1; got 0",
    ]
    assert any("optimizer.lr is a number; got [1]" in line for line in lines)
    assert any("RandomOver takes a number for 'ratio'; got 'many'" in line for line in lines)


def test_recipes_stand_in_for_names() -> None:
    (recipe,) = load_methods(["focal"], {}, {})
    options = asked(recipes=(recipe,))
    assert options.methods == ("focal",)
    assert options.load_recipes() == (recipe,)


def test_every_option_of_the_command_is_one_of_python_with_the_same_default() -> None:
    fields = Options.model_fields
    assert set(CompareOptions.__annotations__) | {"dataset"} | OWN == set(fields)
    typed = inspect.signature(verb).parameters
    # --sweep makes many comparisons, each of which has these options, and --plan none
    assert typed.keys() - {"data", "as_json", "sweep", "plan"} == (
        CompareOptions.__annotations__.keys() - {"progress", "command"}
    )
    for name, parameter in typed.items():
        if name not in ("data", "as_json", "settings", "sweep", "plan"):
            assert parameter.default == fields[name].default, name


def test_a_run_can_be_repeated_from_its_table() -> None:
    options = asked(folds=3, frozen=True, settings={"model.weights": "a.pt"}, size="20x16")
    assert data_table(options, "fold-1") == {
        "dataset": "digits",
        "profile": "none",
        "split": "fold-1",
        "folds": 3,
        "size": "20x16",
        "features": {"model": "mobilenet_v2", "weights": "a.pt"},
    }


def test_whole_networks_do_not_join_a_folder_of_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    usual = Path("counterpoise-out/digits")
    assert asked(model="mlp").out == usual
    claim = ClaimRecord(
        dataset="0", profile="none", validation="profiled", folds=None, frozen=True, size=(64,)
    )
    usual.mkdir(parents=True)
    (usual / "claim.json").write_text(claim.text())
    assert asked().out == usual
    assert asked(model="mlp").out == Path("counterpoise-out/digits-networks")
    assert asked(model="mlp", frozen=True).out == Path("counterpoise-out/digits-frozen")
