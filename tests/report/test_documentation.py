"""Pages link to the documentation where it has an address, and name the page where it has none."""

from collections.abc import Callable
from email.message import Message
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from counterpoise.report import collect, documentation
from counterpoise.report.documentation import address_of
from counterpoise.version import __version__

Make = Callable[..., Path]


def with_urls(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    held = Message()
    for url in urls:
        held["Project-URL"] = url
    monkeypatch.setattr(documentation, "metadata", lambda _: held)


def test_the_address_is_that_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    with_urls(monkeypatch, "Source, https://a.example/code", "Documentation, https://a.example/d/")
    assert address_of("report") == "https://a.example/d/report.html"
    with_urls(monkeypatch, "Source, https://a.example/code")
    assert address_of("report") == ""


def test_a_copy_that_is_not_installed_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Message:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(documentation, "metadata", missing)
    assert address_of("report") == ""


def test_a_report_says_where_it_is_explained(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    out = make(methods={"baseline": {}})
    with_urls(monkeypatch)
    where = f"How to read this page: docs/report.md in the source of counterpoise {__version__}."
    assert where in collect(out).write(out).read_text()
    assert (Path(__file__).parents[2] / "docs" / "report.md").is_file()
    with_urls(monkeypatch, "Documentation, https://a.example/d")
    page = collect(out).write(out).read_text()
    assert 'How to read this page: <a href="https://a.example/d/report.html">' in page
