"""The site: each page stands in it once, links lead within it, and it builds without a warning."""

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_pages", ROOT / "docs/site_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SITE = load()
PAGES = (*SITE.pages(), *SITE.COPIED)
PACKAGES = tuple(map(SITE.package_page, SITE.PACKAGES))


def children(page: str) -> list[str]:
    names: list[str] = SITE.below(SITE.source_of(page).read_text("utf-8"))
    return names


def test_every_page_stands_below_one_other() -> None:
    named = Counter(name for page in PAGES for name in children(page))
    assert named == dict.fromkeys({*PAGES, *PACKAGES} - {"index.md"}, 1)


def test_every_page_is_reached_from_the_home_page() -> None:
    reached = ["index.md"]
    for page in reached:
        if page in PAGES:
            reached += children(page)
    assert set(reached) == {*PAGES, *PACKAGES}


@pytest.mark.parametrize("page", [page for page in PAGES if children(page)])
def test_a_page_links_to_those_below_it(page: str) -> None:
    text = SITE.FENCE.sub("", SITE.source_of(page).read_text("utf-8"))
    linked = set()
    for _, link in SITE.LINK.findall(text):
        target = (SITE.source_of(page).parent / link).resolve()
        if not link.startswith(SITE.SCHEMES):
            linked.add(SITE.on_the_site(target))
    assert set(children(page)) - linked == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_of_the_site_lead_within_it(page: str) -> None:
    text = SITE.FENCE.sub("", SITE.staged(page))
    pictures = {f"images/{picture.name}" for picture in (ROOT / "docs/images").iterdir()}
    for _, link in SITE.LINK.findall(text):
        if not link.startswith((*SITE.SCHEMES, "#")):
            target = (Path("/") / page).parent / link.partition("#")[0]
            found = SITE.normal(target).relative_to("/").as_posix()
            assert found in {*PAGES, *PACKAGES, *pictures}, link


def test_only_the_site_has_what_only_it_can_show() -> None:
    assert "{toctree}" in SITE.staged("index.md")
    assert "<!-- pages" not in SITE.staged("index.md")
    assert "(api/counterpoise.losses.rst)" in SITE.staged("api.md")
    assert "](../src" not in SITE.staged("data.md")  # a file of the repository: its name alone
    for page in map(SITE.source_of, PAGES):
        assert "```{" not in page.read_text("utf-8"), f"{page.name}: the repository would show that"


def test_a_tutorial_is_a_notebook_too() -> None:
    pytest.importorskip("jupytext", reason="needs the extra docs: jupytext")
    cells = json.loads(SITE.notebook("tutorials/folder.md"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert "!counterpoise inspect photos" in code
    assert any(text.startswith("from pathlib import Path") for text in code)
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "](../" not in prose
    assert all(cell.get("outputs", []) == [] for cell in cells)


@pytest.mark.system
@pytest.mark.timeout(1200)
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    for name in ("sphinx", "myst_parser", "pydata_sphinx_theme", "sphinx_copybutton", "jupytext"):
        pytest.importorskip(name, reason=f"needs the extra docs: {name}")
    assert SITE.build(tmp_path) == 0
    home = (tmp_path / "html/index.html").read_text("utf-8")
    assert 'href="tutorials/folder.html"' in home
    losses = (tmp_path / "html/api/counterpoise.losses.html").read_text("utf-8")
    assert re.search(r'id="counterpoise\.losses\.LDAM"', losses)
    assert (tmp_path / "html/searchindex.js").is_file()
    assert list((tmp_path / "html/_downloads").rglob("folder.ipynb"))


def test_pages_are_staged_only_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {"a.md": "one", "b/c.md": "two"}
    monkeypatch.setattr(SITE, "files", lambda: iter(written.items()))
    SITE.stage(tmp_path)
    before = (tmp_path / "a.md").stat().st_mtime_ns
    (tmp_path / "old.md").write_text("gone")
    SITE.stage(tmp_path)
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert sorted(p.name for p in tmp_path.rglob("*.md")) == ["a.md", "c.md"]
