"""report.html as a person uses it: in a browser, from a file, with and without scripts."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright", reason="needs playwright")

from playwright.sync_api import Browser, Page, expect, sync_playwright

from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.labelled import labelled_set
from counterpoise.report import Report, collect
from counterpoise.report.errors import errors_of
from counterpoise.report.errors.samples import Arrays
from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.page import page as evaluation_page

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


@pytest.fixture
def evaluation(tmp_path: Path) -> Path:
    """The page of one model: errors as pictures, wrong labels, copies, and a warning."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], (60, 25, 15))
    scores = rng.dirichlet(np.ones(3), 100) + 1.5 * np.eye(3)[labels]
    scores /= scores.sum(axis=1, keepdims=True)
    scores[[4, 70, 99]] = [[0.02, 0.97, 0.01], [0.98, 0.01, 0.01], [0.9, 0.05, 0.05]]
    classes = ("common plant", "rarer plant", "a rare plant with a long name")
    images = rng.integers(0, 255, (100, 3, 40, 40), dtype=np.uint8)
    images[70] = images[5]
    names = [f"a folder/picture {n}.jpg" for n in range(100)]
    warned = ("these are the very data that the model was trained on",)
    found = judge("plants", "3 runs", classes, labels, names, scores, scores, None, warned)
    data = labelled_set(
        "plants", "image", ArrayInputs(images), labels, classes,
        part=np.full(100, -1, dtype=np.int8), input_shape=(3, 40, 40),
    )  # fmt: skip
    page = tmp_path / "evaluation.html"
    page.write_text(evaluation_page(found, errors_of(found.predicted, Arrays(data), classes)))
    return page


def opened(browser: Browser, report: Report | Path, **settings: object) -> Page:
    """The page, on which nothing may go wrong."""
    page = browser.new_context(**settings).new_page()  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on(
        "request",
        lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url),
    )
    if isinstance(report, Path):
        page.goto(report.as_uri())
    else:
        assert report.folder is not None
        page.goto((report.folder / "report.html").as_uri())
    assert problems == []
    return page


def check(page: Page, width: int) -> None:
    """Nothing is wider than the page, each table that scrolls says so, and axe finds nothing."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_function(
        "Array.from(document.querySelectorAll('.scroll')).every(box =>"
        " box.previousElementSibling.classList.contains('cut') &&"
        " box.previousElementSibling.hidden === (box.scrollWidth <= box.clientWidth + 1))"
    )
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm install --prefix .npm axe-core@4")
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run().then(done => done.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_and_is_accessible(
    browser: Browser, report: Report, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    page = opened(browser, report, viewport=size, color_scheme=scheme)
    if width == 1280:
        expect(page.locator(".cut").first).to_be_hidden()
        box = page.locator("table.results").bounding_box()
        assert box is not None
        assert box["y"] < 900, "the table begins on the first screen"
    check(page, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_of_an_evaluation_fits_and_is_accessible(
    browser: Browser, evaluation: Path, width: int, scheme: str
) -> None:
    page = opened(
        browser, evaluation, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (shade == "rgb(255, 255, 255)") == (scheme == "light")
    for heading in ("Likely wrong labels", "The same content under two labels", "most confident"):
        expect(page.locator("#errors h3", has_text=heading)).to_be_visible()
    expect(page.locator("#errors img").first).to_be_visible()
    check(page, width)


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
