"""By what a running model is trained again with labels: balanced accuracy after it less before.

The first model and the labels of the queue are those of loop_labels.py. With the same labels the
model is trained again in several ways: with the head of the running model, as the server does, or
with a new one, as it did before. All are judged on pictures of cameras that no training saw. Seeds
that are in the ledger are not trained again; `--table` and `--replay` train nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import loop_world
import numpy as np
from harness import Claim, Floats, Output, common, load_if_present, parser, run
from loop_labels import LABELS, LEDGERS, ROUNDS, spread
from loop_round import QUEUE, labelled, opened, recalls, retrained

from counterpoise.service.labelling.recipe import DEFAULT

SEEDS = {"digits": 5, "fashion-mnist": 5}  # of the ten of loop_labels.py
FIRST, NEW_HEAD = "first", ", new head"
OLD = f"tlc{NEW_HEAD}"  # what the page offered first
WAYS = (OLD, "tlc", f"{DEFAULT}{NEW_HEAD}", DEFAULT, f"oversampling{NEW_HEAD}", "oversampling",
        "baseline")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One model on held-out pictures.

    Args:
        set, seed: of the world.
        way: "first", or of `WAYS`.
        recall: of the class that was rare at first.
        balanced: balanced accuracy.
        worst: the largest loss of recall that a class had by the training; 0 for the first.
    """

    set: str
    seed: int
    way: str
    recall: float
    balanced: float
    worst: float


def measured(name: str, seed: int, number: int, rounds: int, ways: Sequence[str]) -> list[Row]:
    """All models of one seed."""
    world = loop_world.make(name, seed)
    with tempfile.TemporaryDirectory() as scratch:
        site = opened(world, Path(scratch), rounds)
        before = recalls(site.model, world)

        def row(way: str, values: Floats) -> Row:
            found = float(values[world.rare]), float(values.mean()), float((before - values).max())
            return Row(name, seed, way, *(round(number, 5) for number in found))

        rows = [row(FIRST, before)]
        labelled(site, QUEUE, number, seed)
        for way in ways:
            place = site.folder / f"way-{len(rows)}"
            method = way.removesuffix(NEW_HEAD)
            rows.append(row(way, retrained(site, place, method, keeps=method == way)))
        site.engine.dispose()
    return rows


def read(folder: Path, name: str) -> list[Row]:
    """The rows of a set's ledger."""
    path = folder / f"{name}-recipes.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [Row(**json.loads(line)) for line in lines]


def column(rows: Sequence[Row], way: str, key: str) -> Floats:
    """One value for each seed."""
    return np.array([float(getattr(row, key)) for row in rows if row.way == way])


def said(rows: Sequence[Row], output: Output) -> None:
    """The claim: what is the default does no harm."""
    before, after = (column(rows, way, "balanced") for way in (FIRST, DEFAULT))
    low, high = spread(after - before)
    text = (
        f"{rows[0].set}: balanced accuracy after training again by {DEFAULT}, the default, and "
        "before; `spread`: ours - theirs"
    )
    means = float(after.mean()), float(before.mean())
    output.claim(Claim(text, *means, None, 0.0, low > 0, len(after), (low, high)))


def table(name: str, rows: Sequence[Row]) -> list[str]:
    """Rows of the page's table, in Markdown."""
    lines = []
    for way in dict.fromkeys(row.way for row in rows):
        own = [column(rows, way, key) for key in ("balanced", "recall", "worst")]
        first = [column(rows, FIRST, key) for key in ("balanced", "recall")]
        cells = [name, way, f"{own[0].mean():.3f}"]
        cells += ["" if way == FIRST else _points(own[0] - first[0]), f"{own[1].mean():.3f}"]
        cells += ["" if way == FIRST else _points(own[1] - first[1])]
        cells += ["" if way == FIRST else f"{100 * own[2].mean():.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


HEADING = (
    "| set | trained again by | balanced accuracy | less before [95 %] | recall of the rare class "
    "| less before [95 %] | what the class that lost most lost |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
)


def _points(differences: Floats) -> str:
    low, high = (100 * end for end in spread(differences))
    return f"{100 * differences.mean():+.1f} [{low:+.1f}, {high:+.1f}]"


def main() -> None:
    """Train the seeds that the ledger lacks, and compare."""
    reads = parser(__doc__ or "")
    reads.add_argument("--replay", action="store_true", help="train nothing, print the claims")
    reads.add_argument("--table", action="store_true", help="train nothing, print the table")
    reads.add_argument("--ledgers", type=Path, default=LEDGERS, help="folder of the ledgers")
    reads.add_argument("--sets", default=",".join(SEEDS), help="separated by commas")
    reads.add_argument("--ways", default=";".join(WAYS), help="separated by semicolons")
    given = reads.parse_args()
    options = common(given)
    names = given.sets.split(",")
    if given.table:
        rows = [line for name in names for line in table(name, read(given.ledgers, name))]
        print("\n".join((*HEADING, *rows)))
        return
    output = Output(options)
    if options.quick:
        said([r for n in (0, 1) for r in measured("digits", n, 20, 1, (OLD, DEFAULT))], output)
        return
    for name in names:
        done = {row.seed for row in read(given.ledgers, name)}
        for seed in () if given.replay else range(SEEDS[name]):
            if seed in done:
                continue
            if load_if_present(name) is None:
                output.say(f"skipped {name}: its files are absent")
                break
            rows = measured(name, seed, LABELS, ROUNDS[name], given.ways.split(";"))
            with (given.ledgers / f"{name}-recipes.jsonl").open("a", encoding="utf-8") as stream:
                stream.writelines(f"{json.dumps(asdict(row))}\n" for row in rows)
            output.say("; ".join(f"{row.way} {row.balanced:.3f}" for row in rows))
        if found := read(given.ledgers, name):
            said(found, output)


if __name__ == "__main__":
    run(main)
