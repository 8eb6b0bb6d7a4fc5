"""How long the trainings behind a ledger took: updates and evaluations, in CPU-minutes.

    python docs/results/minutes.py LEDGER [LEDGER ...]

A stage that several methods share is counted once where a run of it alone is in the ledger, and
with each of them where not. What happens before the first update is not counted: resampling,
off-line augmentation, and the features of frozen blocks.
"""

import sys
from pathlib import Path

from counterpoise.records import LedgerRecord


def minutes(path: Path) -> float:
    """Of all the runs of one ledger, which trained with one thread each."""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    rows = [LedgerRecord.parse(line, f"{path}, line {number}") for number, line in lines]
    if any(row.environment.threads != 1 for row in rows):
        raise SystemExit(f"{path}: some runs had several threads, so seconds are not CPU-seconds")
    stages: dict[str, float] = {}
    for row in sorted(rows, key=lambda row: len(row.stages)):
        seconds = row.seconds + row.evaluation_seconds
        known = sum(stages.get(stage, 0.0) for stage in row.stages)
        unknown = [stage for stage in row.stages if stage not in stages]
        if unknown:
            stages.update(dict.fromkeys(unknown, 0.0))
            stages[unknown[-1]] = seconds - known
    return sum(stages.values()) / 60


if __name__ == "__main__":
    found = {name: minutes(Path(name)) for name in sys.argv[1:]}
    for name, value in found.items():
        print(f"{name}: {value:.1f} CPU-minutes")
    print(f"together: {sum(found.values()):.1f} CPU-minutes")
