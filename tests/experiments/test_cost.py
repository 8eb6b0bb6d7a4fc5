"""What mistakes cost: every way to say it, and every fault in words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options

MATRIX = ((0.0, 1.0, 2.0), (10.0, 0.0, 3.0), (5.0, 4.0, 0.5))
NAMES = ("cat", "dog", "owl")
TABLE = {t: dict(zip(NAMES, row, strict=True)) for t, row in zip(NAMES, MATRIX, strict=True)}
CSV = ",cat,dog,owl\ncat,0,1,2\ndog,10,,3\nowl,5,4,0.5\n"


def asked(cost: object, **more: Any) -> Options:
    return Options.of({"dataset": "digits", "cost": cost, **more})


def test_minority() -> None:
    options = asked("minority:10")
    assert options.cost is not None
    assert options.select == "expected_cost"
    assert options.cost.costs((90, 10)).dense().tolist() == [[0, 1], [10, 0]]
    assert options.cost.record().plain() == {"minority": 10.0}
    assert asked("minority:10", select="g-mean").select == "g_mean"
    assert asked(None).select == "balanced_accuracy"


def test_a_file_a_table_and_a_frame_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV)
    (tmp_path / "c.json").write_text(json.dumps(TABLE))
    for given in (tmp_path / "c.csv", str(tmp_path / "c.json"), TABLE, pd.DataFrame(TABLE).T):
        cost = asked(given).cost
        assert cost is not None
        assert (cost.matrix, cost.classes) == (MATRIX, NAMES)
    for rows in (np.array(MATRIX), [list(row) for row in MATRIX]):
        cost = asked(rows).cost
        assert cost is not None
        assert (cost.matrix, cost.classes) == (MATRIX, ())


def test_rows_go_to_their_classes() -> None:
    cost = asked(TABLE).cost
    assert cost is not None
    turned = cost.in_order(("owl", "cat", "dog"))
    assert turned.matrix == ((0.5, 5.0, 4.0), (2.0, 0.0, 1.0), (3.0, 10.0, 0.0))
    with pytest.raises(ArgumentError) as caught:
        cost.in_order(("cat", "dogs", "fox"))
    assert str(caught.value).splitlines() == [
        "costs name a class 'dog', which the data do not have; did you mean 'dogs'?",
        "costs name a class 'owl', which the data do not have; known: cat, dogs, fox",
        "costs have a row and a column for each class of the data; missing: 'dogs', 'fox'",
    ]
    plain = asked(np.array(MATRIX)).cost
    assert plain is not None
    assert plain.in_order(NAMES) == plain
    with pytest.raises(ArgumentError, match=r"costs of 2 classes have 2 rows.*'a', 'b'; got 3"):
        plain.in_order(("a", "b"))


def test_a_minority_is_needed() -> None:
    cost = asked("minority:10").cost
    assert cost is not None
    cost.require_minority([(5, 4)])
    with pytest.raises(ArgumentError, match="here all 2 classes have 5 training samples"):
        cost.require_minority([(5, 5), (6, 6)])


def test_the_decision_by_costs_is_compared_with_the_baseline() -> None:
    options = asked(TABLE, methods="baseline,focal")
    assert options.methods == ("baseline", "focal", "minimum-cost")
    decision = options.load_recipes()[-1]
    assert [rule.name for rule in decision.posthoc] == ["Temperature", "MinimumCost"]
    assert decision.posthoc[1].parameters == {"costs": [list(row) for row in MATRIX]}
    assert asked("minority:10", methods="focal").methods == ("focal",)
    (*_, decision) = asked("minority:10").load_recipes()
    assert decision.posthoc[1].parameters == {"minority": 10.0}
    own = asked("minority:10", settings={"minimum-cost.minority": 3}).load_recipes()[-1]
    assert own.posthoc[1].parameters == {"minority": 3}
    assert "minimum-cost" not in asked(None, methods="all").methods
    assert "minimum-cost" in asked("minority:10", methods="all").methods


def test_the_decision_by_costs_needs_some() -> None:
    with pytest.raises(ArgumentError) as caught:
        asked(None, methods="baseline,minimum-cost")
    (line,) = str(caught.value).splitlines()
    assert line.startswith("minimum-cost decides by what mistakes cost; give cost= too: minority:")
    asked(None, methods="minimum-cost", settings={"minimum-cost.minority": 3})


FAULTS: dict[str, tuple[object, str]] = {
    "word": ("minorty:10", "cost= is minority:10"),
    "number": ("minority:ten", "cost= minority:N has a number above 0; got 'minority:ten'"),
    "zero": ("minority:0", "has a number above 0; got 'minority:0'"),
    "no file": ("gone.csv", "cost= gone.csv: cannot be read: No such file"),
    "shape": (np.zeros((2, 3)), "a matrix (K, K) with a row for each true class"),
    "nothing": (3.0, "cost= is minority:10, a file, a matrix"),
    "negative": ([[0, -1], [1, 0]], "at least 0; got -1.0 for predicting '1' where '0' is true"),
    "infinite": ([[0, np.inf], [1, 0]], "is a finite number of at least 0; got inf"),
    "free": ([[1, 0], [0, 1]], "some mistake costs something; all of them are 0"),
    "word for a cost": ({"a": {"b": "much"}, "b": {"a": 1}}, "got 'much' for predicting 'b' where"),
    "hole": ({"a": {}, "b": {"a": 1}}, "nothing says what it costs to predict 'b' where 'a' is"),
    "stranger": (
        {"cat": {"dgo": 1, "dog": 1}, "dog": {"cat": 1}},
        "'dgo' is predicted where 'cat' is true, and has no row of its own; did you mean 'dog'?",
    ),
    "flat": ({"a": 1}, "each true class has a table of costs by predicted class; got 1 for 'a'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line(name: str) -> None:
    cost, said = FAULTS[name]
    with pytest.raises(ArgumentError) as caught:
        asked(cost)
    (line,) = str(caught.value).splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line names the predicted classes after an empty cell"),
        (",a,a\na,0,1\nb,1,0\n", "'a' is there twice"),
        (",a,b\na,0,1\nb,1\n", "line of 'b' has 2 costs, one for each predicted class; got 1"),
        (",a,b\na,0,\nb,1,0\n", "nothing says what it costs to predict 'b' where 'a' is true"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "costs.csv"
    path.write_text(text)
    with pytest.raises(ArgumentError) as caught:
        Options.of({"dataset": "digits", "cost": str(path)}, on_command_line)
    assert str(caught.value).startswith(f"--cost {path}: ")
    assert said in str(caught.value)


def test_json_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(ArgumentError, match=r"c\.json is not JSON"):
        asked(tmp_path / "c.json")


def test_expected_cost_needs_costs() -> None:
    with pytest.raises(ArgumentError) as caught:
        Options.of({"dataset": "digits", "select": "expected-cost"}, on_command_line)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(
        "--select is expected_cost, and nothing says what mistakes cost; give --cost too: minority:"
    )
    with pytest.raises(ArgumentError) as caught:  # only the fault that is one
        asked("minority:0", select="expected_cost")
    assert len(str(caught.value).splitlines()) == 1
