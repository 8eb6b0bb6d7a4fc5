"""The demo as a newcomer sees it, in a real browser.

COUNTERPOISE_SCREENSHOTS=docs/images writes the pictures of the documents.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("playwright", reason="needs playwright")

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.system]
expect.set_options(timeout=30_000)


def remove(page: Page) -> None:
    """Remove the camera of this page, and see the page that comes after it.

    Chromium may never close a page that is on its way to another one.
    """
    page.click("text=Change this camera")
    page.click("text=Remove it with all its results")
    expect(page.locator("h1")).to_have_text("Cameras")


def test_the_map_fills_and_a_frame_changes(
    admin: BrowserContext, screenshot: Callable[..., None]
) -> None:
    page = admin.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/")
    expect(page.locator("#map path.leaflet-interactive")).to_have_count(12)
    expect(page.locator("#rows .state.live").nth(3)).to_be_visible(timeout=30_000)
    time.sleep(8)  # those that fail have failed by then
    screenshot(page, "serve-map")
    page.fill("#words", "lisbon")
    page.click("text=Search")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.click("#rows a >> text=Lisbon")
    frame = page.locator("img.frame")
    first = frame.get_attribute("src")
    expect(frame).not_to_have_attribute("src", first or "", timeout=15_000)
    assert width(frame) == 160
    expect(page.locator(".u-wrap")).to_be_visible()
    screenshot(page, "serve-camera")
    assert faults == []
    page.close()


# Stands in for the browser's own, so that nothing happens until the test says so.
QUIET = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    window.happens = (kind) => this.dispatchEvent(new Event(kind));
    setTimeout(() => window.happens("open"), 50);
  }
  close() {}
};
"""


def test_the_map_follows_what_happens(admin: BrowserContext) -> None:
    """A camera that somebody adds appears, and nothing is asked for while nothing happens."""
    page, other = admin.new_page(), admin.new_page()
    page.goto("/")
    marks = page.locator("#map path.leaflet-interactive")
    expect(marks).to_have_count(12)
    other.goto("/cameras/new")
    other.fill("#name", "Raft")
    other.select_option("#kind", "push")
    other.fill("#latitude", "-20")
    other.fill("#longitude", "-20")
    other.click("main button.main")
    expect(marks).to_have_count(13)
    remove(other)
    expect(marks).to_have_count(12)
    other.close()

    page.add_init_script(QUIET)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    expect(marks).to_have_count(12)
    page.wait_for_timeout(3000)  # the first look is over
    asked.clear()
    page.wait_for_timeout(4500)
    assert asked == []
    with page.expect_request("**/points.json*", timeout=3000):
        page.evaluate("happens('result')")
    page.close()


def width(image: Locator) -> int:
    """Of its file, once that has arrived."""
    for _ in range(600):
        found = image.evaluate("image => image.naturalWidth")
        if found:
            break
        image.page.wait_for_timeout(50)
    return int(found)


def test_every_page_without_scripts(
    browser: Browser, server: tuple[str, str], log_in: Callable[..., None]
) -> None:
    """What a browser that runs none can do: all but the map itself."""
    context = browser.new_context(
        base_url=server[0], java_script_enabled=False, viewport={"width": 400, "height": 900}
    )
    page = context.new_page()
    log_in(page, "admin", server[1])
    expect(page.locator("#map")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("the list has the same")
    page.fill("#words", "lisbon")
    page.click("main button.main")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.fill("#words", "")
    page.fill("#place", "Osaka")
    page.click("main button.main")
    expect(page.locator("main")).to_contain_text("Within 50 km of Osaka, Japan")
    page.goto("/list?place=Osaka")
    page.click("main tbody a >> text=Osaka")

    expect(page.locator("h1")).to_have_text("Osaka, pier")
    frame = page.locator("img.frame")
    assert width(frame) == 160
    page.select_option("#per", "hour")
    page.click("text=Show >> visible=true")
    expect(page).to_have_url(re.compile("per=hour"))
    page.click("summary >> text=The same as a table")
    expect(page.locator("#numbers tr[data-at]").first).to_be_visible()

    page.goto("/cameras/new")
    page.fill("#name", "mine")
    page.fill("#url", "http://127.0.0.1:8000/picture.jpg")
    page.click("text=Try it now")
    expect(page.locator("main [role=status]")).to_contain_text("127.0.0.1 is never fetched from")
    page.fill("#url", "ftp://example.org/picture.jpg")
    page.click("main button.main")
    expect(page.locator("main [role=alert]")).to_contain_text("Nothing was saved")
    expect(page.locator("#fault-url")).to_contain_text("begins with http")

    page.click("nav >> text=Analysis")
    page.select_option("#period", "hour")
    page.click("main form button.main")
    expect(page).to_have_url(re.compile("period=hour"))
    expect(page.locator("main")).to_contain_text("digit")
    page.click("nav >> text=Models")
    expect(page.locator("main td", has_text="frames, ")).to_be_visible()
    page.click("nav >> text=Health")
    expect(page.locator("p.sum")).to_contain_text("Fetched")
    page.click("text=Log out")
    expect(page.locator("h1")).to_have_text("Log in")
    answer = page.goto("/health")
    assert answer is not None
    assert "/login" in page.url
    context.close()


def test_a_place_is_searched_and_a_box_is_drawn(admin: BrowserContext) -> None:
    page = admin.new_page()
    page.goto("/")
    page.type("#place", "osaka")
    suggested = page.locator("#places option").first  # once the list of places is made
    expect(suggested).to_have_attribute("value", "Osaka, Japan", timeout=60_000)
    page.press("#place", "Enter")
    expect(page.locator("#rows")).to_contain_text("Within 50 km of Osaka, Japan")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.goto("/")
    expect(page.locator("#map path.leaflet-interactive")).to_have_count(12)
    place = page.locator("#map").bounding_box()
    assert place is not None
    for is_armed in (True, False):  # by the button, then with Shift
        if is_armed:
            page.click("#draw")
        else:
            page.goto("/")
            expect(page.locator("#map path.leaflet-interactive")).to_have_count(12)
            page.keyboard.down("Shift")
        page.mouse.move(place["x"] + place["width"] / 2 - 200, place["y"] + 5)
        page.mouse.down()
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] - 5, steps=4)
        page.mouse.up()
        page.keyboard.up("Shift")
        expect(page.locator("#rows")).to_contain_text("In the box from")
        assert 0 < page.locator("#rows tbody tr").count() < 12
        assert page.input_value("#south") < page.input_value("#north")
    page.close()


def test_a_file_is_imported(admin: BrowserContext) -> None:
    page = admin.new_page()
    page.goto("/cameras/import")
    content = b"name,kind,is_active\nPhone,push,no\nQuay,tv,no\n"
    file = {"name": "cameras.csv", "mimeType": "text/csv", "buffer": content}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.click("text=See what it would do")
    expect(page.locator("table")).to_contain_text("line 3")
    page.click("text=Import 1 camera")
    expect(page.locator(".note")).to_contain_text("1 camera was added")
    page.goto("/?words=phone")
    page.click("#rows a >> text=Phone")
    remove(page)
    page.close()


def test_the_account_adds_up(admin: BrowserContext) -> None:
    page = admin.new_page()
    page.goto("/health")
    said = page.locator("p.sum").inner_text()
    fetched, analysed, dropped, flying = map(int, re.findall(r"\d+", said))
    assert fetched == analysed + dropped + flying > 0
    page.close()


def test_the_analysis_counts_what_was_analysed(
    admin: BrowserContext, screenshot: Callable[..., None]
) -> None:
    page = admin.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/")
    page.click("nav >> text=Analysis")
    page.select_option("#period", "hour")
    page.click("main form button.main")
    expect(page).to_have_url(re.compile("period=hour"))
    expect(page.locator("#chart .u-wrap")).to_be_visible()
    screenshot(page, "serve-analysis")
    rows = page.locator("table >> nth=0").locator("tbody td:nth-child(2)")
    counted = sum(int(text) for text in rows.all_inner_texts())
    page.click("summary >> text=The same as a table")
    steps = page.locator("#steps tr[data-at] td:last-child").all_inner_texts()
    assert sum(map(int, steps)) == counted > 0
    assert faults == []
    page.close()


def test_the_models_page_says_how_fast_it_is(
    admin: BrowserContext, screenshot: Callable[..., None]
) -> None:
    page = admin.new_page()
    page.goto("/models")
    expect(page.locator("main td", has_text="frames, ")).to_be_visible()
    minute = page.locator("main tr", has_text="In the last hour").locator("td").inner_text()
    assert int(minute.split()[0]) > 0
    screenshot(page, "serve-models")
    page.close()


def test_a_camera_is_refused_with_its_reason(admin: BrowserContext) -> None:
    page = admin.new_page()
    page.goto("/cameras/new")
    page.fill("#name", "mine")
    page.fill("#url", "http://127.0.0.1:8000/picture.jpg")
    page.click("text=Try it now")
    expect(page.locator("main [role=status]")).to_contain_text("127.0.0.1 is never fetched from")
    page.close()


def test_a_viewer_may_look_and_not_touch(
    admin: BrowserContext, browser: Browser, server: tuple[str, str], log_in: Callable[..., None]
) -> None:
    page = admin.new_page()
    page.goto("/users")
    page.fill("#name", "eve")
    page.fill("#password", "a long password")
    page.click("main button.main")
    expect(page.locator("td", has_text="eve").first).to_be_visible()
    page.close()
    context = browser.new_context(base_url=server[0])
    visitor = context.new_page()
    log_in(visitor, "eve", "a long password")
    expect(visitor.locator("text=Add a camera")).to_have_count(0)
    answer = visitor.goto("/cameras/new")
    assert answer is not None
    assert answer.status == 403
    context.close()


def test_a_rule_is_asked_only_for_what_its_kind_needs(admin: BrowserContext) -> None:
    page = admin.new_page()
    page.goto("/alerts/new")
    expect(page.locator("#label")).to_be_visible()
    page.select_option("#kind", "camera offline")
    expect(page.locator("#label")).to_be_hidden()
    expect(page.locator("#hint-raise_at")).to_contain_text("seconds; 300 if empty")
    page.fill("#name", "a camera is silent")
    page.fill("#raise_at", "5")
    page.click("main button.main")
    expect(page.locator("h1")).to_have_text("a camera is silent")
    page.goto("/cameras/new")
    page.select_option("#kind", "push")
    expect(page.locator("#url")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("the device sends each picture")
    page.close()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder of another small model of the demo's pictures, trained less."""
    from counterpoise.service.demo import pictures
    from counterpoise.service.exporting import run_counterpoise

    folder = tmp_path_factory.mktemp("second")
    train, _ = pictures(folder)
    run_counterpoise(
        "compare", str(train), "--methods", "baseline", "--seeds", "1", "--scratch",
        "--size", "16x16", "--rounds", "5", "--out", str(folder / "out"),
    )  # fmt: skip
    (run,) = (folder / "out").glob("runs/*/*/predictor")
    run_counterpoise("export", str(run.parent), "--out", str(folder / "second"))
    return folder / "second"


def test_a_candidate_is_shown_frames_promoted_and_rolled_back(
    admin: BrowserContext, second: Path, screenshot: Callable[..., None]
) -> None:
    page = admin.new_page()
    page.goto("/models")
    page.click("text=Add, compare, promote, roll back")
    page.fill("#folder", str(second))
    page.click("main button.main")
    expect(page.locator("h1")).to_have_text("second")
    page.click("text=Show it the running model's frames")
    expect(page.locator("main")).to_contain_text("Stop showing it frames")  # or it is not there yet
    for _ in range(120):
        page.reload()
        if "Where they differ most" in page.inner_text("main"):
            break
        time.sleep(0.5)
    expect(page.locator(".sum")).to_contain_text("frames it says what the running model says")
    expect(page.locator(".strip img").first).to_be_visible()
    screenshot(page, "serve-candidate")
    page.click("text=Promote: run it in place of digits")
    expect(page.locator(".sum")).to_have_text("It is the model that runs.")
    page.goto("/models")
    expect(page.locator("table >> nth=0")).to_contain_text("second")
    page.goto("/models/candidates")
    page.click("text=Roll back to digits")
    expect(page.locator("tbody >> nth=-1")).to_contain_text("rolled back from second")
    page.goto("/models")
    expect(page.locator("table >> nth=0")).to_contain_text("digits")
    page.close()


PAGES = (
    "/", "/list", "/cameras/1", "/cameras/8", "/cameras/9", "/cameras/new", "/cameras/1/edit",
    "/cameras/import", "/catalogues", "/analysis", "/analysis?camera=1&period=hour", "/models",
    "/models/candidates", "/models/candidates/1", "/models/drift",
    "/label", "/label/grid", "/label/disputes", "/label/files", "/label/training",
    "/health", "/alerts", "/alerts/new", "/alerts/1", "/tokens", "/users", "/audit", "/password",
)  # fmt: skip
LOOKS = [(width, scheme) for width in (1280, 400) for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_at_every_width_in_both_colours(
    admin: BrowserContext, browser: Browser, server: tuple[str, str], width: int, scheme: str,
    faults_of: Callable[[Page], list[str]],
) -> None:  # fmt: skip
    """Axe finds nothing serious, nothing overflows, no link is dead, and no script complains."""
    for state, pages in ((admin.storage_state(), PAGES), (None, ("/login", "/cameras/1"))):
        context = browser.new_context(
            base_url=server[0], viewport={"width": width, "height": 900}, storage_state=state,
            color_scheme="dark" if scheme == "dark" else "light",
        )  # fmt: skip
        found, links = _looked_at(context, pages, faults_of)
        if state and (width, scheme) == LOOKS[0]:
            found += _dead(context, links)
        context.close()
        assert found == []


def _looked_at(
    context: BrowserContext, pages: tuple[str, ...], faults_of: Callable[[Page], list[str]]
) -> tuple[list[str], set[str]]:
    """What is wrong with pages, and where they link to."""
    found: list[str] = []
    links: set[str] = set()
    page = context.new_page()
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    for path in pages:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        if page.locator("#map, #chart:not([hidden])").count():
            expect(page.locator("#map path.leaflet-interactive, .u-wrap").first).to_be_visible()
        found += faults_of(page)
        links |= set(page.evaluate("[...document.links].map(a => a.getAttribute('href'))"))
    return found, links


def _dead(context: BrowserContext, links: set[str]) -> list[str]:
    own = sorted(link for link in links if link.startswith("/"))
    assert {"/cameras/import/example.csv", "/analysis?camera=1&zone=Europe/Lisbon"} <= set(own)
    return [link for link in own if context.request.get(link).status != 200]
