"""docs/references.md lists each paper that a docstring or a method's file cites, once."""

import re
from pathlib import Path

from counterpoise.recipes.shipped import method_names, method_text
from counterpoise.registry import AXES, members

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/references.md").read_text("utf-8")
CITED = re.compile(r"([A-Z][\w-]+)(?:(?:, | and | & |, and )[A-Z][\w-]+)*(?: et al\.)?,? (\d{4})")


def cited() -> set[tuple[str, str]]:
    """First author and year of whatever is cited as a source."""
    docs = [member.doc for axis in AXES for member in members(axis).values()]
    lines = [line for doc in docs for line in doc.splitlines() if "Reference" in line]
    heads = [line for name in method_names() for line in method_text(name).splitlines()]
    lines += [line for line in heads if line.startswith("# Paper:")]
    return {found for line in lines for found in CITED.findall(line)}


def test_each_paper_that_is_cited_is_listed() -> None:
    entries = re.findall(r"^\* \*\*(.*?)\*\*", PAGE, re.MULTILINE)
    listed = {
        (name, year)
        for entry in entries
        for name in re.findall(r"[A-Z][\w-]+", entry)
        for year in re.findall(r"\d{4}", entry)
    }
    assert sorted(cited() - listed) == []


def test_each_paper_is_listed_once_and_every_page_of_sources_links_there() -> None:
    entries = re.findall(r"^\* \*\*(.*?)\*\*", PAGE, re.MULTILINE)
    assert len(entries) == len(set(entries)) > 40
    links = re.findall(r"\]\((https://[^)]+)\)", PAGE)
    assert len(links) == len(set(links))
    assert all(link.startswith(("https://doi.org/10.", "https://arxiv.org/abs/")) for link in links)
    for page in (*AXES, "methods", "models", "index"):
        text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
        assert "references.md" in text, f"docs/{page}.md names sources and does not link there"
