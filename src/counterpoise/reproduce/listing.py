"""The list of what can be reproduced: runs, time on this machine, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from counterpoise.reproduce.library import Known
from counterpoise.sweep.run_time import run_seconds
from counterpoise.time_words import clock

WIDTH = 100


def listing(known: Sequence[Known], out: Path, data_root: str | None) -> Iterator[str]:
    """Lines for people, paper by paper.

    Args:
        known: the entries.
        out: folder of all entries, whose finished comparisons say how long a run takes.
        data_root: where data lie.
    """
    before = ""
    for one in known:
        name, _, entry = one.name.partition("/")
        if name != before:
            if before:
                yield ""
            yield f"{name}: {one.paper.authors} {one.paper.year}, {one.paper.title}"
            before = name
        yield f"  {entry}: {one.entry.title}"
        if one.entry.compute:
            yield "    calculated, nothing is trained"
            continue
        each = seconds_a_run(one, out)
        time = "time not measured" if each is None else f"about {clock(each * one.runs)}"
        yield f"    {one.runs} runs in the paper ({_grid(one)}), {time}"
        why = one.why_not(data_root)
        data = ", ".join(one.wanted)
        for line in wrap(f"cannot be run here: {why}" if why else f"data: {data}", WIDTH - 4):
            yield f"    {line}"
    yield ""
    ready = [one for one in known if not one.entry.compute and not one.why_not(data_root)]
    if ready:
        least = min(ready, key=lambda one: one.runs)
        yield f"Run one: counterpoise reproduce {least.name} --seeds 3 --scale 0.1"


def seconds_a_run(known: Known, out: Path) -> float | None:
    """Of the last finished comparison of the entry on this machine, at the paper's length."""
    reports = out.glob(f"{known.name}*/*/report.json")
    for path in sorted(reports, key=lambda path: path.stat().st_mtime, reverse=True):
        share = _share(known, path.parent.parent.name)
        if share is None:
            continue
        seconds = run_seconds(path)
        if seconds is not None:
            return seconds / share
    return None


def _share(known: Known, folder: str) -> float | None:
    """Of the paper's rounds, that trainings in a folder have; None where it is another's."""
    name = known.name.rpartition("/")[2]
    if folder == name:
        return 1.0
    try:
        scale = float(folder.removeprefix(f"{name}-scale-"))
    except ValueError:
        return None
    return known.rounds_at(scale) / known.entry.rounds if 0 < scale <= 1 else None


def _grid(known: Known) -> str:
    axes = [f"{len(values)} {axis}" for axis, values in known.entry.grid.items()]
    parts = [*axes, f"{len(known.entry.methods)} methods", f"{known.entry.seeds} repeats"]
    return " x ".join(parts)
