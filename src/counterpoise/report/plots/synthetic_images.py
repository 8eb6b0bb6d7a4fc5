"""Synthetic images that a resampler made, beside real ones of the same class."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.printable import printable
from counterpoise.report.results import Results
from counterpoise.report.thumbnails import encoded

EACH, MOST_CLASSES = 6, 10


@dataclass(frozen=True)
class ClassImages:
    """A class, with addresses that hold its images."""

    name: str
    real: tuple[str, ...]
    synthetic: tuple[str, ...]


def synthetic_images(results: Results, method: str) -> tuple[ClassImages, ...]:
    """Each class that was added to, the rarest first, in the first run that has images."""
    runs = results.runs[method]
    shown = next(((run.split, run.synthetic) for run in runs if run.synthetic), None)
    if shown is None:
        return ()
    split, found = shown
    counts = results.experiment.counts_per_split.get(split, results.experiment.counts)
    classes = sorted({int(k) for k in found["made_labels"]}, key=lambda k: (counts[k], k))
    rows = []
    for k in classes[:MOST_CLASSES]:
        real, synthetic = (
            tuple(encoded(image) for image in found[part][found[f"{part}_labels"] == k][:EACH])
            for part in ("real", "made")
        )
        name = f"{printable(results.experiment.classes[k])} ({counts[k]})"
        rows.append(ClassImages(name, real, synthetic))
    return tuple(rows)
