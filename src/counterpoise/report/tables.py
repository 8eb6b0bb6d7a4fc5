"""The ranked table as rows, as terminal text and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoise.metrics import require_metric
from counterpoise.metrics.names import EXPECTED_COST, TITLES
from counterpoise.report.advice.advise import advise
from counterpoise.report.costs import metrics_in
from counterpoise.report.number_format import (
    MISSING,
    duration,
    listed,
    plain,
    shorter,
    signed,
    signed_range,
)
from counterpoise.report.results import Estimate, MethodResult, Results

MARKDOWN_METRICS = ("accuracy", "balanced_accuracy", "g_mean", "macro_f1", "auc", "worst_recall")
MOST_ALIASES = 2
NO_BREAK = "\x00"  # in no sentence, and no space to textwrap
BRIEF, NOTED = "*", "†"
HEADINGS = TITLES | {
    EXPECTED_COST: "Cost",
    "balanced_accuracy": "Balanced",
    "auc": "AUC",
    "average_precision": "Avg.prec.",
    "macro_f1": "F1",
    "worst_recall": "Worst",
}


def rows(results: Results) -> list[dict[str, object]]:
    """One flat row for each method."""
    found: list[dict[str, object]] = []
    select = results.experiment.select
    for m in results.methods:
        versus = (m.vs_baseline or {}).get(select)
        low, high = (versus and versus.interval) or (None, None)
        row: dict[str, object] = {
            "rank": m.rank,
            "method": m.name,
            "status": m.status,
            "converged": m.converged,
            "validation": m.validation[select].mean,
        }
        for name in metrics_in(results.experiment):
            row[name] = m.metrics[name].mean
            row[f"{name}_sd"] = m.metrics[name].sd
        row |= {
            "seconds": m.seconds,
            "difference": versus and versus.difference,
            "difference_low": low,
            "difference_high": high,
        }
        found.append(row)
    return found


@dataclass(frozen=True)
class _Column:
    heading: tuple[str, str]
    cells: list[str]

    @property
    def width(self) -> int:
        return max(map(len, (*self.heading, *self.cells)))


def text(results: Results, width: int) -> str:
    """Table, warnings and advice, no line of the table wider than `width` if that can be."""
    good = [m for m in results.rows if m.ok]
    columns, whole = _columns(results, good, width)
    lines = [_line(columns, [c.heading[i] for c in columns]) for i in (0, 1) if good]
    lines += ["-" * max(map(len, lines))] if good else []
    lines += [_line(columns, [c.cells[i] for c in columns]) for i in range(len(good))]
    for m in results.methods:
        if not m.ok:
            said = f"{m.name}: {m.status}" if m.left is None else f" - {m.name}: {m.error}"
            lines += _wrap(said, width)
    legend = []
    if any(m.converged is False for m in good):
        legend.append(f"{BRIEF} trained too briefly")
    if any(m.notes for m in good):
        legend.append(f"{NOTED} has notes in report.html")
    if good and not whole:
        legend.append("more metrics in report.html and report.json")
    lines += _wrap(f"({'; '.join(legend)})", width) if legend else []
    wrapped = [line for note in results.warnings for line in _wrap(f"! {note}", width)]
    advice = [line for sentence in advise(results) for line in _wrap(sentence, width)]
    body = [line.rstrip() for line in lines] + (["", *wrapped] if wrapped else [])
    return "\n".join([*body, "", *advice])


def _columns(
    results: Results, good: Sequence[MethodResult], width: int
) -> tuple[list[_Column], bool]:
    """Those that fit, and whether that is all; test and difference are always among them."""
    select = results.experiment.select
    name = HEADINGS[select]
    versus = [(m.vs_baseline or {}).get(select) for m in good]
    changes = [f"{signed(v.difference)} {signed_range(v.interval)}" if v else "" for v in versus]
    always = [
        _Column(("", "Method"), [_marked(m) for m in good]),
        _Column((name, "test"), [_spread(m.metrics[select]) for m in good]),
    ]
    always.append(_Column((name, "vs baseline [95 %]"), _or_missing(changes)))
    if _width(always) > width:  # so narrow that even the interval has to go
        bare = [signed(v.difference) if v else "" for v in versus]
        always[-1] = _Column((name, "vs baseline"), _or_missing(bare))
    validation = _Column((name, "validation"), [_spread(m.validation[select]) for m in good])
    seconds = _Column(("", "time"), [duration(m.seconds) for m in good])
    others = [
        _Column(("", HEADINGS[m]), [_spread(method.metrics[m]) for method in good])
        for m in metrics_in(results.experiment)
        if m != select
    ]
    # what is dropped first in a narrow terminal comes last
    wanted = [*[validation] * results.validates, seconds, *others]
    room = width - _width(always)
    fits = []
    for column in wanted:
        if column.width + 2 > room:
            break
        room -= column.width + 2
        fits.append(column)
    methods, test, difference = always
    order = [methods, validation, test, *others, seconds, difference]
    return [c for c in order if c in fits or c in always], len(fits) == len(wanted)


def _width(columns: Sequence[_Column]) -> int:
    return sum(c.width for c in columns) + 2 * (len(columns) - 1)


def _or_missing(cells: Sequence[str]) -> list[str]:
    return [cell.strip() or MISSING for cell in cells]


def _wrap(note: str, width: int) -> list[str]:
    """Lines of whole words; a command in backticks stays on one line, so that it can be copied."""
    whole = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", NO_BREAK), note)
    lines = textwrap.wrap(
        whole,
        max(width, 20),
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def _marked(method: MethodResult) -> str:
    rank = "-" if method.rank is None else str(method.rank)
    name = method.name
    if method.aliases:
        name += f" (= {listed(method.aliases, MOST_ALIASES)})"
    marks = (BRIEF if method.converged is False else "") + (NOTED if method.notes else "")
    return f"{rank:>2} {name}{marks}"


def _spread(value: Estimate) -> str:
    return shorter(value.mean) + ("" if value.sd is None else f"±{shorter(value.sd)}")


def _line(columns: Sequence[_Column], cells: Sequence[str]) -> str:
    first = cells[0].ljust(columns[0].width)
    rest = [cell.rjust(c.width) for c, cell in zip(columns[1:], cells[1:], strict=True)]
    return "  ".join([first, *rest])


def markdown(results: Results, metrics: Sequence[str]) -> str:
    """A pipe table with the verdict below it."""
    select = results.experiment.select
    titles = metrics_in(results.experiment)
    asked = [require_metric(m, titles) for m in metrics]
    shown = [select, *(m for m in asked if m != select)]
    chosen = [f"{titles[select]} (validation)"] * results.validates
    labels = [*chosen, *(titles[m] for m in shown), "Time"]
    heading = ["Method", *labels, f"{titles[select]} vs baseline (95 %)"]
    lines = [_pipes(heading), _pipes(["---", *["---:"] * (len(heading) - 1)])]
    for m in results.rows:
        if not m.ok:
            blank = [""] * (len(heading) - 2)
            said = m.status if m.left is None else str(m.error)
            lines.append(_pipes([_escaped(m.name), _escaped(said), *blank]))
            continue
        versus = (m.vs_baseline or {}).get(select)
        change = f"{signed(versus.difference)} {signed_range(versus.interval)}" if versus else ""
        chosen_by = [m.validation[select]] * results.validates
        estimates = [*chosen_by, *(m.metrics[name] for name in shown)]
        cells = [_spaced(value) for value in estimates]
        lines.append(_pipes([_escaped(m.label), *cells, duration(m.seconds), change.strip()]))
    return "\n".join([*lines, "", _escaped(results.verdict), ""])


def _spaced(value: Estimate) -> str:
    return plain(value.mean) + ("" if value.sd is None else f" ± {plain(value.sd)}")


def _pipes(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
