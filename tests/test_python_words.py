"""Options of the command line in sentences become arguments; a call is written as it was made."""

import ast
import datetime
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, IterableDataset

from counterpoise.errors import DataError, RecipeError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.python_words import (
    ARGUMENTS,
    FLAGS,
    NUMBERS,
    as_asked,
    errors_as_asked,
    parse_value,
    python_argument,
    python_call,
    python_data,
    python_value,
    said_in_python,
)


def test_the_arguments_are_those_of_compare() -> None:
    assert set(CompareOptions.__annotations__) - {"command", "progress"} == ARGUMENTS
    for name, kind in get_type_hints(CompareOptions).items():
        kinds = {kind, *get_args(kind)}
        assert (name in NUMBERS) == bool(kinds & {int, float}), name
        assert (name in FLAGS) == (bool in kinds), name


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
        ("(--set train.crop=N)", '(settings={"train.crop": N})'),
        ("and --resize whole is for", 'and resize="whole" is for'),
        ("--out is an empty folder", "out= is an empty folder"),
        ("(--set train.augment=...)", '(settings={"train.augment": ...})'),
        ("(--set optimizer.lr=1e-3)", '(settings={"optimizer.lr": 1e-3})'),
        ("give --set remix.kappa=[1,2], or", 'give settings={"remix.kappa": [1, 2]}, or'),
        ("--set 'm.a=[[1, 2], [3]]' is", 'settings={"m.a": [[1, 2], [3]]} is'),
        ('(--set ldam-drw.max_m="0.5")', '(settings={"ldam-drw.max_m": "0.5"})'),
        ("as --set schedule.name=inf.", 'as settings={"schedule.name": float("inf")}.'),
        ("--set model.weights=a/b.pt.", 'settings={"model.weights": "a/b.pt"}.'),
        ("`--set a.b=1`", '`settings={"a.b": 1}`'),
        ("`--budget 30m` ends it", '`budget="30m"` ends it'),
        ("--size 64x64 is enough", 'size="64x64" is enough'),
        ("try --size 64.", "try size=64."),
        ("--image-memory 1e-3 or .5", "image_memory=1e-3 or .5"),
        ("--validation-share .25: more", "validation_share=.25: more"),
        ("--label 3 is the class", 'label="3" is the class'),
        ("(--drop 1,2)", '(drop=["1", "2"])'),
        ("--budget 1m --no-race trains all", 'budget="1m" race=False trains all'),
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


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
KNOWN: dict[str, Any] = {"datetime": datetime}


def read(written: str) -> Any:
    """What is written, as Python reads it."""
    ast.parse(written)
    return eval(written, KNOWN.copy())


@given(VALUES)
def test_any_value_is_read_back(value: object) -> None:
    assert repr(read(python_value(value))) == repr(value)  # NaN is not itself


@given(st.sampled_from(sorted(ARGUMENTS - FLAGS - {"drop", "categories", "methods"})), st.data())
def test_what_is_typed_means_the_same_in_python(name: str, data: st.DataObject) -> None:
    typed = data.draw(
        st.integers(0).map(str)
        | st.floats(0, 1).map(str)
        | st.from_regex(r"[0-9]{1,3}(x[0-9]{1,3}|m|h|h[0-9]m|e-[0-9])?", fullmatch=True)
        | st.text("ab1.:/ _-", min_size=1)
    )
    written = read(f"dict({python_argument(name.replace('_', '-'), typed)})")[name]
    if isinstance(written, str):
        assert written == typed
        assert name not in NUMBERS or not typed.isdecimal() or str(int(typed)) != typed
    else:
        assert name in NUMBERS
        assert written == (int(typed) if typed.isdecimal() else float(typed))


SCALARS = st.booleans() | st.integers(-9, 99) | st.floats(-9, 9) | st.text("abc/_", min_size=1)
ROWS = st.lists(SCALARS, max_size=3)


@given(SCALARS | ROWS | st.lists(ROWS, max_size=3))
def test_a_setting_means_the_same_in_python(value: object) -> None:
    typed = value if isinstance(value, str) else json.dumps(value)
    said = said_in_python(f"(--set a.b={typed})")
    assert read(f"dict{said}") == {"settings": {"a.b": parse_value(str(typed))}}


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
        (np.array([math.inf]), '[float("inf")]'),
        (torch.ones(2), "[1.0, 1.0]"),
        ({"a": {"b": [True, None]}}, '{"a": {"b": [True, None]}}'),
    ],
)
def test_values_are_read_back(value: object, written: str) -> None:
    assert python_value(value) == written
    held = value.tolist() if isinstance(value, np.ndarray | torch.Tensor) else value
    assert eval(written) == (str(held) if isinstance(held, Path) else held)


def test_what_python_cannot_write_is_left_out() -> None:
    assert python_value({"a": object()}) == '{"a": ...}'


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


class Stream(IterableDataset[int]):
    """Samples of which nobody knows how many come."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(3))


def test_data_of_unknown_length_are_named_without_one() -> None:
    assert python_data(DataLoader(Stream())) == ("dataset", "dataset: DataLoader")


def test_values_are_toml_or_words() -> None:
    assert parse_value("10") == 10
    assert parse_value("[1, 2]") == [1, 2]
    assert parse_value("true") is True
    assert parse_value("IMAGENET1K_V1") == "IMAGENET1K_V1"
