"""Label, retrain, promote and roll back as a person does, in a real browser.

COUNTERPOISE_SCREENSHOTS names a folder for pictures of the pages.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("playwright", reason="needs playwright")

from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from counterpoise.service.labelling.recipe import COMPARED as METHODS

pytestmark = [pytest.mark.browser, pytest.mark.system]
# what both say of the same frames, or of labelled ones where tests before left some
COMPARED = re.compile(r"frames it says what the running model says|On \d+ labelled frames")
TRAINED = 240_000  # milliseconds for a training of two rounds, on a machine that does other work
SEVERAL = 600_000  # for eight trainings of one round
# of the second kind where no label judges, of the first where some do
KEPT = re.compile(
    r"Of (\d+) methods (?:the comparison kept )?(\S+?)(?:\.| was the best on the labels)"
)
LOOKS = [(width, scheme) for width in (1280, 400) for scheme in ("light", "dark")]


@pytest.fixture
def queue(admin: BrowserContext) -> list[dict]:
    """Frames that wait to be labelled, once there are some."""
    for _ in range(240):
        found = admin.request.get("/api/labels/queue").json()
        if len(found) >= 8:
            return found
        time.sleep(0.5)
    raise AssertionError("no frame was put into the queue")


@pytest.fixture
def csrf(admin: BrowserContext) -> str:
    """What the forms of the admin's pages hold."""
    match = re.search(r'name="csrf" value="([^"]+)"', admin.request.get("/tokens").text())
    assert match is not None
    return match[1]


@pytest.fixture
def say(admin: BrowserContext, csrf: str) -> Callable[[int, str], str]:
    """Label a frame as the admin; the state that it is in then."""

    def said(frame: int, what: str) -> str:
        answer = admin.request.put(
            f"/api/labels/{frame}", data={"say": what}, headers={"X-CSRF-Token": csrf}
        )
        assert answer.ok, answer.text()
        return answer.json()["state"]

    return said


@pytest.fixture(scope="module")
def second_person(
    admin: BrowserContext, browser: Browser, server: tuple[str, str], log_in: Callable[..., None]
) -> BrowserContext:
    """Eve, who labels."""
    page = admin.new_page()
    page.goto("/users")
    page.fill("#name", "eve")
    page.fill("#password", "a long password")
    page.select_option("#role", "labeller")
    page.click("main button.main")
    expect(page.locator("td", has_text="eve").first).to_be_visible()
    page.close()
    context = browser.new_context(base_url=server[0], bypass_csp=True)
    log_in(context.new_page(), "eve", "a long password")
    return context


def opened(
    context: BrowserContext, path: str, pattern: str = "", answer: Callable[[Route], object] = id
) -> tuple[Page, list[str]]:
    """A page, and what its scripts complain of; where there is a pattern, requests are answered."""
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    if pattern:
        page.route(pattern, answer)
    page.goto(path)
    return page, faults


def holding() -> tuple[list[Route], Callable[[Route], None]]:
    """Requests that wait to be answered, and what has them wait."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    return held, hold


def label_all(admin: BrowserContext, queue: list[dict], csrf: str) -> None:
    """Settle what waits as what the model says, but for the random tenth, which trains nothing."""
    for one in queue:
        if one["reason"] != "random":
            form = {"csrf": csrf, "say": f"class:{one['predicted']}"}
            assert admin.request.post(f"/label/{one['result']}/decide", form=form).ok


def frame_of(page: Page) -> str:
    return page.locator(".labelling").get_attribute("data-frame") or ""


def test_keys_label_and_take_back(admin: BrowserContext, queue: list[dict]) -> None:
    page, faults = opened(admin, "/label")
    place, mine, status = (page.locator(name) for name in (".labelling", "#mine", "#status"))
    before = int(mine.inner_text())
    first = frame_of(page)
    expect(place).to_have_attribute("data-ahead", re.compile(r"^[1-9]"))  # or the page is loaded
    page.keyboard.press("4")
    expect(place).not_to_have_attribute("data-frame", first)
    expect(status).to_have_text("digit 3.")
    expect(mine).to_have_text(str(before + 1))
    expect(page.locator(".labelling img")).to_have_js_property("complete", True)

    page.keyboard.press("u")
    expect(place).to_have_attribute("data-frame", first)
    expect(status).to_have_text("Taken back.")
    expect(mine).to_have_text(str(before))

    said = {}
    for number, (key, words) in enumerate(
        [("n", "not any of these"), ("b", "bad picture"), ("5", "digit 4")], 1
    ):
        frame = frame_of(page)
        page.keyboard.press(key)
        expect(place).not_to_have_attribute("data-frame", frame)
        expect(status).to_have_text(f"{words}.")
        expect(mine).to_have_text(str(before + number))
        said[frame] = {"not any of these": "none of the classes"}.get(words, words)
    frame = frame_of(page)
    page.keyboard.press("Control+4")  # is the browser's, and no label
    page.keyboard.press("s")
    expect(place).not_to_have_attribute("data-frame", frame)
    expect(mine).to_have_text(str(before + 3))
    page.get_by_role("button", name="digit 7").focus()
    frame = frame_of(page)
    page.keyboard.press("Enter")
    expect(place).not_to_have_attribute("data-frame", frame)
    expect(mine).to_have_text(str(before + 4))
    said[frame] = "digit 7"
    page.goto("/audit")
    for frame, words in said.items():
        expect(page.locator("main")).to_contain_text(f"{frame}: {words}")
    assert faults == []
    page.close()


def test_a_label_that_does_not_arrive_comes_back(admin: BrowserContext, queue: list[dict]) -> None:
    # The route is there before the page: of one that is open, a key may come before the route does.
    is_down = True
    page, faults = opened(
        admin, "/label", "**/said.json",
        lambda route: route.fulfill(status=503, body="{}") if is_down else route.continue_(),
    )  # fmt: skip
    frame, mine = frame_of(page), page.locator("#mine").inner_text()
    expect(page.locator(".labelling")).to_have_attribute("data-ahead", re.compile(r"^[1-9]"))
    page.keyboard.press("1")
    expect(page.locator("#status")).to_contain_text("Not kept: status 503")
    expect(page.locator(".labelling")).to_have_attribute("data-frame", frame)
    expect(page.locator("#mine")).to_have_text(mine)
    is_down = False
    page.keyboard.press("1")
    expect(page.locator(".labelling")).not_to_have_attribute("data-frame", frame)
    expect(page.locator("#mine")).to_have_text(str(int(mine) + 1))
    assert faults == []
    page.close()


def test_what_is_taken_back_is_the_label_that_is_on_its_way(
    admin: BrowserContext, queue: list[dict]
) -> None:
    """Else the one before it is, where that request overtakes the label's."""
    held, hold = holding()
    page, faults = opened(admin, "/label", "**/said.json", hold)
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    frame, mine = frame_of(page), page.locator("#mine").inner_text()
    expect(page.locator(".labelling")).to_have_attribute("data-ahead", re.compile(r"^[1-9]"))
    page.keyboard.press("1")
    expect(page.locator("#status")).to_have_text("digit 0.")
    page.keyboard.press("u")
    page.wait_for_timeout(100)
    assert "undo.json" not in asked
    (label,) = held
    label.continue_()
    expect(page.locator("#status")).to_have_text("Taken back.")
    expect(page.locator(".labelling")).to_have_attribute("data-frame", frame)
    expect(page.locator("#mine")).to_have_text(mine)

    page.keyboard.press("2")
    expect(page.locator(".labelling")).not_to_have_attribute("data-frame", frame)
    page.keyboard.press("u")
    page.wait_for_timeout(100)
    held[1].fulfill(status=503, body="{}")
    expect(page.locator("#status")).to_have_text("Not kept: status 503.")
    expect(page.locator(".labelling")).to_have_attribute("data-frame", frame)
    page.wait_for_timeout(100)
    assert asked.count("undo.json") == 1, "what did not arrive is not taken back"
    assert faults == []
    page.close()


def test_the_last_frame_is_labelled_once_and_the_page_stays_until_all_is_kept(
    admin: BrowserContext, queue: list[dict]
) -> None:
    held, hold = holding()
    page = admin.new_page()
    page.route("**/said.json", hold)
    told = admin.request.get("/label/next.json").json()
    page.route("**/label/next.json", lambda route: route.fulfill(json=told[1:2]))
    first, last = (one["result"] for one in told[:2])
    page.goto(f"/label?frame={first}")
    expect(page.locator(".labelling")).to_have_attribute("data-ahead", "1")
    page.keyboard.press("1")
    expect(page.locator(".labelling")).to_have_attribute("data-frame", str(last))
    page.keyboard.press("s")
    page.keyboard.press("s")  # there is no frame any more
    page.wait_for_timeout(100)
    assert [route.request.url.split("/")[-2] for route in held] == [str(first), str(last)]
    held[1].continue_()
    page.wait_for_timeout(300)
    held[0].fulfill(status=503, body="{}")
    expect(page.locator("#status")).to_have_text("Not kept: status 503.")
    expect(page.locator(".labelling")).to_have_attribute("data-frame", str(first))
    page.close()


def test_a_grid_is_labelled_but_for_what_is_marked(
    admin: BrowserContext, queue: list[dict]
) -> None:
    page, faults = opened(admin, "/label/grid")
    shown = page.locator("ul.grid li").count()
    assert 1 < shown <= 24
    label = page.input_value("#label")
    marked = page.locator("ul.grid input").first
    name = marked.get_attribute("name") or ""
    marked.focus()
    page.keyboard.press("Space")
    expect(marked).to_be_checked()
    page.click(f"text=All that are not marked are {label}")
    number = shown - 1
    words = f"{number} {'frame was' if number == 1 else 'frames were'} labelled."
    expect(page.locator("main [role=status]")).to_have_text(words)
    assert page.input_value("#label") == label
    page.check(f"input[name={name}]")
    page.select_option("#say", "bad")
    page.click("text=Label the marked ones")
    expect(page.locator("main [role=status]")).to_have_text("1 frame was labelled.")
    expect(page.locator(f"input[name={name}]")).to_have_count(0)
    assert faults == []
    page.close()


def test_two_who_differ_are_shown_and_an_admin_decides(
    admin: BrowserContext, second_person: BrowserContext, queue: list[dict],
    say: Callable[[int, str], str],
) -> None:  # fmt: skip
    frame = queue[0]["result"]
    say(frame, "class:digit 1")
    theirs, _ = opened(second_person, f"/label?frame={frame}")
    theirs.keyboard.press("3")
    expect(theirs.locator(".labelling")).not_to_have_attribute("data-frame", str(frame))
    expect(theirs.locator("#mine")).to_have_text("1")
    theirs.goto("/label/disputes")
    expect(theirs.locator("main")).to_contain_text("admin: digit 1, eve: digit 2")
    expect(theirs.get_by_role("button", name="Decide")).to_have_count(0)
    theirs.close()
    page, faults = opened(admin, "/label/disputes")
    expect(page.locator("main")).to_contain_text("disputed")
    expect(page.locator("main")).to_contain_text("admin and eve")
    link = page.locator(f"a[href='/label?frame={frame}']")
    disputed = page.locator("ul.grid li", has=link)
    disputed.locator("select").select_option("class:digit 2")
    disputed.get_by_role("button", name="Decide").click()
    expect(link).to_have_count(0)
    assert faults == []
    page.close()


def test_a_file_of_labels_says_what_is_wrong_with_each_row(
    admin: BrowserContext, queue: list[dict]
) -> None:
    page, faults = opened(admin, "/label/files")
    rows = (
        f"frame,label\n{queue[-1]['result']},digit 5\n99999999,digit 5\n{queue[-2]['result']},cat\n"
    )
    file = {"name": "labels.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.click("text=See what it would do")
    expect(page.locator("main table")).to_contain_text("line 3")
    expect(page.locator("main table")).to_contain_text("line 4")
    page.click("text=Import 1 label")
    expect(page.locator("main")).to_contain_text("1 frame was labelled in your name")
    with page.expect_download() as saved:
        page.click("a[href='/label/export.zip']")
    assert Path(saved.value.path()).read_bytes()[:2] == b"PK"
    assert faults == []
    page.close()


def test_a_model_is_retrained_shown_frames_promoted_and_rolled_back(
    admin: BrowserContext, queue: list[dict], csrf: str
) -> None:
    label_all(admin, queue, csrf)
    page, faults = opened(admin, "/label/training")
    page.fill("#rounds", "x")
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.locator("main [role=alert]")).to_contain_text("Nothing was begun")
    page.fill("#rounds", "2")
    page.get_by_role("button", name="Begin", exact=True).click()
    newest = page.locator("main tbody tr").first
    expect(newest).to_contain_text("running")
    expect(page.get_by_role("button", name="Stop retraining")).to_be_visible()
    expect(newest).to_contain_text("done", timeout=TRAINED)
    number = newest.locator("th").inner_text()
    newest.get_by_text("Compare it with the running model").click()
    page.click(f"main table a >> text=retraining {number}")
    expect(page.locator("h1")).to_have_text(f"retraining {number}")
    page.click("text=Show it the running model's frames")
    expect(page.locator("main")).to_contain_text("Stop showing it frames")
    for _ in range(360):  # a candidate sees frames when the machine has time
        page.reload()
        if COMPARED.search(page.inner_text("main")):
            break
        time.sleep(0.5)
    expect(page.locator(".sum")).to_contain_text(COMPARED)
    page.click("text=Promote: run it in place of digits")
    expect(page.locator(".sum")).to_have_text("It is the model that runs.")
    page.goto("/models/candidates")
    page.click("text=Roll back to digits")
    expect(page.locator("tbody >> nth=-1")).to_contain_text(f"rolled back from retraining {number}")
    page.goto("/models")
    expect(page.locator("table >> nth=0")).to_contain_text("digits")
    assert faults == []
    page.close()


def test_several_methods_are_compared_and_the_advised_one_is_a_candidate(
    admin: BrowserContext, queue: list[dict], csrf: str
) -> None:
    label_all(admin, queue, csrf)
    page, faults = opened(admin, "/label/training")
    before = page.locator("main tbody tr").count()
    page.select_option("#method", "compare")
    page.fill("#rounds", "1")
    page.get_by_role("button", name="Begin", exact=True).click()
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(before + 1)
    newest = rows.first
    expect(newest).to_contain_text("compare")
    expect(newest).to_contain_text("running")
    log = page.get_by_role("region", name="Output of the newest retraining")
    expect(log).to_contain_text("oversampling", timeout=SEVERAL)  # it says what it does as it goes
    expect(newest).to_contain_text("done", timeout=SEVERAL)
    told = KEPT.search(newest.inner_text())
    assert told is not None, newest.inner_text()
    assert int(told[1]) > 1
    assert told[2] in (*METHODS, "tlc")
    number = newest.locator("th").inner_text()
    newest.get_by_text("Compare it with the running model").click()
    page.click(f"main table a >> text=retraining {number}")
    expect(page.locator("h1")).to_have_text(f"retraining {number}")
    expect(page.get_by_role("button", name="Promote: run it in place of digits")).to_be_visible()
    page.goto("/models")
    expect(page.locator("table >> nth=0")).to_contain_text("digits")
    assert faults == []
    page.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_with_labels_on_them_at_every_width_in_both_colours(
    admin: BrowserContext, browser: Browser, server: tuple[str, str], width: int, scheme: str,
    queue: list[dict], say: Callable[[int, str], str], second_person: BrowserContext,
    faults_of: Callable[[Page], list[str]], screenshot: Callable[..., None],
) -> None:  # fmt: skip
    """Axe finds nothing serious, nothing overflows, and no script complains."""
    frame = queue[0]["result"]
    say(frame, "class:digit 1")
    page, _ = opened(second_person, f"/label?frame={frame}")
    page.keyboard.press("3")
    expect(page.locator(".labelling")).not_to_have_attribute("data-frame", str(frame))
    page.goto("/label/disputes")
    expect(page.locator("main")).to_contain_text("admin: digit 1")
    page.close()
    context = browser.new_context(
        base_url=server[0], viewport={"width": width, "height": 900},
        storage_state=admin.storage_state(), bypass_csp=True,
        color_scheme="dark" if scheme == "dark" else "light",
    )  # fmt: skip
    found: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    for name, path in {
        "label": "/label", "grid": "/label/grid", "disputes": "/label/disputes",
        "files": "/label/files", "training": "/label/training", "drift": "/models/drift",
    }.items():  # fmt: skip
        page.goto(path)
        if name == "label":
            page.click("summary")
            expect(page.locator("#why")).to_be_visible()
        if name == "grid":
            page.locator("ul.grid input").first.check()
        found += faults_of(page)
        screenshot(page, f"loop-{name}-{width}-{scheme}")
    context.close()
    assert found == []
