"""The registry: what each axis exports, read from its source without importing it.

``__all__`` of an axis folder is the registry. Importing the folder would import torch, which
takes seconds; the names, their arguments and their summaries stand in the text already, so a
mistyped method is found before torch is loaded.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from counterpoise.errors import ArgumentError, near

AXES = (
    "losses",
    "weights",
    "samplers",
    "resamplers",
    "augment",
    "heads",
    "steps",
    "posthoc",
    "metrics",
)

PACKAGE = Path(__file__).parent
_Source = ast.ClassDef | ast.FunctionDef
_SKIPPED = ("ClassVar", "KW_ONLY")  # annotations that are no dataclass field


@dataclass(frozen=True)
class Parameter:
    """One argument of a member's constructor, as its source writes it."""

    required: bool
    annotation: str
    default: str | None  # source text, such as "0.5"; None when required


@dataclass(frozen=True)
class Member:
    """One exported class or function of an axis, with the facts that its class states.

    Facts are literals in the class's body or its bases', such as ``corrects_prior = True``, so
    that they are known without importing the class.
    """

    name: str
    module: str
    summary: str
    doc: str
    parameters: Mapping[str, Parameter]
    constants: Mapping[str, object] = field(default_factory=dict)  # class-level literals, by name

    @property
    def revision(self) -> int:
        """Which version of its numbers this is; part of identities from 2 on."""
        revision = self.constants.get("revision")
        return revision if isinstance(revision, int) else 1

    @property
    def corrects_prior(self) -> bool:
        """Whether it makes up for the class prior; two such pieces in one recipe do it twice."""
        return self.constants.get("corrects_prior") is True

    @property
    def package(self) -> str | None:
        """The optional package whose version its numbers depend on, as installers spell it."""
        return self._word("package")

    @property
    def prefix(self) -> str | None:
        """Begins the names that this member stands for, such as ``imblearn:ADASYN``."""
        return self._word("prefix")

    @property
    def scores(self) -> str | None:
        """What a loss makes of the model's outputs, "logits" or "margins"; None for the rest."""
        return self._word("scores")

    @property
    def accepts(self) -> tuple[str, ...]:
        """The kinds of scores that a posthoc takes; empty for the rest."""
        accepts = self.constants.get("accepts")
        return tuple(map(str, accepts)) if isinstance(accepts, tuple) else ()

    @property
    def contrast_share(self) -> float | None:
        """The share of each class that a sampler wants held out; None where it watches nothing."""
        share = self.constants.get("contrast_share")
        return share if isinstance(share, float) else None

    @property
    def needs_images(self) -> bool:
        """Whether an augmentation or a resampler works on images alone."""
        return self.constants.get("needs_images") is True

    @property
    def image_sides(self) -> tuple[int, int] | None:
        """Least and most pixels of the square images that a resampler makes; None for any."""
        sides = self.constants.get("image_sides")
        return sides if isinstance(sides, tuple) and len(sides) == 2 else None

    @property
    def mixes(self) -> bool:
        """Whether an augmentation gives its samples two labels, so that nothing may follow."""
        return self.constants.get("mixes") is True

    def _word(self, name: str) -> str | None:
        value = self.constants.get(name)
        return value if isinstance(value, str) else None


def members(axis: str, package: Path | None = None) -> dict[str, Member]:
    """What an axis exports, by name, in the order of its ``__all__``.

    A name is a member when the axis's ``__init__.py`` both imports it from one of its files and
    lists it in ``__all__``; constants are left out. An axis without a folder is empty.

    Args:
        axis: one of `AXES`.
        package: folder of the counterpoise package; the installed one when left out.

    Raises:
        ArgumentError: there is no such axis.

    >>> members("losses")["CrossEntropy"].module
    'counterpoise.losses.cross_entropy'
    """
    if axis not in AXES:
        raise ArgumentError(f"no axis named '{axis}'{near(axis, AXES)}")
    return dict(_installed(axis) if package is None else _scan(axis, package))


def find(axis: str, name: str) -> Member | None:
    """The member of an axis that a recipe's name means, None where there is none.

    >>> find("resamplers", "imblearn:ADASYN").name
    'ImbalancedLearn'
    """
    known = members(axis)
    if name in known:
        return known[name]
    prefixed = (m for m in known.values() if m.prefix is not None and name.startswith(m.prefix))
    return next(prefixed, None)


@cache
def _installed(axis: str) -> dict[str, Member]:
    return _scan(axis, PACKAGE)


def _scan(axis: str, package: Path) -> dict[str, Member]:
    tree = _module(f"counterpoise.{axis}", package)
    if tree is None:
        return {}
    homes = _imports(tree)
    found: dict[str, Member] = {}
    for name in _exported(tree):
        module, original = homes.get(name, (f"counterpoise.{axis}", name))
        node = _definition(module, original, package)
        if node is not None:
            doc = ast.get_docstring(node) or ""
            summary = doc.partition("\n")[0]
            found[name] = Member(
                name,
                module,
                summary,
                doc,
                _parameters(node, module, package),
                _constants(node, module, package),
            )
    return found


@cache
def _module(name: str, package: Path) -> ast.Module | None:
    """Parsed source of a module of this package, None where there is no such file."""
    *folders, last = name.split(".")[1:] or ["__init__"]
    folder = package.joinpath(*folders) if folders else package
    for path in (folder.joinpath(f"{last}.py"), folder.joinpath(last, "__init__.py")):
        if path.is_file():
            return ast.parse(path.read_text(encoding="utf-8"))
    return None


def _imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Local name -> (module, name there), for names imported from this package."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and node.module is not None
        and node.module.split(".")[0] == "counterpoise"
        for alias in node.names
    }


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
                return [str(name) for name in ast.literal_eval(node.value)]
    return []


def _definition(module: str, name: str, package: Path) -> _Source | None:
    tree = _module(module, package)
    for node in tree.body if tree is not None else []:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
    return None


def _parameters(node: _Source, module: str, package: Path) -> dict[str, Parameter]:
    if isinstance(node, ast.FunctionDef):
        return _arguments(node.args)
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _arguments(item.args)
    inherited: dict[str, Parameter] = {}
    for base, home in _bases(node, module, package):
        inherited |= _parameters(base, home, package)
    return inherited | _fields(node) if _is_dataclass(node) else inherited


def _constants(node: _Source, module: str, package: Path) -> dict[str, object]:
    """Names that a class or its bases set to a literal, such as ``scores = "margins"``."""
    found: dict[str, object] = {}
    if isinstance(node, ast.FunctionDef):
        return found
    for definition, home in _bases(node, module, package):
        found |= _constants(definition, home, package)
    for item in node.body:
        if isinstance(item, ast.Assign | ast.AnnAssign) and item.value is not None:
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            with contextlib.suppress(ValueError):  # not a literal
                value = ast.literal_eval(item.value)
                found |= {t.id: value for t in targets if isinstance(t, ast.Name)}
    return found


def _bases(node: ast.ClassDef, module: str, package: Path) -> list[tuple[_Source, str]]:
    """Base classes that this package defines, each with its module; the first, which wins, last."""
    found = []
    tree = _module(module, package)
    homes = _imports(tree) if tree is not None else {}
    for base in reversed(node.bases):
        if isinstance(base, ast.Name):
            home, original = homes.get(base.id, (module, base.id))
            definition = _definition(home, original, package)
            if definition is not None:
                found.append((definition, home))
    return found


def _arguments(arguments: ast.arguments) -> dict[str, Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *zip(positional, [*missing, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {arg.arg: _parameter(arg.annotation, value) for arg, value in pairs if arg.arg != "self"}


def _parameter(annotation: ast.expr | None, default: ast.expr | None) -> Parameter:
    return Parameter(
        required=default is None,
        annotation=ast.unparse(annotation).strip("'\"") if annotation is not None else "",
        default=ast.unparse(default) if default is not None else None,
    )


def _is_dataclass(node: ast.ClassDef) -> bool:
    names = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return any(ast.unparse(name).split(".")[-1] == "dataclass" for name in names)


def _fields(node: ast.ClassDef) -> dict[str, Parameter]:
    """Constructor arguments of a dataclass: its annotated names, less ClassVar and init=False."""
    found: dict[str, Parameter] = {}
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        if any(word in ast.unparse(item.annotation) for word in _SKIPPED):
            continue
        default = item.value
        if isinstance(default, ast.Call) and ast.unparse(default.func).split(".")[-1] == "field":
            options = {k.arg: k.value for k in default.keywords}
            if "init" in options and ast.unparse(options["init"]) == "False":
                continue
            default = options.get("default", options.get("default_factory"))
        found[item.target.id] = _parameter(item.annotation, default)
    return found
