"""Links lead somewhere, commands and recipes are legal, tables are those of the code."""

import importlib
import importlib.util
import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import typer
from PIL import Image

from counterpoise.cli import app, main
from counterpoise.recipes import schema
from counterpoise.recipes.check import optimizers, pieces, recipe
from counterpoise.recipes.load import load_file
from counterpoise.recipes.shipped import method_names
from counterpoise.registry import AXES, members

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FOLDERS = sorted((ROOT / "src").rglob("README.md"))
OTHERS = [*FOLDERS, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:src|docs|tests|scripts|benchmarks)/[\w./+-]+")
LONGEST_FOLDER_README = 40


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken(page: Path) -> Iterator[str]:
    """Links and named files that are not there."""
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link
    for code in INLINE.findall(prose(page)):
        if FILE.fullmatch(code) and not (ROOT / code).exists():
            yield code


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name)
def test_links_and_named_files_are_there(page: Path) -> None:
    assert list(broken(page)) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n[good](#a-title) [no](#b) [gone](x.md) `src/gone.py` `scripts/demo`\n"
    )
    assert list(broken(page)) == ["#b", "x.md", "src/gone.py"]


@pytest.mark.parametrize("page", FOLDERS, ids=name)
def test_a_folder_says_its_idea_shortly(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) <= LONGEST_FOLDER_README


def commands() -> list[str]:
    """Every command line of ours that the pages show, in blocks and inline."""
    found: dict[str, None] = {}
    for page in [*PAGES, *OTHERS]:
        blocks = [text for kind, text in FENCE.findall(page.read_text("utf-8")) if kind == "sh"]
        lines = [line.strip() for text in blocks for line in text.splitlines()]
        shown = [*lines, *INLINE.findall(prose(page))]
        found |= dict.fromkeys(line for line in shown if re.match(r"counterpoise [\w-]", line))
    return list(found)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files that the command lines name, and a `compare` that trains nothing."""
    for kind in ("cat", "dog"):
        (tmp_path / "my_folder" / kind).mkdir(parents=True)
        for number in range(3):
            pixels = np.full((8, 8), number, dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "my_folder" / kind / f"{number}.png")
    for name in ("caltech101", "caltech4", "photos", "plants"):
        (tmp_path / name).symlink_to("my_folder")
    rows = "".join(f"my_folder/{kind}/0.png,{kind}\n" for kind in ("cat", "dog"))
    for table in ("photos.csv", "ham10000.csv"):
        (tmp_path / table).write_text(f"path,label\n{rows}")
    (tmp_path / "churn.csv").write_text(
        "id,customer,age,churned\n1,C1,31,no\n2,C2,,yes\n3,C3,40,no\n"
    )
    for ledgers in (DOCS / "results").iterdir():
        (tmp_path / ledgers.name).symlink_to(ledgers)
    monkeypatch.chdir(tmp_path)

    def stop(options: object, begun: float) -> None:
        raise typer.Exit

    monkeypatch.setattr(importlib.import_module("counterpoise.comparison"), "report_of", stop)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("line", commands())
def test_command_lines_are_legal(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    verb, *rest = shlex.split(line)[1:]
    if verb.startswith("--") or not rest:
        assert main([verb, *rest, "--help"]) == 0
    elif verb in ("compare", "inspect", "ls", "show"):
        assert main([verb, *rest]) == 0, capsys.readouterr().err
    else:
        command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
        command.make_context(verb, rest)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "line", ["compare digits --method a", "compare digits --set train.batchsize=3", "compair x"]
)
def test_illegal_command_lines_are_found(line: str) -> None:
    assert main(shlex.split(line)) == 2


def recipes() -> list[str]:
    blocks = [text for kind, text in FENCE.findall((DOCS / "recipes.md").read_text("utf-8"))]
    return [text for text in blocks if "[[stages]]" in text]


@pytest.mark.parametrize("text", recipes())
def test_recipes_load(text: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(text, "utf-8")
    assert load_file(tmp_path / "recipe.toml").stages


def test_every_key_of_a_recipe_is_documented() -> None:
    keys = {
        field.name for kind in (schema.Train, schema.Stage, schema.Data) for field in fields(kind)
    }
    keys |= recipe._TOP_KEYS | pieces.GIVEN
    for known in (optimizers.OPTIMIZERS, optimizers.SCHEDULES):
        keys |= set(known) | {key for more in known.values() for key in more}
    assert keys - set(INLINE.findall(prose(DOCS / "recipes.md"))) == set()


def test_every_option_of_compare_is_documented() -> None:
    command = typer.main.get_command(app).commands["compare"]  # type: ignore[attr-defined]
    options = {o for p in command.params for o in p.opts if o.startswith("--")} - {"--help"}
    said = {code.split()[0] for code in INLINE.findall(prose(DOCS / "compare.md"))}
    assert options - said == set()


def load_tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = load_tables()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == TABLES.filled(text), "python docs/tables.py mends this"


def test_every_table_has_its_place_once() -> None:
    places = [mark for p in PAGES for _, mark, _ in TABLES.TABLE.findall(p.read_text("utf-8"))]
    assert sorted(places) == sorted(TABLES.tables())


def test_a_row_of_an_axis_says_what_can_be_set_and_links_to_its_papers() -> None:
    rows = {line.split("`")[1]: line for line in TABLES.tables()["samplers"].splitlines()[2:]}
    assert ".<br>`rounds`, `reach_final=False` |" in rows["Progressive"]  # not labels, not seed
    assert "[Kang et al. 2020](https://arxiv.org/abs/1910.09217), eq. 2" in rows["Progressive"]
    (row,) = [line for line in TABLES.tables()["resamplers"].splitlines() if "`MCRBO`" in line]
    assert "[Krawczyk, Koziarski and Wozniak 2020](https://doi.org/" in row
    assert "`gamma=0.05`" in row


def first_column(page: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)


def test_methods_are_those_that_are_shipped() -> None:
    assert first_column("methods.md") == list(method_names())
    rows = re.findall(r"^\| `.*", TABLES.tables()["methods"], re.MULTILINE)
    cost = [row.split(" | ")[-1].strip("| ") for row in rows]
    assert all(cost), "a method's header says Cost:"


@pytest.mark.parametrize("axis", [axis for axis in AXES if members(axis)])
def test_every_exported_name_is_on_the_page_of_its_axis(axis: str) -> None:
    exported = set(importlib.import_module(f"counterpoise.{axis}").__all__)
    assert exported - set(INLINE.findall(prose(DOCS / f"{axis}.md"))) == set()
    assert set(members(axis)) <= exported


def test_every_exported_name_is_on_the_page_of_models() -> None:
    exported = set(importlib.import_module("counterpoise.models").__all__)
    said = set(INLINE.findall(prose(DOCS / "models.md")))
    assert exported - said == set()


def test_the_demo_in_the_readme_is_as_wide_as_it_is_written() -> None:
    """What `docs/tables.py --demo` writes next breaks lines where they are broken now."""
    block = TABLES.DEMO.search(TABLES.README.read_text("utf-8"))
    assert block is not None
    lines = block[0].splitlines()[2:-2]
    assert max(map(len, lines)) <= TABLES.DEMO_WIDTH
    said = lines[lines.index("") :]
    whole = "\n".join(said).replace("\n  ", " ").splitlines()
    wrap = partial(textwrap.wrap, width=TABLES.DEMO_WIDTH, subsequent_indent="  ")
    assert [part for text in whole for part in wrap(text, break_on_hyphens=False) or [""]] == said
