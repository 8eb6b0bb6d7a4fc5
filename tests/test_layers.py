"""The layer table of the architecture, held over every import statement of the package.

Imports inside functions and under TYPE_CHECKING count too: a cycle that is only hidden is still
a cycle. Only the rule on torch looks at when an import runs.
"""

import ast
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import counterpoise
from counterpoise.registry import AXES

PACKAGE = Path(counterpoise.__file__).parent
TESTS = Path(__file__).parent

LAYERS = (
    (
        "version",
        "errors",
        "devices",
        "counts",
        "labels",
        "batch",
        "protocols",
        "registry",
        "atomic",
        "npz",
        "printable",
        "python_words",
        "apportion",
        "time_words",
        "records",
    ),
    (*AXES, "models", "data"),
    ("criterion", "train", "predict"),
    ("recipes", "experiments", "report"),
    (
        "comparison",
        "evaluation",
        "estimator",
        "bridges",
        "cli",
        "reproduce",
        "service",
        "sweep",
    ),
)
LAYER = {unit: number for number, units in enumerate(LAYERS) for unit in units}

# Inside one layer only these may look at each other; layer 1 has none.
SIDEWAYS = {
    ("counts", "errors"),
    ("devices", "errors"),
    ("counts", "labels"),
    ("labels", "errors"),
    ("batch", "errors"),
    ("atomic", "errors"),
    ("npz", "errors"),
    ("atomic", "printable"),
    ("records", "printable"),
    ("records", "errors"),
    ("registry", "errors"),
    ("python_words", "errors"),
    ("protocols", "batch"),
    ("train", "criterion"),
    ("experiments", "recipes"),
    ("cli", "comparison"),
    ("cli", "evaluation"),
    ("cli", "reproduce"),
    ("cli", "service"),
    ("cli", "sweep"),
    ("estimator", "comparison"),
    ("reproduce", "comparison"),
    ("reproduce", "sweep"),
    ("sweep", "comparison"),
}
# What recipes construct. metrics only reads results, so whoever holds results may import it.
CLASSES = set(AXES) - {"metrics"}
NEVER = {("predict", "train"), ("service", "train")}
TORCH = ("torch", "torchvision", "lightning_fabric", "lightning")
NO_TORCH = (
    "report",
    "data",
    "metrics",
    "posthoc",
    "cli",
    "recipes",
    "models/catalog.py",
    "service",
    "predict/exported_model.py",
)
BUILDS = "recipes/build.py"
TRAINS = (BUILDS, "recipes/stage.py")  # of recipes, with torch
LONGEST = 300  # lines of a file
BANNED_NAMES = {"utils", "util", "helpers", "misc", "common"}


@dataclass(frozen=True)
class Import:
    """One imported module; `runs` says whether importing the file imports it."""

    module: str
    line: int
    runs: bool


def faults(package: Path) -> list[str]:
    """Everything in which the package leaves the table, one line each."""
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if BANNED_NAMES & {part.removesuffix(".py") for part in name.split("/")}:
            found.append(f"{name}: a helper lives where it is used, or under a proper name")
        unit = name.split("/")[0].removesuffix(".py")
        if unit == "__init__" or unit == "__main__":
            continue  # the door names everything, lazily
        if unit not in LAYER:
            found.append(f"{name}: '{unit}' has no layer in tests/test_layers.py")
            continue
        imports = list(_imports(path, package))
        found += [f"{name}:{item.line}: {why}" for item in imports for why in _why(name, item)]
        reached = {_unit(item.module) for item in imports}
        knows_recipes = unit == "recipes" or "recipes" in reached
        if knows_recipes and reached & CLASSES and name != BUILDS:
            found.append(f"{name}: only recipes/build.py knows both recipes and classes")
    return found


def _why(name: str, item: Import) -> Iterator[str]:
    unit, target = name.split("/")[0].removesuffix(".py"), _unit(item.module)
    if item.module.startswith("."):
        yield "relative import"
    root = item.module.split(".")[0]
    if item.module.startswith(("lightning_fabric", "lightning.fabric")) and unit != "train":
        yield "lightning_fabric is imported in train/ only"
    torch_free = any(name == free or name.startswith(f"{free}/") for free in NO_TORCH)
    if torch_free and name not in TRAINS and item.runs and root in TORCH:
        yield f"imports {root} when it is imported"
    if target is None or target == unit:
        return
    if target not in LAYER:
        yield f"'{target}' has no layer in tests/test_layers.py"
    elif (unit, target) in NEVER:
        yield f"{unit} never imports {target}"
    elif LAYER[target] > LAYER[unit]:
        yield f"{unit} (layer {LAYER[unit]}) imports {target} (layer {LAYER[target]})"
    elif LAYER[target] == LAYER[unit] and (unit, target) not in SIDEWAYS:
        yield f"{unit} imports its sibling {target}"


def _unit(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "counterpoise" and len(parts) > 1 else None


def _imports(path: Path, package: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        or (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        runs = id(node) not in late
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, runs) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield Import(whole if _is_unit(whole, package) else module, node.lineno, runs)


def _is_unit(module: str, package: Path) -> bool:
    """``from counterpoise import losses`` reaches a folder; ``__version__`` reaches nothing."""
    unit = _unit(module) if module.count(".") == 1 else None
    return unit is not None and ((package / unit).is_dir() or (package / f"{unit}.py").is_file())


def circles(package: Path) -> list[list[str]]:
    """Groups of files that import each other, directly or through others, whenever they do so."""
    files = {_dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    arrows = {
        name: {found for found in _targets(path, files) if found != name}
        for name, path in files.items()
    }
    reached = {name: _reached(name, arrows) for name in arrows}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in arrows
        if name in reached[name]
    }
    return sorted(list(group) for group in groups)


def _dotted(path: Path, package: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(path: Path, files: Collection[str]) -> Iterator[str]:
    """The files that a file imports: ``from a import b`` is the file a.b, if there is one, or a."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in files or node.module in files:
                    yield whole if whole in files else node.module


def _reached(start: str, arrows: Mapping[str, set[str]]) -> set[str]:
    """Everything that `start` leads to; itself only where some way leads back."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_package_keeps_its_layers() -> None:
    assert faults(PACKAGE) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(PACKAGE) == []


def test_each_file_has_a_test_of_its_name_or_stands_in_the_list() -> None:
    listed = tomllib.loads((TESTS / "tested_elsewhere.toml").read_text("utf-8"))
    elsewhere = {source for sources in listed.values() for source in sources}
    doors = ("__init__.py", "__main__.py")
    files = {_place(p, PACKAGE) for p in PACKAGE.rglob("*.py") if p.name not in doors}
    tests = {_place(p, TESTS): p for p in TESTS.rglob("test_*.py")}
    own = {_place(p.with_name(p.name.removeprefix("test_")), TESTS) for p in tests.values()}
    assert sorted(files - own - elsewhere) == [], "no test of its name, and not in the list"
    assert sorted(elsewhere & own) == [], "in the list, and yet it has a test of its name"
    assert sorted(elsewhere - files) == [], "in the list, and not there"
    assert sorted(listed.keys() - tests.keys()) == [], "tests that the list names, and not there"


def test_no_file_is_longer_than_the_style_says() -> None:
    lengths = {_place(p, PACKAGE): _lines(p) for p in PACKAGE.rglob("*.py")}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}, "split its second job off"


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _place(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def make(package: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    return package


def test_a_circle_is_found_however_it_is_imported(tmp_path: Path) -> None:
    package = make(
        tmp_path / "counterpoise",
        {
            "__init__.py": "",
            "a/one.py": "from counterpoise.a import two\n",
            "a/two.py": "def f():\n    import counterpoise.b\n",
            "b.py": "import typing\nif typing.TYPE_CHECKING:\n    from counterpoise.a import one\n",
            "c.py": "from counterpoise import b\n",
        },
    )
    assert circles(package) == [["counterpoise.a.one", "counterpoise.a.two", "counterpoise.b"]]


GOOD = {
    "__init__.py": "from counterpoise.comparison import compare\n",
    "errors.py": "",
    "losses/focal.py": "import torch\nfrom counterpoise.errors import near\n",
    "posthoc/a.py": "import typing\nif typing.TYPE_CHECKING:\n    import torch\n",
    "data/named.py": "def load():\n    import torchvision\n",
    "recipes/build.py": "import torch\nfrom counterpoise import losses\n",
    "train/loop.py": "import lightning_fabric\nfrom counterpoise.criterion import Weighted\n",
    "criterion.py": "from counterpoise.losses.focal import Focal\n",
    "experiments/plan.py": "from counterpoise import __version__, recipes, train\n",
    "comparison.py": "from counterpoise.experiments import plan\n",
    "cli/compare.py": "def run():\n    from counterpoise.comparison import compare\n",
}

BAD = {
    "upwards": ("losses/a.py", "from counterpoise.train import x\n", "losses (layer 1) imports"),
    "upwards late": ("train/a.py", "def f():\n    import counterpoise.report\n", "imports report"),
    "upwards typed": (
        "weights/a.py",
        "import typing\nif typing.TYPE_CHECKING:\n    from counterpoise import comparison\n",
        "imports comparison",
    ),
    "siblings": ("losses/a.py", "from counterpoise import weights\n", "its sibling weights"),
    "siblings 3": ("report/a.py", "from counterpoise import experiments\n", "its sibling exp"),
    "service": ("service/a.py", "import counterpoise.train.loop\n", "service never imports train"),
    "predict": ("predict/a.py", "from counterpoise.train import x\n", "predict never imports"),
    "two doors": (
        "experiments/a.py",
        "from counterpoise.recipes.load import load\nfrom counterpoise.losses import Focal\n",
        "only recipes/build.py",
    ),
    "recipes": ("recipes/load.py", "import counterpoise.heads\n", "only recipes/build.py"),
    "utils": ("train/utils.py", "", "proper name"),
    "relative": ("train/a.py", "from . import loop\n", "relative import"),
    "fabric": ("experiments/a.py", "from lightning_fabric import Fabric\n", "train/ only"),
    "torch": ("metrics/a.py", "from torch import Tensor\n", "imports torch when"),
    "torch in try": ("cli/a.py", "try:\n    import torch\nexcept ImportError: ...\n", "torch when"),
    "no layer": ("novelty/a.py", "", "'novelty' has no layer"),
    "to no layer": ("train/a.py", "import counterpoise.novelty\n", "'novelty' has no layer"),
}


def test_a_package_inside_the_table_has_no_fault(tmp_path: Path) -> None:
    assert faults(make(tmp_path, GOOD)) == []


@pytest.mark.parametrize("case", BAD)
def test_each_way_out_of_the_table_is_a_fault(case: str, tmp_path: Path) -> None:
    name, text, expected = BAD[case]
    package = make(tmp_path, GOOD | {"weights/w.py": "", "report/r.py": "", name: text})
    (fault,) = faults(package)
    assert fault.startswith(name)
    assert expected in fault
