"""What a task made, as bytes: the files of its stage or run, which the driver puts in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from counterpoise.atomic import ASIDE, replacing
from counterpoise.experiments.finished import DONE
from counterpoise.experiments.run_folder import BACKBONES, REPORT
from counterpoise.experiments.tasks import Outcome, RunTask, StageTask, Task

STAGES = "stages"
LAST = (DONE, REPORT)  # they say that a folder is whole
OWN = ("lock", "checkpoint")  # of the process that trains


@dataclass(frozen=True)
class Parcel:
    """How a task ended, and its files by their path below the output folder."""

    outcome: Outcome
    files: Mapping[str, bytes] = field(default_factory=dict)

    def put(self, out: Path) -> None:
        """Write the files, those last that say that the others are there.

        Raises:
            OutputError: the disk is full.
        """
        for name in sorted(self.files, key=lambda name: (Path(name).name in LAST, name)):
            path = out / name
            if path.parent.name == BACKBONES and path.exists():  # named after its content
                continue
            with replacing(path) as stream:
                stream.write(self.files[name])


def pack(outcome: Outcome, task: Task, out: Path) -> Parcel:
    """The parcel of a task that was done in `out`; one that failed leaves nothing."""
    if outcome.status == "failed":
        return Parcel(outcome)
    folders: list[Path] = []
    if isinstance(task, StageTask):
        folders = [out / STAGES / task.id]
    elif isinstance(task, RunTask):
        folders = [out / task.folder, out / BACKBONES]
    return Parcel(outcome, _read(folders, out))


def stored(stage: str, outcome: Outcome, out: Path) -> Parcel:
    """The parcel of a stage that is finished in the output folder."""
    return Parcel(outcome, _read([out / STAGES / stage], out))


def _read(folders: list[Path], out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ASIDE
        and not set(OWN) & set(path.relative_to(folder).parts)
    }
