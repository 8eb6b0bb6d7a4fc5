"""Train stages of one shape as one model, each into its own folder, as it would be alone."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch

from counterpoise.atomic import locked, write_json
from counterpoise.errors import CounterpoiseError
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.tasks import Context, OnProgress, Outcome, StackTask, StageTask
from counterpoise.experiments.worker.train import keep, set_up_stage, train_alone
from counterpoise.models.classifier import Classifier
from counterpoise.train.loop import Loop
from counterpoise.train.stackable import why_not
from counterpoise.train.stacked import fit_together


@dataclass(frozen=True, eq=False)
class _Member:
    stage: StageTask
    folder: Path
    loop: Loop
    model: Classifier

    def ended(self, error: str | None) -> Outcome:
        """How it ended, by why it diverged."""
        return Outcome(self.stage.id, "ok" if error is None else "diverged", error)


def train_stack(task: StackTask, context: Context, on_progress: OnProgress) -> Outcome:
    """Train all stages, each from its own checkpoint; what is finished already is left alone.

    Those that cannot be stacked after all are trained one by one. One whose pieces refuse their
    arguments fails, and one whose loss is not finite diverges, without the others.

    Raises:
        MemoryError: they do not fit on the device at once.
    """
    try:
        return _train(task, context, on_progress)
    except torch.OutOfMemoryError:
        pass
    gc.collect()  # loops refer to themselves, and what they hold is wanted by smaller stacks
    raise MemoryError


def _train(task: StackTask, context: Context, on_progress: OnProgress) -> Outcome:
    ended: dict[str, Outcome] = {}
    notes: list[str] = []
    each = task.contexts or (context,) * len(task.stages)
    contexts = {stage.id: own for stage, own in zip(task.stages, each, strict=True)}
    with ExitStack() as held:
        open_ = list(_open(task, contexts, held, ended))
        clock = time.perf_counter()
        ready = list(_set_up(open_, contexts, on_progress, ended))
        for members in _level(ready):
            reason = why_not([m.loop for m in members]) if len(members) > 1 else None
            if len(members) > 1 and reason is None:
                faults = fit_together([m.loop for m in members])
                wall = time.perf_counter() - clock
                for member, fault in zip(members, faults, strict=True):
                    keep(member.loop, member.model, member.folder, fault, wall, len(members))
                    ended[member.stage.id] = member.ended(fault)
                continue
            if reason is not None:
                notes.append(f"{len(members)} trainings are not stacked: {reason}")
            for member in members:  # set up anew, so that it draws what it would draw alone
                own = contexts[member.stage.id]
                found = train_alone(member.stage, own, member.folder, on_progress)
                ended[member.stage.id] = found
    parts = tuple(ended[stage.id] for stage in task.stages)
    return Outcome(task.id, "ok", note="; ".join(notes), parts=parts)


def _open(
    task: StackTask, contexts: Mapping[str, Context], held: ExitStack, ended: dict[str, Outcome]
) -> Iterator[StageTask]:
    """Stages that are not finished, with their folders held."""
    for stage in task.stages:
        folder = contexts[stage.id].out / "stages" / stage.id
        held.enter_context(locked(folder / "lock"))
        done = stage_done(folder)
        if done is None:
            write_json(folder / "settings.json", stage.settings)
            yield stage
        else:
            ended[stage.id] = Outcome(stage.id, done.status, done.error)


def _set_up(
    stages: Sequence[StageTask],
    contexts: Mapping[str, Context],
    on_progress: OnProgress,
    ended: dict[str, Outcome],
) -> Iterator[_Member]:
    """What can train; of what cannot, how it ended."""
    for stage in stages:
        folder = contexts[stage.id].out / "stages" / stage.id
        try:
            loop, model = set_up_stage(stage, contexts[stage.id], folder, on_progress)
            loop.begin()
        except CounterpoiseError as error:
            ended[stage.id] = Outcome(stage.id, "failed", str(error), users_fault=True)
            continue
        yield _Member(stage, folder, loop, model)


def _level(ready: Sequence[_Member]) -> list[list[_Member]]:
    """Those whose checkpoints left them at the same update, together."""
    by: dict[int, list[_Member]] = {}
    for member in ready:
        by.setdefault(member.loop.update, []).append(member)
    return list(by.values())
