"""The rounds of a stage in its folder, and its end, which is written last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counterpoise.atomic import write_text
from counterpoise.experiments.finished import DONE
from counterpoise.records import Part, RoundRecord, StageRecord
from counterpoise.train.history import Round

HISTORY = "history.jsonl"


def finish_stage(folder: Path, history: Sequence[Round], ended: StageRecord) -> None:
    """Write the rounds of a stage, and then that it is finished."""
    write_text(folder / HISTORY, "".join(_line(row) for row in history))
    write_text(folder / DONE, ended.text())


def read_history(folder: Path) -> list[RoundRecord]:
    """The rounds of a finished stage; none where there is no such stage.

    Raises:
        CheckpointError: a line is damaged, or a newer version wrote it.
    """
    path = folder / HISTORY
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    return [RoundRecord.parse(line, f"{path}, line {n}") for n, line in enumerate(lines, start=1)]


def _line(row: Round) -> str:
    record = RoundRecord.model_validate(row)
    for name, part in ((None, record), *record):
        if isinstance(part, Part):
            lost = set(row if name is None else row[name]) - part.model_fields_set
            assert not lost, f"a round has no place for {lost}"
    return record.line()
