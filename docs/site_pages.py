"""Build the site from the Markdown in docs/: ``scripts/docs``, or ``python docs/site_pages.py``.

The pages are copied to build/docs/source with what only the site has: tables of contents, a page
for each package made of its docstrings, and links that lead to pages and not to files. A page
names those below it in a comment, which the repository does not show::

    <!-- pages: With a heading in the side bar
    data.md
    compare.md
    -->

Paths are from docs/. Each page stands below exactly one other, which also links to it.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import ModuleType

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = ROOT / "build" / "docs"
BELOW = re.compile(r"<!-- pages:([^\n]*)\n(.*?)-->\n", re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SHOWN = (".md", ".png", ".svg")
SCHEMES = ("https://", "http://", "mailto:")

# Files of the repository that are pages of the site, and where.
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
COPIED = {to: source for source, to in ELSEWHERE.items() if to != "index.md"}

# Each package with a page of its docstrings, in the order of docs/api.md.
PACKAGES = (
    "counterpoise",
    "counterpoise.losses",
    "counterpoise.weights",
    "counterpoise.samplers",
    "counterpoise.resamplers",
    "counterpoise.augment",
    "counterpoise.heads",
    "counterpoise.steps",
    "counterpoise.posthoc",
    "counterpoise.metrics",
    "counterpoise.batch",
    "counterpoise.bridges",
    "counterpoise.bridges.lightning",
    "counterpoise.bridges.skorch",
    "counterpoise.bridges.transformers",
    "counterpoise.models",
    "counterpoise.data",
    "counterpoise.predict",
    "counterpoise.report",
    "counterpoise.sweep",
    "counterpoise.registry",
)


def pages() -> list[str]:
    """Every page of docs/, by its path from there."""
    return sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def below(text: str) -> list[str]:
    """The pages that a page names below it."""
    return [line.strip() for _, part in BELOW.findall(text) for line in part.splitlines()]


def source_of(page: str) -> Path:
    """The file that a page of the site is made from."""
    return ROOT / COPIED[page] if page in COPIED else DOCS / page


def package_page(package: str) -> str:
    """Where the docstrings of a package are shown."""
    return f"api/{package}.rst"


def package_file(package: str) -> Path:
    """The source of a package or module."""
    path = ROOT / "src" / package.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def staged(page: str) -> str:
    """A page as Sphinx reads it: with its table of contents, and links within the site."""
    text = source_of(page).read_text("utf-8")
    if is_tutorial(page):
        name = PurePosixPath(page).with_suffix(".ipynb").name
        text = re.sub(r"\A(# .*\n)", rf"\1\n{{download}}`This page as a notebook <{name}>`\n", text)
    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [_relinked(text[end : fence.start()], page), fence[0]]
        end = fence.end()
    text = "".join([*parts, _relinked(text[end:], page)])
    return BELOW.sub(lambda found: _contents(found[1].strip(), found[2].split(), page), text)


def normal(path: Path) -> Path:
    """A path without ``..``, whatever the disk has."""
    return Path(os.path.normpath(path))


def _relinked(prose: str, page: str) -> str:
    return LINK.sub(lambda found: _link(found, page), prose)


def _link(found: re.Match[str], page: str) -> str:
    path, mark, anchor = found[2].partition("#")
    if not path or found[2].startswith(SCHEMES):
        return found[0]
    target = normal(source_of(page).parent / path)
    shown = on_the_site(target)
    if shown is None:
        return found[1]  # a file that only the repository has: its name, without a link
    words = found[1] if not found[1].endswith(".md") else _title(shown)  # no file names there
    return f"[{words}]({_from(page, shown)}{mark}{anchor})"


def _title(page: str) -> str:
    return source_of(page).read_text("utf-8").split("\n", 1)[0].removeprefix("# ")


def on_the_site(target: Path) -> str | None:
    """Which page or picture of the site shows a file of the repository."""
    if target.is_relative_to(DOCS):
        return target.relative_to(DOCS).as_posix() if target.suffix in SHOWN else None
    for package in PACKAGES:
        if target == package_file(package):
            return package_page(package)
    return ELSEWHERE.get(target.relative_to(ROOT).as_posix())


def _from(page: str, target: str) -> str:
    return PurePosixPath(os.path.relpath(target, PurePosixPath(page).parent)).as_posix()


def _contents(caption: str, names: list[str], page: str) -> str:
    lines = "\n".join(_entry(name, _from(page, name).rsplit(".", 1)[0]) for name in names)
    heading = f":caption: {caption}\n" if caption else ""
    return f"```{{toctree}}\n:hidden:\n{heading}\n{lines}\n```\n"


def _entry(name: str, place: str) -> str:
    short = re.fullmatch(r"api/counterpoise\.(.*)\.rst", name)
    return f"{short[1]} <{place}>" if short else place


def is_tutorial(page: str) -> bool:
    """Whether a page is a notebook, too."""
    return page.startswith("tutorials/") and page != "tutorials/index.md"


def notebook(page: str) -> str:
    """A tutorial as a notebook, not run: Python as it stands, commands with a leading ``!``."""
    import jupytext

    def command(found: re.Match[str]) -> str:
        lines = [line for line in found[1].splitlines() if line.strip()]
        return "```python\n" + "\n".join(f"!{line}" for line in lines) + "\n```"

    text = BELOW.sub("", source_of(page).read_text("utf-8"))
    text = COMMANDS.sub(
        command, LINK.sub(lambda f: f[0] if f[2].startswith(SCHEMES) else f[1], text)
    )
    made = jupytext.reads(text, fmt="md")
    made.metadata["kernelspec"] = KERNEL
    return str(jupytext.writes(made, fmt="ipynb"))


def docstrings(package: str) -> str:
    """The page of a package: what it is for, its names in a table, and each of them in full."""
    module = importlib.import_module(package)
    values = {name: getattr(module, name) for name in _public(module)}
    described = [name for name, value in values.items() if callable(value)]
    lines = [package, "=" * len(package), "", f".. automodule:: {package}", "   :no-members:", ""]
    lines += [f".. currentmodule:: {package}", "", ".. autosummary::", "   :nosignatures:", ""]
    lines += [f"   {name}" for name in described]
    for name, value in values.items():
        if name not in described:
            lines += ["", f".. py:data:: {name}", "", *_constant(value)]
        elif isinstance(value, type):
            lines += ["", f".. autoclass:: {name}", "   :members:"]
        else:
            lines += ["", f".. autofunction:: {name}"]
    return "\n".join(lines) + "\n"


def _public(module: ModuleType) -> list[str]:
    """Its `__all__`; of a module without one, what it defines."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    return [name for name in getattr(module, "__all__", own) if not name.startswith("_")]


def _constant(value: object) -> list[str]:
    """What a name stands for that is neither a class nor a function."""
    if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return [f"   ``{key}``\n      {plain(text)}" for key, text in value.items()]
    words = sorted(value) if isinstance(value, set | frozenset) else value
    return [f"   ``{words!r}``"]


def plain(text: str) -> str:
    """Plain text in reStructuredText, where a star or a backtick would mean something."""
    return re.sub(r"([*`|_\\])", r"\\\1", text)


def files() -> Iterator[tuple[str, str | bytes]]:
    """Every file that Sphinx reads, by its path, with what is in it."""
    for page in (*pages(), *COPIED):
        yield page, staged(page)
    for page in filter(is_tutorial, pages()):
        yield str(PurePosixPath(page).with_suffix(".ipynb")), notebook(page)
    for picture in sorted((DOCS / "images").iterdir()):
        yield f"images/{picture.name}", picture.read_bytes()
    for package in PACKAGES:
        yield package_page(package), docstrings(package)


def stage(folder: Path) -> None:
    """Write the files; one that has not changed is left alone, so Sphinx does not read it again."""
    kept = set()
    for name, content in files():
        path = folder / name
        kept.add(path)
        wanted = content.encode() if isinstance(content, str) else content
        if not path.is_file() or path.read_bytes() != wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted)
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def build(folder: Path, processes: str = "auto") -> int:
    """Stage the pages and run Sphinx, whose warnings are errors; the site is in folder/html."""
    stage(folder / "source")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    command += ["-c", str(DOCS), "-d", str(folder / "doctrees"), "-j", processes, "-b", "html"]
    return subprocess.run([*command, str(folder / "source"), str(folder / "html")]).returncode


def main() -> int:
    """Build, and say what to open."""
    parser = argparse.ArgumentParser(description="Build the site from the Markdown in docs/.")
    parser.add_argument("--folder", type=Path, default=BUILD, metavar="DIR", help="where to")
    folder = parser.parse_args().folder.resolve()
    sys.path.insert(0, str(ROOT / "src"))  # docstrings of this checkout, whatever is installed
    status = build(folder)
    if status == 0:
        print(f"open {folder / 'html' / 'index.html'}")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
