"""A task on a machine of a cluster: everything it needs comes along, and it leaves nothing there.

Importing this file loads neither torch nor Ray.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.experiments.engines.parcel import Parcel, pack
from counterpoise.experiments.identity import environment
from counterpoise.experiments.tasks import (
    Context,
    Outcome,
    ProbeTask,
    RunTask,
    StageTask,
)
from counterpoise.experiments.worker import serve
from counterpoise.experiments.worker.signs import sparingly

# What has to be the same on all machines, as numbers depend on it and identities say it.
SAME = ("counterpoise", "numerics", "torch", "torchvision", "numpy", "scikit_learn")

RemoteTask = StageTask | RunTask | ProbeTask


@dataclass(frozen=True)
class Shared:
    """What all tasks of an experiment read, to be put into the object store once.

    Args:
        context: of the machine of the comparison; its paths are of no use elsewhere.
        arrays: inputs and labels by the name of their file.
        beside: small files that lie beside them, by name.
        splits: the frozen splits by the name of their file.
        versions: of what numbers depend on.
    """

    context: Context
    arrays: Mapping[str, npt.NDArray[Any]]
    beside: Mapping[str, bytes]
    splits: Mapping[str, bytes]
    versions: Mapping[str, object]

    @classmethod
    def of(cls, context: Context) -> Shared:
        """Read everything that tasks of this context need."""
        paths = {context.inputs, context.labels, *dict(context.inputs_of).values()}
        paths |= set() if context.whole is None else {context.whole.sizes}
        said = [path.with_suffix(".json") for path in paths]
        return cls(
            context,
            {path.name: np.load(path, allow_pickle=False) for path in paths},
            {path.name: path.read_bytes() for path in said if path.exists()},
            {path.name: path.read_bytes() for path in context.splits.glob("*.npz")},
            versions(context),
        )

    def unpacked(self, folder: Path, split: str) -> Context:
        """A context whose paths lie in `folder`; arrays stay in the memory of the store."""
        inputs, splits = folder / "inputs", folder / "splits"
        for place, files in ((inputs, self.beside), (splits, self.splits)):
            place.mkdir()
            for name, content in files.items():
                if place is inputs or name == f"{split}.npz":
                    (place / name).write_bytes(content)
        context, whole = self.context, self.context.whole
        return replace(
            context,
            whole=None if whole is None else replace(whole, sizes=inputs / whole.sizes.name),
            out=folder / "out",
            splits=splits,
            inputs=inputs / context.inputs.name,
            labels=inputs / context.labels.name,
            inputs_of=tuple((name, inputs / path.name) for name, path in context.inputs_of),
            held={inputs / name: array for name, array in self.arrays.items()},
        )


def versions(context: Context) -> dict[str, object]:
    """Of this machine, as far as numbers depend on them."""
    record = environment(context.device, context.threads)
    return {name: getattr(record, name) for name in SAME}


def perform(task: RemoteTask, shared: Shared, news: Any, *before: Parcel) -> Parcel:
    """Do one task in a folder of its own.

    Args:
        task: what is to be done.
        shared: the data.
        news: the actor that hears how far it is.
        before: of the stages that the task needs, in their order.
    """
    broken = next((p.outcome for p in before if p.outcome.status != "ok"), None)
    if broken is not None and isinstance(task, StageTask):
        return Parcel(Outcome(task.id, broken.status, broken.error))
    fault = _other_versions(shared)
    if fault is not None:
        return Parcel(Outcome(task.id, "failed", fault, users_fault=True))
    import torch

    torch.set_num_threads(shared.context.threads)  # part of every stage's identity
    stage = task.stage if isinstance(task, ProbeTask) else task

    def send(*signs: object) -> None:
        news.say.remote(str(shared.context.out), task.id, signs)

    with tempfile.TemporaryDirectory(prefix="counterpoise-") as scratch:
        context = shared.unpacked(Path(scratch), stage.data_split)
        for parcel in before:
            parcel.put(context.out)
        outcome = serve.attempt(task, broken, context, sparingly(send))
        return pack(outcome, task, context.out)


def _other_versions(shared: Shared) -> str | None:
    """What this machine has in another version than that of the comparison; None if nothing."""
    own = versions(shared.context)
    other = [name for name in SAME if own[name] != shared.versions[name]]
    if not other:
        return None
    listed = ", ".join(f"{name} {own[name]}, not {shared.versions[name]}" for name in other)
    return f"a machine of the cluster has {listed}; install the same versions on all of them"


class News:
    """The last sign of life of each training, until it is asked for; an actor of the cluster."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, Any]] = {}

    def say(self, comparison: str, task: str, signs: object) -> None:
        """A training is so far."""
        self._last.setdefault(comparison, {})[task] = signs

    def take(self, comparison: str) -> dict[str, Any]:
        """What was said of one comparison since the last time, by task."""
        return self._last.pop(comparison, {})
