"""report.html stands alone, escapes what users named, and its figures are whole."""

import base64
import io
import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from counterpoise.report import collect

Make = Callable[..., Path]
FIGURES = {
    "class-counts.png",
    "recall.png",
    "confusion.png",
    "roc.png",
    "precision-recall.png",
    "training.png",
}


class Tags(HTMLParser):
    """Collects tags with their attributes and checks that they close in order."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser


def test_writes_everything(make: Make) -> None:
    out = make()
    page = collect(out).write(out)
    assert page == out / "report.html"
    assert {p.name for p in out.glob("*.png")} == FIGURES
    assert not list(out.glob(".*"))
    html = page.read_text()
    images = [attrs for tag, attrs in tags(html).found if tag == "img"]
    assert len(images) == len(FIGURES)
    for attrs in images:
        assert attrs["alt"]
        kind, _, data = str(attrs["src"]).partition(",")
        assert kind == "data:image/png;base64"
        Image.open(io.BytesIO(base64.b64decode(data))).verify()


def test_loads_nothing_from_elsewhere(make: Make) -> None:
    out = make()
    html = collect(out).write(out).read_text()
    for tag, attrs in tags(html).found:
        assert tag not in ("link", "iframe", "object"), tag
        for key in ("src", "href", "srcset", "data"):
            assert (attrs.get(key) or "data:").startswith("data:"), (tag, key)
    assert not re.search(r"url\(|@import|https?://", html)


def test_says_what_its_columns_mean(make: Make) -> None:
    out = make()
    html = collect(out).write(out).read_text()
    assert "<dt>G-mean</dt><dd>geometric mean of the classes&#39; recalls" in html
    assert "<dt>Macro F1</dt><dd>mean over classes of F1, the harmonic mean" in html


def test_strings_of_users_are_escaped(make: Make) -> None:
    evil = "<script>alert(1)</script>"
    classes = [evil, "a & b $x_", "日本 ☃" * 9]
    settings = {
        "classes": classes,
        "dataset": evil,
        "notes": [evil],
        "environment": {"processor": evil},
    }
    methods = {"baseline": {"notes": [evil]}, "x": {"status": "failed", "error": evil}}
    out = make(methods=methods, experiment=settings)
    report = collect(out)
    html = report.write(out).read_text()
    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html
    assert [tag for tag, _ in tags(html).found].count("script") == 1
    assert evil not in report._repr_html_()


def test_commands_of_advice_and_warnings_are_code(make: Make) -> None:
    out = make(experiment={"notes": ["`counterpoise compare <x> --race` finishes them"]})
    report = collect(out)
    text = report.write(out).read_text("utf-8")
    assert "<li><code>counterpoise compare &lt;x&gt; --race</code> finishes them</li>" in text
    assert "Next: <code>counterpoise " in text
    assert "<p>Next: `" not in text


def test_the_operating_curve_fits_a_narrow_page(make: Make) -> None:
    costs = {"cost": {"minority": 10.0}, "select": "expected_cost"}
    out = make(methods=["baseline", "good"], experiment=costs)
    text = collect(out).write(out).read_text("utf-8")
    (figure,) = re.findall(r'<div class="image narrow"><img[^>]* alt="([^"]*)"', text)
    assert "cost" in figure
    assert ".image.narrow img { width: 100%; min-width: 0; }" in text


def test_reason_of_a_failure_is_in_the_table(make: Make) -> None:
    methods = {"baseline": {}, "weighted": {"status": "failed", "error": "no memory left"}}
    fragment = collect(make(methods=methods))._repr_html_()
    assert "no memory left" in fragment
    assert ">failed<" in fragment


@pytest.mark.parametrize("num_classes", [2, 40])
def test_many_classes_and_methods(make: Make, num_classes: int) -> None:
    methods = [f"method-{i}" for i in range(11)]
    counts = [200 - 4 * k for k in range(num_classes)]
    out = make(methods=methods, counts=counts, per_class=4, splits=["seed-0"])
    assert collect(out).write(out).is_file()
    assert {p.name for p in out.glob("*.png")} == FIGURES


def test_without_scores_or_history_the_curves_are_left_out(make: Make) -> None:
    out = make(methods={"baseline": {"no_outputs": True}}, rounds=0)
    collect(out).write(out)
    assert {p.name for p in out.glob("*.png")} == {
        "class-counts.png",
        "recall.png",
        "confusion.png",
    }


def test_nothing_finished_still_has_a_page(make: Make) -> None:
    out = make(methods={"baseline": {"status": "diverged", "error": "inf"}})
    assert "No method finished" in collect(out).write(out).read_text()
    assert {p.name for p in out.glob("*.png")} == {"class-counts.png"}


def test_pyplot_and_the_settings_of_the_caller_stay_untouched(make: Make) -> None:
    import matplotlib

    def settings() -> dict[str, object]:
        # reading "backend" itself would load pyplot
        return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}

    out = make()
    before, loaded = settings(), "matplotlib.pyplot" in sys.modules
    collect(out).write(out)
    assert settings() == before
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_names_that_are_no_utf8_are_written_and_drawn_escaped(make: Make) -> None:
    out = make()
    path = out / "experiment.json"
    strange = {"classes": ["caf\udce9", "half \ud83d", "plain"], "dataset": "d\udcff"}
    path.write_text(json.dumps(json.loads(path.read_text()) | strange))
    report = collect(out)
    html = report.write(out).read_bytes().decode("utf-8")
    assert "d\\xff" in html
    assert {p.name for p in out.glob("*.png")} == FIGURES
    written = json.loads((out / "report.json").read_bytes().decode("utf-8"))
    assert written["classes"] == ["caf\\xe9", "half \\ud83d", "plain"]
    json.dumps(written, ensure_ascii=False).encode("utf-8")


def test_trainings_that_were_too_brief_have_no_best_method(make: Make) -> None:
    methods = {"baseline": {"converged": False}, "weighted": {"skill": 4.0}}
    out = make(methods=methods)
    report = collect(out)
    html = report.write(out).read_text()
    assert report.verdict not in html
    assert "which is no ranking" in html
    assert ">best</span>" not in html
    assert ">best</span>" in collect(make()).write(out).read_text()
