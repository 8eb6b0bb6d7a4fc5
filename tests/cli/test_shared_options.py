"""What several commands ask for is said once, so that they say the same of it."""

import ast
import re
from collections import Counter
from pathlib import Path

import counterpoise.cli
from counterpoise.cli import shared_options

FOLDER = Path(counterpoise.cli.__file__).parent


def test_no_option_is_written_twice() -> None:
    found: Counter[str] = Counter()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated":
                found[ast.unparse(node)] += "typer." in ast.unparse(node)
    assert found, "no option is found"
    assert [text for text, number in found.items() if number > 1] == []


def test_each_is_of_several_commands() -> None:
    names = [name for name in vars(shared_options) if name[0].isupper()]
    for name in set(names) - {"Annotated", "Path"}:
        users = [
            path for path in FOLDER.glob("*.py") if re.search(rf": {name}\b", path.read_text())
        ]
        assert len(users) > 1, name
