"""What an unfinished comparison has finished, as far as methods can be compared on it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from counterpoise.errors import DataError
from counterpoise.python_words import is_typed
from counterpoise.records import ExperimentRecord, LeftPart, RaceRecord, RunRecord, TimeRecord
from counterpoise.report.advice.command import again
from counterpoise.report.number_format import listed, signed, signed_range
from counterpoise.time_words import as_budget, larger

MOST_NAMES = 6


@dataclass(frozen=True)
class Finished:
    """The part of a comparison that is reported.

    Args:
        experiment: with the methods and splits that can be compared.
        missing: "method/split" of every run that is still to do.
        left: methods that left a race, which miss nothing.
        budget: seconds, where a budget left the missing runs out; else None.
    """

    experiment: ExperimentRecord
    missing: tuple[str, ...] = ()
    left: Mapping[str, LeftPart] = field(default_factory=dict)
    budget: float | None = None


def finished_part(out: Path, experiment: ExperimentRecord) -> Finished:
    """The methods and splits that can be compared, and the runs that are not finished.

    Methods are compared on the same splits only. Kept are the methods of the split that most of
    them finished, and all splits that each of these finished; with nothing missing, all. Controls,
    and methods that left a race, keep no split from being compared.

    Args:
        out: folder of the experiment.
        experiment: all that was planned.

    Raises:
        DataError: no run is finished, or race.json or time.json is damaged.
    """
    folder = out / "runs"
    left = _left(out, experiment)
    going = [m for m in experiment.methods if m not in left]
    finished = {
        split: [m for m in going if (folder / m / split / "report.json").exists()]
        for split in experiment.splits
    }
    missing = tuple(f"{m}/{s}" for s, done in finished.items() for m in going if m not in done)
    if not missing:
        return Finished(experiment.model_copy(update={"methods": tuple(going)}), (), left)
    time = TimeRecord.read_if_there(out / "time.json")
    budget = time.budget if time is not None and time.ended else None
    methods = max(finished.values(), key=len)
    if not methods:
        until = "yet" if budget is None else f"at the end of the budget of {as_budget(budget)}"
        raise DataError(
            f"{out}: none of {len(missing)} runs is finished, so there is nothing to report "
            f"{until}; {_enough(experiment, time)}{remedy(experiment, budget)}"
        )
    ranked = [m for m in methods if not _is_control(folder / m)] or methods
    splits = [split for split, done in finished.items() if set(ranked) <= set(done)]
    methods = [m for m in methods if all(m in finished[split] for split in splits)]
    seeds = experiment.seeds and tuple(
        seed
        for seed, split in zip(experiment.seeds, experiment.splits, strict=True)
        if split in splits
    )
    changes = {"methods": tuple(methods), "splits": tuple(splits), "seeds": seeds}
    return Finished(experiment.model_copy(update=changes), missing, left, budget)


def _left(out: Path, experiment: ExperimentRecord) -> Mapping[str, LeftPart]:
    """Who left the race, if it was one; a damaged run folder does not make a method leave."""
    race = RaceRecord.read_if_there(out / "race.json")
    if race is None:
        return {}
    return {m: race.left[m] for m in experiment.methods if m in race.left}


def _is_control(folder: Path) -> bool:
    """Whether any run of a method says that it is a control."""
    for path in folder.glob("*/report.json"):
        try:
            return RunRecord.read(path).control
        except DataError:  # damaged, which its row says
            continue
    return False


def sentence(planned: ExperimentRecord, found: Finished) -> str:
    """How many runs are missing, on what the results rest, and what finishes the comparison."""
    kept = found.experiment
    number = len(planned.methods) * len(planned.splits)
    going = [method for method in planned.methods if method not in found.left]
    absent = [method for method in going if method not in kept.methods]
    head = f"interrupted: {len(found.missing)} of {number} runs are not finished"
    if found.budget is not None:
        budget = as_budget(found.budget)
        head = f"the budget of {budget} left out {len(found.missing)} of {number} runs"
    rest = ""
    if absent:
        none = all(f"{m}/{s}" in found.missing for m in absent for s in kept.splits)
        which = "which finished none of these" if none else "which did not finish all of these"
        rest = f"; without {listed(absent, MOST_NAMES)}, {which}"
    return (
        f"{head}. These results are of {listed(kept.splits)}{rest}; {remedy(planned, found.budget)}"
    )


def remedy(experiment: ExperimentRecord, budget: float | None = None) -> str:
    """The command that goes on: after a budget without it, and as the race that it was."""
    if not is_typed(experiment.command):
        if budget is not None:
            return "the same call of compare with a larger budget finishes them"
        return "the same call of compare finishes them"
    command = experiment.command
    if budget is not None:
        command = _without_budget(command)
    return f"`{command}` finishes them"


def _enough(experiment: ExperimentRecord, time: TimeRecord | None) -> str:
    """The command with a budget for all runs, as it was estimated; empty where none ended them."""
    if time is None or not time.ended or time.enough is None:
        return ""
    command = again(experiment, "budget", larger(time.budget, time.enough))
    return f"{command} is about enough for all (as estimated), and without a budget "


def _without_budget(command: str) -> str:
    words = shlex.split(command)
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and not word.startswith("--budget"):
            kept.append(word)
        skip = word == "--budget" and not skip
    raced = {"--race", "--no-race"} & set(kept)
    return shlex.join(kept if raced else [*kept, "--race"])


def reason(part: LeftPart, of: int, metric: str) -> str:
    """Why a method left, for its row.

    Args:
        part: when and why.
        of: splits that were asked for.
        metric: that selects, in words.
    """
    when = f"left after {part.after} of {of} splits"
    if part.leader is None or part.difference is None:
        return f"{when}: it diverged"
    low, high = part.interval or (part.difference, part.difference)
    gap = f"{signed(part.difference)} {signed_range((low, high))}"
    return f"{when}: {metric} on validation {gap} compared with {part.leader}"
