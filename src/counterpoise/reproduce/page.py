"""The report of an entry in Markdown: verdicts first, then measured beside printed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from counterpoise.atomic import write_text
from counterpoise.data.splits.validation import NO_VALIDATION
from counterpoise.reproduce.columns import title
from counterpoise.reproduce.computed import COMPUTED
from counterpoise.reproduce.curves import draw_curves
from counterpoise.reproduce.figure import draw
from counterpoise.reproduce.labels import labels
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.plan import Asked, command, place, rounds
from counterpoise.reproduce.verdict import Verdict, judge
from counterpoise.sweep.grid import Coordinate, Point, point_name
from counterpoise.sweep.measured import Measured

PAGE, FIGURE, CURVES = "report.md", "figure.svg", "curves.svg"
Cell = tuple[tuple[str, Coordinate], ...]


def is_faithful(known: Known, asked: Asked) -> bool:
    """Whether network, data and length of training are the paper's."""
    return rounds(known, asked) >= known.entry.rounds and not known.entry.differs


def verdicts(known: Known, asked: Asked, measured: Sequence[Measured]) -> tuple[Verdict, ...]:
    """Of each claim of the entry."""
    faithful = is_faithful(known, asked)
    exact = bool(known.entry.compute)
    return tuple(judge(claim, measured, faithful, exact=exact) for claim in known.entry.claims)


def write_page(known: Known, asked: Asked, measured: Sequence[Measured]) -> Path:
    """Write the report, and its figure where there is one; the path of the report."""
    folder = place(known, asked)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw(known, asked, measured, folder / FIGURE)
    path = folder / PAGE
    curves = draw_curves(known, asked, folder / CURVES)
    write_text(path, page(known, asked, measured, drawn, curves))
    return path


def page(
    known: Known,
    asked: Asked,
    measured: Sequence[Measured],
    drawn: bool = False,
    curves: bool = False,
) -> str:
    """The whole text."""
    entry, paper = known.entry, known.paper
    found = verdicts(known, asked, measured)
    finished = sum(bool(cell.values) for cell in measured)
    cited = f"{paper.authors} {paper.year}, *{paper.title}*, {paper.where}"
    lines = [
        f"# {known.name}: {entry.title}",
        "",
        f"{cited}{f', doi:{paper.doi}' if paper.doi else ''}.",
        "",
        f"**{summary(found)}**",
        "",
        *_setting(known, asked, finished, len(measured)),
        "",
        *_claims(found),
        *([f"![{entry.title}]({FIGURE})", ""] if drawn else []),
        *([f"![On training and test samples after each round]({CURVES})", ""] if curves else []),
    ]
    for metric in entry.metrics:
        lines += [
            f"## {metric_title(metric, entry.compute)}",
            "",
            *_table(known, asked, measured, metric),
            "",
        ]
    lines += _listed("How this differs from the paper", entry.differs)
    lines += _listed("Contradictions in the paper", paper.contradictions)
    warnings = [(c.point, w) for c in measured for w in c.warnings if w != NO_VALIDATION]
    notes = sorted({f"{point_name(point)}: {warning}" for point, warning in warnings})
    lines += _listed("What the comparisons say", notes)
    lines += [
        "## Run it again, or go on",
        "",
        "```sh",
        command(known, asked, asked.grid),
        "```",
        "",
    ]
    return "\n".join(lines)


def summary(found: Sequence[Verdict]) -> str:
    """One sentence on all claims.

    >>> summary([])
    'The paper claims nothing of this that two methods could be compared by.'
    """
    if not found:
        return "The paper claims nothing of this that two methods could be compared by."
    order = ("holds", "same direction", "does not hold", "undecided", "not run")
    said = [(word, sum(verdict.said == word for verdict in found)) for word in order]
    parts = ", ".join(f"{number} {word}" for word, number in said if number)
    return f"Of {len(found)} claim{'s' * (len(found) != 1)}: {parts}."


def metric_title(metric: str, compute: str = "") -> str:
    """Of a column."""
    if compute:
        return COMPUTED[compute].metrics[metric]
    return title(metric)


def _setting(known: Known, asked: Asked, finished: int, cells: int) -> Iterable[str]:
    entry, each = known.entry, rounds(known, asked)
    if entry.compute:
        yield f"{cells} of {len(entry.points)} cells; calculated, nothing is trained."
        return
    yield (
        f"{finished} of {cells} cells are finished (the paper has {len(entry.points)}), "
        f"{asked.seeds} repeat{'s' * (asked.seeds != 1)} of the paper's {entry.seeds}, "
        f"{each} round{'s' * (each != 1)} a training."
    )
    where = {
        "none": "none, as in the paper: every method is its last round, and counts are as printed",
        "beside": "beside the training samples, whose counts are as printed",
        "balanced": "equal counts of each class, beside the profile",
        "profiled": f"carved from training, {entry.validation_share:g} of each class",
    }
    yield f"Validation: {where[entry.validation]}."
    if entry.search.get("select_on") == "test":
        yield (
            "**Settings are chosen on test data, as in the paper, so their numbers are optimistic; "
            "what validation chooses stands beside them where there is validation.**"
        )
    if each < entry.rounds:
        yield (
            f"**Trainings are shortened to {each / entry.rounds:.2g} of the paper's length, so a "
            'claim is confirmed at most in its direction ("same direction"). Stages with a length '
            "of their own are shortened as much; an update is of the same batch.**"
        )


def _claims(found: Sequence[Verdict]) -> list[str]:
    if not found:
        return []
    lines = ["| the paper says | here | difference | 95 % interval | pairs | |",
             "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for one in found:
        interval = (
            "" if one.interval is None else f"[{one.interval[0]:+.4f}, {one.interval[1]:+.4f}]"
        )
        mean = "" if math.isnan(one.difference) else f"{one.difference:+.4f}"
        lines.append(
            f"| {one.claim.says} | **{one.said}** | {mean} | {interval} | {one.pairs} | {one.why} |"
        )
    note = (
        "Pairs are repeats in cells; a positive difference is in the direction that the paper "
        "claims; intervals are Student's t over pairs."
    )
    return [*lines, "", note, ""]


def _table(known: Known, asked: Asked, measured: Sequence[Measured], metric: str) -> list[str]:
    entry, methods = known.entry, labels(known, asked, measured)
    printed = {(p.method, _of(p.at)): p.value for p in entry.printed if p.metric == metric}
    rows = [["cell", *methods.values()]]
    rows.append(["---"] * len(rows[0]))
    for cell in measured:
        texts = [
            _number(cell.values.get((m, metric), ()), _printed(printed, m, cell.point))
            for m in methods
        ]
        rows.append([point_name(cell.point), *texts])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    say = (
        "Measured: mean ± standard deviation over repeats (their number) and 95 % interval of the "
    )
    return [*lines, "", f"{say}mean. *Paper*: what it prints{'' if printed else ', here nothing'}."]


def _of(point: Point) -> Cell:
    """A cell, in whatever order a file has its axes."""
    return tuple(sorted(point.items()))


def _printed(printed: Mapping[tuple[str, Cell], float], method: str, point: Point) -> str:
    value = printed.get((method, _of(point)))
    return "" if value is None else f"<br>*paper {value:.4f}*"


def _number(values: Sequence[float], printed: str) -> str:
    if not values or not all(map(math.isfinite, values)):
        return f"–{printed}"
    mean, n = float(np.mean(values)), len(values)
    if n == 1:
        return f"{mean:.4f} (1){printed}"
    sd = float(np.std(values, ddof=1))
    half = float(stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n)
    return f"{mean:.4f} ± {sd:.4f} ({n})<br>[{mean - half:.4f}, {mean + half:.4f}]{printed}"


def _listed(title: str, points: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"* {point}" for point in points), ""] if points else []
