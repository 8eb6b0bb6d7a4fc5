"""With ``--ensemble``: a row that costs no training, the methods of a comparison as one predictor.

It is made of what runs left, their scores and their predictors, once all of them are scored.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterpoise.experiments.identity import digest, environment
from counterpoise.experiments.plan import Work
from counterpoise.experiments.run_folder import (
    OUTPUTS,
    PREDICTOR,
    REPORT,
    write_outputs,
    write_report,
    write_training,
)
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.shared import link_files
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import RUNS, RunTask
from counterpoise.posthoc.checks import FloatArray
from counterpoise.posthoc.ensemble_selection import (
    Floats,
    Mixture,
    Sample,
    fit,
    mix,
    out_of_fold,
)
from counterpoise.records import EnsembleRecord, RunRecord

NAME = "ensemble"
TITLE = "Ensemble of the methods at balanced priors, with weights from validation"
REVISION = 1  # raised when its numbers change
SAVED = "ensemble.json"
FEWEST = 2  # methods


@dataclass(frozen=True)
class _Member:
    """A method that finished every split with probabilities: its runs, and how they ended."""

    name: str
    runs: tuple[RunTask, ...]
    records: tuple[RunRecord, ...]


def combine(setup: Setup, work: Work) -> tuple[bool, str]:
    """Write the runs of the ensemble, unless they are there already.

    Returns:
        Whether there is one, and what the report has to say of methods that are not in it.
    """
    members, left = _members(setup, work)
    without = f"without {'; '.join(left)}" if left else ""
    if len(members) < FEWEST:
        note = f"no ensemble, as it takes {FEWEST} methods with probabilities on every split"
        return False, f"{note} ({without})" if left else note
    splits = list(setup.grid.seeds)
    identities = {split: _identity(split, members) for split in splits}
    if all(_is_there(setup.out / RUNS / NAME / s, identities[s]) for s in splits):
        return True, f"{NAME}: {without}" if left else ""
    parts = [read_split(setup.context.splits, split) for split in splits]
    tables = [
        np.concatenate([_shares(setup.out, run, "validation") for run in member.runs])
        for member in members
    ]
    sample, tests = _sample(parts)
    held = out_of_fold(tables, sample)
    fitted: dict[bytes, Mixture] = {}
    for number, split in enumerate(splits):
        kept = ~np.isin(sample.member, tests[number])  # folds test on others' validation samples
        mixture = fitted.setdefault(
            kept.tobytes(), fitted.get(kept.tobytes()) or fit(tables, sample, kept)
        )
        log_prior = sample.log_prior[number]
        tested = [_shares(setup.out, member.runs[number], "test") for member in members]
        scores = {
            "validation": held[sample.split == number],
            "test": mix(tested, log_prior, mixture),
        }
        _write(setup, members, number, identities[split], mixture, log_prior, scores)
    return True, f"{NAME}: {without}" if left else ""


def _shares(out: Path, run: RunTask, part: str) -> FloatArray:
    """Probabilities (N, K) of a run on one of its parts."""
    with np.load(out / run.folder / OUTPUTS, allow_pickle=False) as outputs:
        found: FloatArray = outputs[f"{part}_probabilities"]
    return found


def _members(setup: Setup, work: Work) -> tuple[list[_Member], list[str]]:
    """Methods that can be in it, and why others are not."""
    runs: dict[str, list[RunTask]] = {}
    for run in work.runs:
        runs.setdefault(run.recipe.name, []).append(run)
    found, reasons = [], dict[str, list[str]]()
    for name, group in runs.items():
        why, records = _reason(setup.out, group, len(setup.grid.seeds))
        if why:
            reasons.setdefault(why, []).append(name)
        else:
            found.append(_Member(name, tuple(group), records))
    return found, [f"{', '.join(names)} ({why})" for why, names in reasons.items()]


def _reason(out: Path, runs: Sequence[RunTask], splits: int) -> tuple[str, tuple[RunRecord, ...]]:
    """Why a method is not in it, empty if it is, and how its runs ended."""
    if runs[0].recipe.control:
        return "a control", ()
    records = []
    for run in runs:
        record = RunRecord.read_if_there(out / run.folder / REPORT)
        if record is None or record.status != "ok" or len(runs) < splits:
            return "not finished on every split", ()
        if not record.probabilities:
            return "margins, no probabilities", ()
        folder = out / run.folder
        if not ((folder / OUTPUTS).is_file() and (folder / PREDICTOR).is_dir()):
            return "from a ledger, without scores of single samples", ()
        records.append(record)
    return "", tuple(records)


def _identity(split: str, members: Sequence[_Member]) -> str:
    """Of the run on one split: all splits determine the weights."""
    each = [[m.name, [run.identity for run in m.runs]] for m in members]
    return digest({NAME: REVISION, "split": split, "members": each})


def _is_there(folder: Path, identity: str) -> bool:
    record = RunRecord.read_if_there(folder / REPORT)
    whole = (folder / OUTPUTS).is_file() and (folder / PREDICTOR / SAVED).is_file()
    return whole and record is not None and record.identity == identity


def _sample(
    parts: Sequence[Mapping[str, np.ndarray[tuple[int], np.dtype[np.int64]]]],
) -> tuple[Sample, list[np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    """The validation samples of all splits, and which samples (or groups) each split tests on."""
    grouped = "validation_groups" in parts[0]
    validation, test = ("validation_groups", "test_groups") if grouped else ("validation", "test")
    sample = Sample(
        target=np.concatenate([part["validation_labels"] for part in parts]),
        member=np.concatenate([part[validation] for part in parts]),
        split=np.repeat(np.arange(len(parts)), [len(part[validation]) for part in parts]),
        prior=np.array([part["counts"] / part["counts"].sum() for part in parts]),
    )
    return sample, [part[test] for part in parts]


def _write(
    setup: Setup,
    members: Sequence[_Member],
    number: int,
    identity: str,
    mixture: Mixture,
    log_prior: Floats,
    scores: Mapping[str, Floats],
) -> None:
    """The folder of the run on one split; its report, which makes it finished, comes last."""
    split = members[0].runs[number].split
    folder = setup.out / RUNS / NAME / split
    (folder / REPORT).unlink(missing_ok=True)
    write_training(folder, environment(setup.context.device, setup.context.threads), "")
    outputs = {f"{part}_scores": table.astype(np.float32) for part, table in scores.items()}
    outputs |= {f"{part}_probabilities": outputs[f"{part}_scores"] for part in scores}
    write_outputs(folder, outputs, [])
    used = [i for i in np.argsort(-mixture.weights, kind="stable") if mixture.weights[i] > 0]
    _save(
        folder / PREDICTOR,
        setup.out,
        [members[i].runs[number] for i in used],
        [np.exp(-mixture.exponents[i] * log_prior) for i in used],
        mixture.weights[used],
    )
    records = [member.records[number] for member in members]
    shares = ", ".join(f"{members[i].name} {100 * mixture.weights[i]:.0f} %" for i in used)
    report = RunRecord(
        identity=identity,
        method=NAME,
        title=TITLE,
        split=split,
        status="ok",
        converged=_all([record.converged for record in records]),
        seconds=sum(record.seconds for record in records),
        evaluation_seconds=sum(record.evaluation_seconds for record in records),
        updates=sum(record.updates or 0 for record in records),
        probabilities=True,
        notes=(_note(len(used), split, shares),),
    )
    write_report(folder, report)


def _note(number: int, split: str, shares: str) -> str:
    models = "the model of one method" if number == 1 else f"the models of {number} methods"
    return f"predicts with {models} on {split}: {shares}"


def _all(values: Sequence[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _save(
    folder: Path,
    out: Path,
    runs: Sequence[RunTask],
    factors: Sequence[Floats],
    weights: Floats,
) -> None:
    """One predictor of those of `runs`, whose files it shares where the disk can link them."""
    shutil.rmtree(folder, ignore_errors=True)
    names = [f"member-{number}" for number in range(1, len(runs) + 1)]
    for name, run in zip(names, runs, strict=True):
        link_files(out / run.folder / PREDICTOR, folder / name)
    whole = EnsembleRecord(
        mean="arithmetic",
        members=tuple(names),
        weights=tuple(float(weight) for weight in weights),
        factors=tuple(tuple(float(value) for value in factor) for factor in factors),
    )
    (folder / SAVED).write_text(whole.text(), "utf-8")
