"""report.html stands alone, escapes what users named, and its figures are whole."""

import base64
import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from counterpoise.report import collect

Make = Callable[..., Path]
FIGURES = {"class-counts", "recall", "roc", "precision-recall", "training"}


class Tags(HTMLParser):
    """Collects tags with their attributes and checks that they close in order."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser


def figures(html: str) -> set[str]:
    """Names of those that were drawn."""
    sections = re.findall(r'<section id="([\w-]+)">(.*?)</section>', html, re.DOTALL)
    return {name for name, inner in sections if 'class="panel"' in inner}


def test_writes_everything(make: Make) -> None:
    out = make()
    page = collect(out).write(out)
    assert page == out / "report.html"
    assert {p.name for p in out.iterdir() if p.is_file()} == {
        "experiment.json", "report.html", "report.json", "predictions.csv",
    }  # fmt: skip
    html = page.read_text()
    assert figures(html) == FIGURES
    panels = [attrs for tag, attrs in tags(html).found if attrs.get("class") == "panel"]
    assert len(panels) == 13  # rarest, counts, recall, 2 ROC, 2 PR, 2 training, 2 for each method
    assert all(attrs["aria-label"] for attrs in panels)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)
    assert "nan" not in re.sub(r"<script.*?</script>", "", html.lower(), flags=re.DOTALL)


def test_loads_nothing_from_elsewhere(make: Make) -> None:
    out = make()
    html = collect(out).write(out).read_text()
    for tag, attrs in tags(html).found:
        assert tag not in ("link", "iframe", "object"), tag
        for key in ("src", "srcset", "data"):
            assert (attrs.get(key) or "data:").startswith("data:"), (tag, key)
        href = attrs.get("href") or "#"
        assert href.startswith(("#", "data:", "runs/")) or href in ("predictions.csv",), href
        assert href.startswith(("#", "data:")) or (out / href).exists(), href
        assert not href.startswith("#") or href == "#" or f'id="{href[1:]}"' in html, href
    assert not re.search(r"url\(|@import|https?://", html)


def test_the_table_and_all_numbers_can_be_saved_without_a_script(make: Make) -> None:
    out = make(methods=["baseline", "=cmd"])
    html = collect(out).write(out).read_text()
    saved = {
        attrs["download"]: base64.b64decode(str(attrs["href"]).partition(",")[2])
        for tag, attrs in tags(html).found
        if "download" in attrs
    }
    assert json.loads(saved["report.json"]) == json.loads((out / "report.json").read_text())
    rows = list(csv.DictReader(io.StringIO(saved["results.csv"].decode())))
    assert {row["method"] for row in rows} == {"baseline", "'=cmd"}


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
    (section,) = re.findall(r'<section id="operating-curve">.*?</section>', text, re.DOTALL)
    (label,) = re.findall(r'role="img" aria-label="([^"]*)"', section)
    assert "cost" in label
    assert 'class="wide"' not in section
    assert "svg.panel { display: block; max-width: 100%; height: auto;" in text


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
    assert figures(collect(out).write(out).read_text()) == FIGURES


def test_without_scores_or_history_the_curves_are_left_out(make: Make) -> None:
    out = make(methods={"baseline": {"no_outputs": True}}, rounds=0)
    assert figures(collect(out).write(out).read_text()) == {"class-counts", "recall"}


def test_nothing_finished_still_has_a_page(make: Make) -> None:
    out = make(methods={"baseline": {"status": "diverged", "error": "inf"}})
    html = collect(out).write(out).read_text()
    assert "No method finished" in html
    assert figures(html) == {"class-counts"}


def test_no_plotting_library_is_loaded(make: Make) -> None:
    """A third of the time of a short comparison went into it."""
    out = make()
    script = (
        "import sys; from counterpoise.report import collect; "
        "collect(sys.argv[1]).write(sys.argv[1]); "
        "print([name for name in ('matplotlib', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(out)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_names_that_are_no_utf8_are_written_and_drawn_escaped(make: Make) -> None:
    out = make()
    path = out / "experiment.json"
    strange = {"classes": ["caf\udce9", "half \ud83d", "plain"], "dataset": "d\udcff"}
    path.write_text(json.dumps(json.loads(path.read_text()) | strange))
    report = collect(out)
    html = report.write(out).read_bytes().decode("utf-8")
    assert "d\\xff" in html
    assert "caf\\xe9" in html
    assert figures(html) == FIGURES
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


def test_a_reference_is_called_so_and_commands_break_after_a_comma(make: Make) -> None:
    methods = {
        "baseline": {},
        "trees": {"control": True, "reference": True},
        "double-updates": {"control": True},
    }
    command = "counterpoise compare x --methods baseline,trees"
    out = make(methods=methods, experiment={"command": command}, rounds=2)
    text = collect(out).write(out).read_text()
    assert text.count('<span class="mark">reference</span>') == 1
    assert text.count('<span class="mark">control</span>') == 1
    more = {name: {**kept, "converged": False} for name, kept in methods.items()}
    out = make(methods=more, experiment={"command": command})
    text = collect(out).write(out).read_text()
    assert "<code>counterpoise compare x --methods baseline,<wbr>trees --rounds 20</code>" in text
