"""Whose output folder it is: one experiment's, and one process's at a time."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from counterpoise.atomic import ASIDE, sweep, write_text
from counterpoise.data.labelled import LabelledSet
from counterpoise.errors import OutputError
from counterpoise.experiments.option_tables import FROZEN_MODEL
from counterpoise.experiments.options import Options
from counterpoise.records import ClaimRecord


@contextmanager
def claimed(options: Options, dataset: LabelledSet) -> Iterator[None]:
    """Own the output folder: nobody else writes in it, and it holds this experiment only."""
    out = options.out
    claim = ClaimRecord(
        dataset=dataset.checksum,
        profile=options.profile,
        validation=options.validation,
        validation_share=options.validation_share,
        folds=options.folds,
        frozen=options.frozen,
        fine_tune=options.fine_tune,
        size=dataset.input_shape,
        **({"backbone": options.model or FROZEN_MODEL} if options.pretrained else {}),
    )
    marker = out / "claim.json"
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        fresh = not any(out.iterdir())
        strangers = (p for p in out.iterdir() if p.name != "lock" and p.suffix != ASIDE)
        if not marker.exists() and any(strangers):
            raise OutputError(
                f"{out} is not empty and is not an experiment of counterpoise (choose another "
                "--out; nothing was written)"
            )
        handle = open(out / "lock", "w", encoding="utf-8")  # noqa: SIM115
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror} (choose another --out)") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(f"another comparison is running in {out}; wait for it") from error
        before = ClaimRecord.read_if_there(marker)
        if before is not None and _question(before) != _question(claim):
            name = {
                "dataset": "checksum of the data",
                "validation_share": "share of validation",
                "frozen": "features of a pretrained backbone",
                "fine_tune": "fine-tuning of its last half",
            }
            what = "; ".join(
                f"{name.get(key, key)} was {was}, is now {now}"
                for (key, was), (_, now) in zip(_question(before), _question(claim), strict=True)
                if was != now
            )
            raise OutputError(f"{out} holds another experiment ({what}); choose another --out")
        sweep(out)
        try:
            write_text(marker, claim.text())
            yield
        except BaseException:
            if fresh and not any(out.glob("stages/*")) and not any(out.glob("features/*.npy*")):
                _unmake(out, made)  # it went wrong before training
            raise


def _question(claim: ClaimRecord) -> ClaimRecord:
    """What a folder cannot share: features of several backbones may lie in one."""
    return claim.model_copy(update={"backbone": None})


def _unmake(out: Path, made: Sequence[Path]) -> None:
    """Leave things as they were before `out` was claimed: empty, or not there at all."""
    for path in out.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for folder in made:
        with suppress(OSError):  # somebody else put something there meanwhile
            folder.rmdir()
