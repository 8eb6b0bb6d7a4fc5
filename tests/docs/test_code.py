"""The Python in the README and in docs/ runs, in the order in which a page has it."""

import doctest
import re
from pathlib import Path

import pytest

from counterpoise.report import Report, collect

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = r"<!-- {0}:begin -->\n```text\n(.*?)\n```\n<!-- {0}:end -->"
COMPARE = ROOT / "docs/compare.md"  # it makes the output folder that other pages read
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if BLOCK.search(page.read_text("utf-8"))
    and page != COMPARE
    and page.parent.name != "tutorials"  # test_tutorials.py: their commands run, too
]


def follow(page: Path) -> dict[str, object]:
    """Run a page's blocks one after the other; those that begin with >>> are doctests."""
    names: dict[str, object] = {"__name__": page.stem}
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        line = text[: found.start(1)].count("\n")
        if found[1].startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(found[1], names, page.name, str(page), line)
            said: list[str] = []
            runner = doctest.DocTestRunner(verbose=False)
            runner.run(test, out=said.append, clear_globs=False)
            assert not runner.failures, "".join(said)
            names |= test.globs
        else:
            exec(compile("\n" * line + found[1], str(page), "exec"), names)
    return names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody has just followed docs/compare.md."""
    made = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        names = follow(COMPARE)
    report = names["report"]
    assert isinstance(report, Report)
    assert not report.failed, report.text(100)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_of_a_page_runs(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    follow(page)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["photos", "demo"])
def test_readme_shows_what_the_tool_prints(folder: Path, part: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (shown,) = re.findall(SHOWN.format(part), readme, re.DOTALL)
    printed = collect(folder / "counterpoise-out/short").text(300)

    def headings(table: str) -> list[str]:
        return re.split(r"\s{2,}", table.splitlines()[1].strip())

    today = iter(headings(printed))
    assert all(heading in today for heading in headings(shown)), printed.splitlines()[1]
    assert headings(shown)[0] == "Method"
    assert re.match(r" 1 \w", shown.splitlines()[3])
    assert shown.splitlines()[-1].startswith(("Next: ", "  "))


def test_a_wrong_example_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\ntext\n```python\n>>> x + 1\n2\n```\n")
    follow(page)
    page.write_text("```python\nx = 1\n```\n```python\n>>> x + 1\n3\n```\n")
    with pytest.raises(AssertionError, match="Expected"):
        follow(page)
