"""What an error of the estimator advises is an argument that exists."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterpoise import CounterpoiseClassifier, estimator
from counterpoise.errors import RecipeError

ARGUMENTS = {
    *inspect.signature(CounterpoiseClassifier).parameters,
    *inspect.signature(CounterpoiseClassifier.fit).parameters,
}
ELSEWHERE = {"counterpoise compare", "run"}  # commands


def said(path: Path) -> Iterator[str]:
    """Every literal piece of text in what a file raises or warns of."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        warns = isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn"
        if isinstance(node, ast.Raise) or warns:
            for piece in ast.walk(node):
                if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
                    yield piece.value


@pytest.mark.parametrize(
    "path", sorted(Path(estimator.__file__).parent.glob("*.py")), ids=lambda p: p.stem
)
def test_names_in_messages_are_arguments(path: Path) -> None:
    for text in said(path):
        named = set(re.findall(r"`([^`]+)`", text)) | set(re.findall(r"\b[a-z]+_[a-z_]+\b", text))
        assert named <= ARGUMENTS | ELSEWHERE, text


def test_a_method_that_searches_names_what_to_search() -> None:
    with pytest.raises(
        RecipeError, match=r"search `method_parameters` with scikit-learn's GridSearchCV"
    ):
        CounterpoiseClassifier("cnusvm-search").fit([[0.0], [1.0]], [0, 1])
