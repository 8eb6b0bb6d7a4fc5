"""The work of a worker process, with torch loaded: one function for each kind of task."""

from __future__ import annotations

import torch

from counterpoise.experiments.features import extract_features
from counterpoise.experiments.tasks import (
    CheckTask,
    Context,
    ExtractTask,
    Outcome,
    ProbeTask,
    StageTask,
    Task,
)
from counterpoise.experiments.worker.check import check
from counterpoise.experiments.worker.score import finish_run
from counterpoise.experiments.worker.train import Watch, probe, train_stage


def prepare(context: Context) -> None:
    """Set this process up: its number of threads is part of every stage's identity."""
    torch.set_num_threads(context.threads)


def carry_out(task: Task, inherited: Outcome | None, context: Context, watch: Watch) -> Outcome:
    """Do one task; a stage that is already on disk is left alone."""
    if isinstance(task, StageTask):
        return train_stage(task, context, watch)
    if isinstance(task, ProbeTask):
        return probe(task, context)
    if isinstance(task, CheckTask):
        check(task, context)
        return Outcome(task.id, "ok")
    if isinstance(task, ExtractTask):
        return Outcome(task.id, "ok", note=extract_features(task, context, watch))
    return finish_run(task, inherited, context)
