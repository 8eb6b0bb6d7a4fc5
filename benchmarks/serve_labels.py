"""How soon the pages of labelling answer among a million frames, and the next frame after a key.

One in ten of the frames is labelled already, one in a hundred by two people. A person labels one
frame every tenth of a second, seventy times as fast as is aimed at, so that the queue is filled
again meanwhile. Where playwright and a Chromium are there, a browser presses keys.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import Output, common, parser, run
from PIL import Image
from serve_answers import Server, at_most, serving

BAR = 100.0  # ms, the 99th percentile
PAUSE = 0.1  # seconds between two labels
PICTURES = 400  # files, each of which is the picture of many frames
PASSWORD = "a long password"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
OTHERS = ("/label/grid", "/label/disputes", "/label/files", "/label/training")

FILLED = """
import sys, time
from pathlib import Path
import numpy as np
from sqlalchemy import insert, select, text
from counterpoise.service.access.passwords import hashed
from counterpoise.service.database import people, tokens
from counterpoise.service.database.tables import Camera, User
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, model, number, pictures, size, password = sys.argv[1:]
number, pictures, cameras = int(number), int(pictures), 1000
begin = int(time.time() - 30 * 86400) * 1_000_000
every = 30 * 86400 * 1_000_000 // number  # microseconds between two results of all cameras

RESULTS = f'''
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {number - 1}),
chosen AS (SELECT i, abs(random()) % 1000 AS k FROM n)
INSERT INTO results
  (camera_id, model_id, at, recorded, label, probability, scores, picture, width, height, size)
SELECT abs(random()) % {cameras} + 1, :model, {begin} + i * {every}, 0, label, probability, scores,
  '1/2026-01-01/00/' || (i * 7919 % {pictures}) || '.jpg', 640, 480, {size}
FROM chosen JOIN said ON said.k = chosen.k
'''
FRAMES = '''
INSERT INTO label_frames (result_id, camera_id, predicted, reason, why, is_random, needed, rank,
  queued, state, verdict, label, settled, num_labels, used, outline)
SELECT id, camera_id, label, 'uncertainty', 'unsure: one 0.40, another 0.35', id % 100 = 0,
  CASE WHEN id % 100 = 10 THEN 2 ELSE 1 END, abs(random()) / 9.3e18, at, 'settled', 'class',
  CASE WHEN abs(random()) % 10 THEN label ELSE :one END, at,
  CASE WHEN id % 100 = 10 THEN 2 ELSE 1 END, NULL, randomblob(256)
FROM results WHERE id % 10 = 0
'''
GIVEN = '''
INSERT INTO labels (result_id, who, verdict, label, at, is_final)
SELECT result_id, who, CASE WHEN result_id % 200 = 0 THEN 'skipped' ELSE 'class' END, label,
  queued, 0
FROM label_frames JOIN (SELECT 'b' AS who, 0 AS n UNION SELECT 'ann', 1) AS two
WHERE num_labels = 2 OR n = result_id / 10 % 2
'''
DISPUTED = '''
UPDATE label_frames SET state = 'disputed', verdict = '', label = '', settled = NULL
WHERE num_labels = 2 AND result_id % 3000 = 10
'''

def fill(system):
    classes = system.model.classes
    draw = np.random.default_rng(0)
    rows = []
    for k in range(1000):
        shares = draw.dirichlet(np.full(len(classes), 0.2)).astype("<f4")
        best = int(shares.argmax())
        rows.append({"k": k, "label": classes[best], "probability": float(shares[best]),
                     "scores": shares.tobytes()})
    with system.engine.begin() as connection:
        for setting in ("cache_size=-500000", "temp_store=MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {setting}")
        connection.execute(insert(Camera), [
            {"id": n + 1, "name": f"camera {n}", "kind": "snapshot", "url": "", "interval": 4,
             "is_active": False, "timezone": "Europe/Berlin"}
            for n in range(cameras)
        ])
        connection.exec_driver_sql("CREATE TEMP TABLE said (k INTEGER PRIMARY KEY, label, "
                                   "probability, scores)")
        connection.execute(text("INSERT INTO said VALUES (:k, :label, :probability, :scores)"),
                           rows)
        model = connection.scalar(text("SELECT id FROM models"))
        connection.execute(text(RESULTS), {"model": model})
        connection.execute(text(FRAMES), {"one": classes[0]})
        connection.execute(text(GIVEN))
        connection.execute(text(DISPUTED))
        connection.exec_driver_sql("DROP TABLE said")
        people.add_user(connection, "b", hashed(password), "operator", 0, "b")
        user = connection.scalar(select(User.id))
        print(tokens.add_token(connection, user, "b", "operator", 0, "b"), flush=True)
        connection.exec_driver_sql("PRAGMA cache_size=-2000")  # as it is elsewhere

say = lambda line: print(line, flush=True)
serve(Settings(folder=Path(folder), port=0), Path(model), say, prepare=fill)
"""

# Tells how long it is from a key until the next frame's picture is decoded and drawn.
WATCH = """
addEventListener("keydown", (event) => {
  const place = document.querySelector(".labelling");
  const before = place.dataset.frame;
  const look = async () => {
    if (place.dataset.frame === before) { requestAnimationFrame(look); return; }
    await place.querySelector("img").decode();
    requestAnimationFrame(() => waited(performance.now() - event.timeStamp));
  };
  requestAnimationFrame(look);
}, true);
"""


def images(folder: Path, number: int) -> int:
    """JPEGs of 640x480 of digits in class folders; the mean of their sizes."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    for n in range(number):
        grey = (255 - 255 / 16 * pixels[n].reshape(8, 8)).astype(np.uint8)
        into = folder / f"digit {labels[n]}"
        into.mkdir(parents=True, exist_ok=True)
        large = Image.fromarray(grey).resize((640, 480), Image.Resampling.BICUBIC)
        large.save(into / f"{n}.jpg", quality=90)
    sizes = [file.stat().st_size for file in folder.rglob("*.jpg")]
    return sum(sizes) // number


def exported(folder: Path, pictures: Path, model: str) -> Path:
    """A network after one update, exported with its features."""
    words = (
        "compare", str(pictures), "--methods", "baseline", "--seeds", "1", "--scratch",
        "--model", model, "--size", "32x32", "--rounds", "1", "--out", str(folder / "out"),
        "--set", "train.updates_per_round=1",
    )  # fmt: skip
    _counterpoise(*words)
    run_folder = next((folder / "out").glob("runs/*/*/predictor")).parent
    _counterpoise("export", str(run_folder), "--out", str(folder / "model"), "--features")
    return folder / "model"


def _counterpoise(*words: str) -> None:
    command = [sys.executable, "-m", "counterpoise.cli", *words]
    subprocess.run(command, check=True, capture_output=True)


def labelled(server: Server, classes: list[str], times: int) -> dict[str, list[float]]:
    """Milliseconds of each request of a person who labels so many frames."""
    found: dict[str, list[float]] = {}

    def ask(name: str, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
        took, content = server.ask(path, method, body)
        found.setdefault(name, []).append(took)
        return content

    for n in range(times):
        ask("page", "/label")
        ahead = json.loads(ask("next", "/label/next.json"))
        assert ahead, "nothing waits to be labelled"
        ask("picture", ahead[0]["picture"])
        said = json.dumps({"say": f"class:{classes[n % len(classes)]}"}).encode()
        ask("label", f"/api/labels/{ahead[0]['result']}", "PUT", said)
        if n % 5 == 0:
            for path in OTHERS:
                ask(path, path)
        time.sleep(PAUSE)
    return found


def pressed(output: Output, address: str, times: int) -> None:
    """Milliseconds from a key to the next frame on the screen, in a browser."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        output.say("no key is pressed: that needs playwright, and a Chromium")
        return
    waits: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(base_url=address)
        page.goto("/login")
        page.fill("#name", "b")
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_selector("#map")
        page.expose_function("waited", lambda wait: waits.append(wait))
        page.add_init_script(WATCH)
        with page.expect_response("**/next.json"):
            page.goto("/label")
        page.wait_for_timeout(1000)
        for n in range(times):
            page.keyboard.press("1")
            for _ in range(1000):
                page.wait_for_timeout(1000 * PAUSE)
                if len(waits) > n:
                    break
            assert len(waits) == n + 1, "a key showed no other frame"
        browser.close()
    at_most(output, "from a key to the next frame in a browser, 99th percentile, ms",
            np.array(waits), BAR)  # fmt: skip


def main() -> None:
    """Pages, then what the page's script asks, then keys."""
    reader = parser(__doc__ or "")
    reader.add_argument("--keep", type=Path, help="folder in which what is made stays")
    given = reader.parse_args()
    output = Output(common(given))
    quick = output.options.quick
    number, times, keys = (5_000, 20, 10) if quick else (1_000_000, 600, 300)
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep or Path(name)
        size = images(folder / "images", PICTURES)
        model = exported(folder, folder / "images", "small-cnn" if quick else "densenet121")
        kept = folder / "server" / "pictures" / "1" / "2026-01-01" / "00"
        kept.mkdir(parents=True)
        for file in (folder / "images").rglob("*.jpg"):
            os.link(file, kept / file.name)
        words = (str(folder / "server"), str(model), str(number), str(PICTURES), str(size))
        with serving(FILLED, *words, PASSWORD) as server:
            _, content = server.ask("/api/labels/queue")
            while not json.loads(content):  # it is filled for the first time
                time.sleep(0.2)
                _, content = server.ask("/api/labels/queue")
            classes = sorted(path.name for path in (folder / "images").iterdir())
            found = labelled(server, classes, times)
            for what, each in found.items():
                output.say(
                    f"{what}: median {np.median(each):.1f} ms, 99th percentile "
                    f"{np.quantile(each, 0.99):.1f}, largest {max(each):.1f}, n={len(each)}"
                )
            script = np.concatenate([found[name] for name in ("next", "picture", "label")])
            rest = np.concatenate([found[name] for name in OTHERS])
            of = f"among {number} frames over HTTP, 99th percentile, ms"
            at_most(output, f"the label page {of}", np.array(found["page"]), BAR)
            at_most(output, f"what its script asks {of}", script, BAR)
            at_most(output, f"the other pages of labelling {of}", rest, BAR)
            pressed(output, server.address, keys)


if __name__ == "__main__":
    run(main)
