"""Charts as SVG: where values lie, what names are, and what is left out."""

import itertools
import math
import re
from xml.etree import ElementTree

import pytest

from counterpoise.report.svg import Axis, Bars, Chart, Dots, Line, Panel, Rule, drawn, legend_of
from counterpoise.report.svg.draw import panel_svg

X, Y = Axis("x", 0, 10, ((0, "0"), (10, "10"))), Axis("y", 0, 1, ((0, "0"), (1, "1")))
LOG = Axis("y", 1, 100, ((1, "1"), (10, "10"), (100, "100")), logarithmic=True)
NAN = math.nan


def shown(*marks: object, y: Axis = Y, **settings: object) -> ElementTree.Element:
    panel = Panel("title", X, y, marks, **settings)  # type: ignore[arg-type]
    return ElementTree.fromstring(panel_svg(panel, "label"))


def points(path: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path.get("d"))]  # type: ignore[arg-type]


def axis(svg: ElementTree.Element) -> tuple[float, float, float]:
    """Left, right and bottom."""
    (path,) = svg.findall("path[@class='axis']")
    (left, bottom), (right, _) = points(path)
    return left, right, bottom


def test_a_line_goes_from_corner_to_corner() -> None:
    svg = shown(Line([0, 10], [0, 1], 3, "a", dash=1))
    left, right, bottom = axis(svg)
    (line,) = svg.findall("path[@class='l k3']")
    (x0, y0), (x1, y1) = points(line)
    assert (x0, x1, y0) == (left, right, bottom)
    top = min(float(path.get("d").split()[-1]) for path in svg.findall("path[@class='grid']"))  # type: ignore[union-attr]
    assert y1 == top
    assert line.get("stroke-dasharray")


def test_what_is_undefined_leaves_a_gap() -> None:
    svg = shown(Line([0, 1, 2, 3, 4], [0, 1, NAN, 1, 0], 1), Dots([0, 1], [NAN, 0.5], 2))
    (line,) = svg.findall("path[@class='l k1']")
    assert (line.get("d") or "").count("M") == 2
    assert len(svg.findall("*[@class='d k2']")) == 1
    assert "nan" not in ElementTree.tostring(svg).decode()


def test_equal_ratios_are_equally_far_on_a_logarithmic_axis() -> None:
    svg = shown(Line([0, 5, 10], [1, 10, 100], 1), y=LOG)
    (line,) = svg.findall("path[@class='l k1']")
    ends = points(line)
    assert len(ends) == 2, "the one between lies on the line"


def test_a_curve_is_thinned_to_what_can_be_seen() -> None:
    x = [n / 100 for n in range(1001)]
    svg = shown(Line(x, [math.sin(v) ** 2 for v in x], 1))
    (line,) = svg.findall("path[@class='l k1']")
    kept = points(line)
    assert 60 < len(kept) < 500
    left, right, bottom = axis(svg)
    height = bottom - 26
    for (ax, ay), (bx, by) in itertools.pairwise(kept):
        middle = (ax + bx) / 2
        value = math.sin(10 * (middle - left) / (right - left)) ** 2
        assert (ay + by) / 2 == pytest.approx(bottom - height * value, abs=1.0)


def test_intervals_and_texts_of_points() -> None:
    dots = Dots([5], [0.5], 1, low=[0.25], high=[0.75], texts=["a <b>"], upright=True)
    svg = shown(dots)
    (bar,) = svg.findall("path[@class='e k1']")
    (x0, y0), (x1, y1) = points(bar)
    (dot,) = svg.findall("circle[@class='d k1']")
    assert x0 == x1 == float(dot.get("cx") or 0)
    assert (y0 + y1) / 2 == pytest.approx(float(dot.get("cy") or 0), abs=0.1)
    assert dot.find("title").text == "a <b>"  # type: ignore[union-attr]


def test_names_of_strangers_are_text() -> None:
    evil = "<script>x</script>"
    panel = Panel(evil, Axis(evil, 0, 1, ((0, evil),), upright=True), Y, (Line([0], [0], 1, evil),))
    html = drawn(Chart((panel,), evil), evil + '"')
    assert "<script" not in html
    assert '"&quot;' not in html
    assert html.count("&lt;script&gt;") == 6


def test_bars_stand_on_the_axis_and_rules_cross_it() -> None:
    svg = shown(Bars([2, 8], [0.5, 0.0], ["5", "0"]), Rule(5.0, "r"), diagonal=True)
    left, right, bottom = axis(svg)
    first, second = svg.findall("rect")
    assert float(first.get("y") or 0) + float(first.get("height") or 0) == pytest.approx(
        bottom, abs=0.1
    )
    assert float(second.get("height") or 0) == 0
    (rule,) = svg.findall("path[@class='rule']")
    assert [x for x, _ in points(rule)] == pytest.approx([(left + right) / 2] * 2, abs=0.1)
    assert len(svg.findall("path[@class='rule faint']")) == 1


def test_a_legend_has_every_label_once_and_shapes_differ() -> None:
    marks = tuple(Dots([1], [1], n, f"m{n}") for n in range(4))
    chart = Chart((Panel("", X, Y, marks), Panel("", X, Y, marks)))
    items = re.findall(r"<li>(.*?)</li>", legend_of(chart))
    assert [re.sub("<[^>]*>", "", item) for item in items] == ["m0", "m1", "m2", "m3"]
    shapes = {re.sub(r"k\d", "", item).partition("m")[0] for item in items}
    assert len({re.sub("<[^>]*title.*", "", shape) for shape in shapes}) >= 4 - 1
    assert legend_of(Chart((Panel("", X, Y, (Line([0], [0], 1),)),))) == ""


def test_a_wide_panel_scrolls_and_can_be_reached_by_keyboard() -> None:
    wide = drawn(Chart((Panel("", X, Y, (), width=900),)), "label")
    assert '<div class="wide" tabindex="0" role="region" aria-label="label">' in wide
    assert 'class="wide"' not in drawn(Chart((Panel("", X, Y, ()),)), "label")
