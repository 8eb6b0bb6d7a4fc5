"""Options of the command line in sentences become arguments; a call is written as it was made."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.errors import DataError, RecipeError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.python_words import (
    ARGUMENTS,
    as_asked,
    errors_as_asked,
    python_call,
    python_data,
    python_value,
    said_in_python,
)


def test_the_arguments_are_those_of_compare() -> None:
    assert set(CompareOptions.__annotations__) - {"command", "progress"} == ARGUMENTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(--drop age,id)", '(drop=["age", "id"])'),
        ("--drop 'a b,c' leaves out, --categories NAME takes",
         'drop=["a b", "c"] leaves out, categories="NAME" takes'),
        ("""(--drop '"income, net"')""", '(drop=["income, net"])'),
        ("leave --label, --drop and --categories out", "leave label=, drop= and categories= out"),
        ("with so few, --folds 5 tests on all", "with so few, folds=5 tests on all"),
        ("(use --device cpu or auto)", '(use device="cpu" or auto)'),
        ("got --device cuda (give cpu)", 'got device="cuda" (give cpu)'),
        ("pass --skip-corrupt", "pass skip_corrupt=True"),
        ("(--set model.weights=DEFAULT)", '(settings={"model.weights": "DEFAULT"})'),
        ("(--set optimizer.nesterov=true)", '(settings={"optimizer.nesterov": True})'),
        ("(--set train.augment=...)", '(settings={"train.augment": ...})'),
        ("`ray start --address=10.0.0.1:6379`", "`ray start --address=10.0.0.1:6379`"),
    ],
)  # fmt: skip
def test_options_become_arguments(text: str, said: str) -> None:
    assert said_in_python(text) == said
    assert as_asked(text, "counterpoise compare digits") == text
    assert as_asked(text, "counterpoise.compare('digits')") == said


def test_options_that_are_no_arguments_are_left() -> None:
    assert said_in_python("--label or --size 8", {"label"}) == "label= or --size 8"
    assert said_in_python("(or a larger --size)", {"label"}) == "(or larger images)"
    assert said_in_python("(or a larger --size)") == "(or a larger size=)"


@pytest.mark.parametrize("kind", [DataError, RecipeError])
def test_errors_are_said_as_they_were_asked_for(kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"^use folds=5$"), errors_as_asked():
        raise kind("use --folds 5")
    with pytest.raises(kind, match=r"^use --folds 5$"), errors_as_asked("counterpoise compare x"):
        raise kind("use --folds 5")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('a "b"', '"a \\"b\\""'),
        ("it's", '"it\'s"'),
        ("a\nb\\", '"a\\nb\\\\"'),
        (Path("x"), '"x"'),
        (("a",), '("a",)'),
        (np.float64(0.5), "0.5"),
        (np.eye(2), "[[1.0, 0.0], [0.0, 1.0]]"),
        ({"a": {"b": [True, None]}}, '{"a": {"b": [True, None]}}'),
    ],
)
def test_values_are_read_back(value: object, written: str) -> None:
    assert python_value(value) == written
    given = value.tolist() if isinstance(value, np.ndarray) else value
    assert eval(written) == (str(given) if isinstance(given, Path) else given)


def test_data_are_named_as_what_they_were() -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    df = pandas.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert python_data(df) == ("df", "df: DataFrame (2, 2)")
    assert python_data((df, df["b"])) == ("(X, y)", "X: DataFrame (2, 2), y: Series (2,)")
    assert python_data(Path("pets")) == ('"pets"', "")
    held = {"train": [1, 2], "test": [3]}
    assert python_data(held) == (
        '{"train": train, "test": test}',
        "train: list of 2; test: list of 1",
    )
    assert (
        python_call("f", ["df"], {"methods": ["a", "b"]}, "n") == 'f(df, methods=["a", "b"])  # n'
    )
