"""Read what an axis exports from its source, without importing it."""

from __future__ import annotations

import ast
import contextlib
from functools import cache
from pathlib import Path

from counterpoise.registry.member import Member, Parameter

_Source = ast.ClassDef | ast.FunctionDef
_SKIPPED = ("ClassVar", "KW_ONLY")  # annotations that are no dataclass field


def scan(axis: str, package: Path) -> dict[str, Member]:
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
