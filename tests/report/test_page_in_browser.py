"""report.html as a person uses it: in a browser, from a file, with and without scripts."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs playwright")

from playwright.sync_api import Browser, Page, expect, sync_playwright

from counterpoise.report import Report, collect

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
AXE = Path(__file__).parents[2] / ".npm/node_modules/axe-core/axe.min.js"
COST = {"cost": {"minority": 10.0}, "select": "expected_cost"}

pytestmark = [pytest.mark.browser, pytest.mark.system]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def report(make: Callable[..., Path]) -> Report:
    """Of two classes with costs, so that everything that a page can have is there."""
    methods = {
        "baseline": {"skill": 0.5}, "good": {"skill": 3.0, "temperature": 2.0}, "weighted": {},
        "failed": {"status": "failed", "error": "no memory"},
    }  # fmt: skip
    made = collect(make(methods=methods, counts=(300, 60), per_class=[60, 20], experiment=COST))
    assert made.folder is not None
    made.write(made.folder)
    return made


def opened(browser: Browser, report: Report, **settings: object) -> Page:
    """The page, on which nothing may go wrong."""
    page = browser.new_context(**settings).new_page()  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on(
        "request",
        lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url),
    )
    assert report.folder is not None
    page.goto((report.folder / "report.html").as_uri())
    assert problems == []
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_and_is_accessible(
    browser: Browser, report: Report, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    page = opened(browser, report, viewport=size, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    table = page.locator("table.results")
    cut = page.locator(".cut")
    overflows = page.evaluate(
        "(e => e.scrollWidth > e.clientWidth + 1)(document.querySelector('.scroll'))"
    )
    assert cut.is_visible() == overflows
    if width == 1280:
        assert not overflows
        box = table.bounding_box()
        assert box is not None
        assert box["y"] < 900, "the table begins on the first screen"
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm install --prefix .npm axe-core@4")
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run().then(done => done.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    assert found == []


def test_metrics_are_chosen_methods_sorted_and_filtered(browser: Browser, report: Report) -> None:
    page = opened(browser, report)
    heads = page.locator("table.results thead th:visible")
    before = heads.count()
    page.get_by_label("Macro F1").check()
    expect(heads).to_have_count(before + 1)
    page.get_by_role("button", name="Macro F1").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    names = [
        text.split()[0] for text in page.locator("table.results tbody th.name").all_inner_texts()
    ]
    values = {m.name: m.metrics["macro_f1"].mean for m in report.rows if m.ok}
    assert names == [*sorted(values, key=lambda name: values[name] or 0), "failed"]
    page.get_by_label("Filter").fill("good")
    expect(page.locator("table.results tbody tr:visible")).to_have_count(1)


def test_a_method_opens_and_the_table_is_saved(
    browser: Browser, report: Report, tmp_path: Path
) -> None:
    page = opened(browser, report)
    page.locator("table.results a", has_text="good").click()
    inside = page.locator("#method-good")
    expect(inside).to_be_visible()
    expect(inside.get_by_role("region", name="Confusion matrix of good")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="table as CSV").click()
    saved.value.save_as(tmp_path / "results.csv")
    with (tmp_path / "results.csv").open(newline="") as file:
        assert {row["method"] for row in csv.DictReader(file)} == {m.name for m in report.methods}


def test_the_threshold_moves(browser: Browser, report: Report) -> None:
    page = opened(browser, report)
    said = page.locator("#slide-said")
    expect(said).to_contain_text("Threshold .500: recall ")
    page.get_by_label("Threshold", exact=True).fill("0")
    expect(said).to_contain_text("recall 1.000 (20 of 20 found)")
    page.get_by_label("Method").select_option("baseline")
    page.get_by_label("costs as much as").fill("0")
    expect(said).to_contain_text("With a miss at 1.0 false alarms")


def test_everything_is_there_without_scripts(browser: Browser, report: Report) -> None:
    page = opened(browser, report, java_script_enabled=False)
    for sentence in report.advice[:2]:
        expect(page.locator(".advice")).to_contain_text(sentence.split("`")[0].strip())
    expect(page.locator("table.results")).to_contain_text("good")
    expect(page.locator("table.results thead")).to_contain_text("Macro F1")
    expect(page.locator(".cut")).to_be_visible()
    expect(page.locator("#tools")).to_be_hidden()
    expect(page.locator(".slider")).to_be_hidden()
    expect(page.get_by_role("region", name="Table of thresholds")).to_be_visible()
    page.locator("details.method summary").first.click()
    expect(page.locator("details.method svg.panel").first).to_be_visible()
