"""The notebook door: one function that compares remedies on a data set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from counterpoise.data.size import Size, shortest
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Question, parse_duration
from counterpoise.experiments.progress import Style, display
from counterpoise.recipes.load import expand
from counterpoise.report import Report, collect


def compare(
    dataset: str | Path,
    *,
    methods: Sequence[str] | str | None = None,
    profile: str = "none",
    model: str | None = None,
    seeds: int | None = None,
    folds: int | None = None,
    rounds: int | None = None,
    select: str = "balanced_accuracy",
    tune: int = 1,
    budget: str | None = None,
    frozen: bool = False,
    out: str | Path | None = None,
    jobs: int | None = None,
    device: str = "auto",
    data_root: str | Path | None = None,
    settings: Mapping[str, object] | None = None,
    validation: Literal["profiled", "balanced"] = "profiled",
    skip_corrupt: bool = False,
    size: Size | None = None,
    image_memory: float | None = None,
    ledger: str | Path | None = None,
    progress: Style | None = None,
    command: str | None = None,
) -> Report:
    """Train every method with the same number of updates, and say which one to use.

    Runs that are finished in `out` are not trained again, so the same call resumes. Test data
    are read once, after training; the best method is chosen on validation data.

    Args:
        dataset: a named set, a folder of class folders, a ``.npz`` or a ``.csv`` file.
        methods: names, or "classic" (the default), or "all".
        profile: imbalance to impose on the training data, such as ``"step:rho=50,mu=0.5"``.
        model: a model's name; by default one that fits the input.
        seeds: repetitions (3 by default), or `folds`: cross-validation instead.
        rounds: evaluations of each training; a round is one pass over the training data.
        select: the metric that decides.
        tune: number of learning rates to try for each method on validation.
        budget: most time to spend, such as ``"30m"``; trims seeds, then rounds.
        frozen: train heads on cached features of a pretrained backbone.
        out: folder of results; by default one named after the question.
        jobs: trainings at a time; one per core by default.
        device: "auto", "cpu", "cuda" or "cuda:1".
        data_root: where named data sets and weights lie; default $COUNTERPOISE_DATA.
        settings: ``{"oversampling.ratio": 10, "optimizer.lr": 0.02}``.
        validation: "profiled", or "balanced" (uses extra labels, and says so).
        skip_corrupt: leave damaged pictures out instead of stopping.
        size: what pictures are stretched to: a side in pixels, or ``"160x120"``, width by height.
        image_memory: GiB of decoded pictures that each training holds; a quarter of memory and
            at most 4 by default. Files beyond it are decoded again whenever they are drawn; the
            numbers are the same.
        ledger: a ``runs.jsonl`` of finished runs to accept and to append to.
        progress: "rich", "plain" or "silent"; by the terminal when left out.
        command: what the report says was run.

    Raises:
        CounterpoiseError: anything the user has to mend; nothing half-made is left.

    Returns:
        The report; ``report.html`` and ``report.json`` lie in `out` too.
    """
    names = expand(methods)
    size = None if size is None else shortest(size)
    if out is not None:
        folder = Path(out)
    else:
        folder = default_out(str(dataset), profile, folds, frozen, validation, size)
    question = Question(
        data=str(dataset),
        methods=names,
        out=folder,
        profile=profile,
        model=model,
        seeds=seeds,
        folds=folds,
        rounds=rounds,
        select=select,
        tune=tune,
        budget=None if budget is None else parse_duration(budget),
        frozen=frozen,
        jobs=jobs,
        device=device,
        data_root=None if data_root is None else str(data_root),
        settings={key: str(value) for key, value in (settings or {}).items()},
        validation=validation,
        skip_corrupt=skip_corrupt,
        size=size,
        image_memory=image_memory,
        ledger=None if ledger is None else Path(ledger),
        command=command or f"counterpoise.compare({str(dataset)!r})",
    )
    conduct(question, display(progress))
    report = collect(folder)
    report.write(folder)
    return report


def default_out(
    dataset: str,
    profile: str,
    folds: int | None = None,
    frozen: bool = False,
    validation: str = "profiled",
    size: Size | None = None,
) -> Path:
    """A folder named after the question, so that the same question resumes.

    >>> str(default_out("digits", "step:rho=20,mu=0.5", size=16))
    'counterpoise-out/digits-step-rho-20-mu-0.5-size-16'
    """
    parts = [Path(dataset).stem or "data"]
    if profile != "none":
        parts.append(profile)
    if folds is not None:
        parts.append(f"folds-{folds}")
    if validation != "profiled":
        parts.append(f"validation-{validation}")
    if size is not None:
        parts.append(f"size-{size}")
    if frozen:
        parts.append("frozen")
    return Path("counterpoise-out") / re.sub(r"[^\w.+]+", "-", "-".join(parts)).strip("-")
