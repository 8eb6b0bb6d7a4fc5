"""What an interrupted comparison has finished, as far as methods can be compared on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counterpoise.errors import DataError
from counterpoise.records import ExperimentRecord
from counterpoise.report.number_format import listed


def finished_part(out: Path, experiment: ExperimentRecord) -> tuple[ExperimentRecord, list[str]]:
    """The methods and splits that can be compared, and the runs that are not finished.

    Methods are compared on the same splits only. Kept are the methods of the split that most of
    them finished, and all splits that each of these finished; with nothing missing, all.

    Args:
        out: folder of the experiment.
        experiment: all that was planned.

    Returns:
        The experiment with those methods and splits, and "method/split" of every missing run.

    Raises:
        DataError: no run is finished.
    """
    folder = out / "runs"
    finished = {
        split: [m for m in experiment.methods if (folder / m / split / "report.json").exists()]
        for split in experiment.splits
    }
    missing = [
        f"{m}/{s}" for s, done in finished.items() for m in experiment.methods if m not in done
    ]
    if not missing:
        return experiment, []
    methods = max(finished.values(), key=len)
    if not methods:
        raise DataError(
            f"{out}: none of {len(missing)} runs is finished, so there is nothing to report yet; "
            f"{remedy(experiment)}"
        )
    splits = [split for split, done in finished.items() if set(methods) <= set(done)]
    seeds = experiment.seeds and tuple(
        seed
        for seed, split in zip(experiment.seeds, experiment.splits, strict=True)
        if split in splits
    )
    changes = {"methods": tuple(methods), "splits": tuple(splits), "seeds": seeds}
    return experiment.model_copy(update=changes), missing


def sentence(planned: ExperimentRecord, kept: ExperimentRecord, missing: Sequence[str]) -> str:
    """How many runs are missing, on what the results rest, and what finishes the comparison."""
    number = len(planned.methods) * len(planned.splits)
    absent = [method for method in planned.methods if method not in kept.methods]
    rest = f"; without {listed(absent)}, which finished none of these" if absent else ""
    return (
        f"interrupted: {len(missing)} of {number} runs are not finished. These results are of "
        f"{listed(kept.splits)}{rest}; {remedy(planned)}"
    )


def remedy(experiment: ExperimentRecord) -> str:
    """The command that goes on."""
    if not experiment.command.startswith("counterpoise "):
        return "the same call of compare finishes them"
    return f"`{experiment.command}` finishes them"
