"""What labels of the queue are worth beside labels drawn at random: recall of a rare class.

A first model is trained with 20 pictures of one class. Other pictures arrive from other cameras,
are classified and recorded; then so many of them are labelled in one round, either those that the
server's queue asks about or as many drawn at random, a tenth of which is set aside in both cases,
as the server does. The model is trained again as the server does it, and both are judged on
pictures of cameras that no training and no choice saw. Ten seeds; each has another rare class.

It fills the queue and trains again with the server's own code, without the server. Seeds that are
in the ledgers are not trained again. `--table` prints the tables of docs/results/loop.md from the
ledgers, as `--replay` prints the claims; both train nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import loop_world
import numpy as np
from harness import Claim, Floats, Output, common, load_if_present, parser, run
from loop_round import DRAWN, QUEUE, labelled, opened, recalls, retrained
from scipy import stats

from counterpoise.service.labelling.recipe import DEFAULT

LEDGERS = Path(__file__).parent.parent / "docs" / "results" / "measured" / "loop"
SEEDS = 10
LABELS = 100  # of one round
METHODS = ("oversampling", DEFAULT)  # of the first model, and the page's default
ROUNDS = {"digits": 60, "fashion-mnist": 30}  # of each training: about 420 and 550 updates
FIRST = "first"


@dataclass(frozen=True)
class Row:
    """One model on held-out pictures.

    Args:
        set, seed: of the world.
        rare: the class that is rare.
        how: "first", or where the labels of its training are from: "queue" or "random".
        method: of the training.
        labels: how many were given, those that were set aside among them.
        found: reason -> frames of the rare class among them.
        recall: of the rare class.
        balanced: balanced accuracy.
    """

    set: str
    seed: int
    rare: str
    how: str
    method: str
    labels: int
    found: dict[str, int]
    recall: float
    balanced: float


def measured(name: str, seed: int, number: int, rounds: int) -> list[Row]:
    """All models of one seed."""
    world = loop_world.make(name, seed)
    rare = world.classes[world.rare]

    def row(how: str, method: str, given: int, found: dict[str, int], values: Floats) -> Row:
        recall, balanced = round(float(values[world.rare]), 5), round(float(values.mean()), 5)
        return Row(name, seed, rare, how, method, given, found, recall, balanced)

    with tempfile.TemporaryDirectory() as scratch:
        site = opened(world, Path(scratch), rounds)
        rows = [row(FIRST, METHODS[0], 0, {}, recalls(site.model, world))]
        for how in (QUEUE, DRAWN):
            found = labelled(site, how, number, seed)
            for method in METHODS:
                values = retrained(site, site.folder / f"{how}-{method}", method)
                rows.append(row(how, method, number, found, values))
        site.engine.dispose()
    return rows


def read(folder: Path, name: str) -> list[Row]:
    """The rows of a set's ledger."""
    path = folder / f"{name}.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [Row(**json.loads(line)) for line in lines]


@dataclass(frozen=True)
class Paired:
    """Both ways on the same seeds, trained by one method: one value a seed, (S,)."""

    name: str
    method: str
    labels: int
    first: Floats
    queue: Floats
    random: Floats
    balanced: Floats  # (3, S): of the first model, with the queue's labels, with random ones
    found: tuple[float, float]  # frames of the rare class, mean: in the queue, at random

    @property
    def seeds(self) -> int:
        """How many."""
        return len(self.first)


def paired(rows: Sequence[Row]) -> list[Paired]:
    """The comparisons of one set, by method."""
    seeds = sorted({row.seed for row in rows})
    found = []
    for method in dict.fromkeys(row.method for row in rows):
        at = {(row.seed, row.how): row for row in rows if row.how == FIRST or row.method == method}

        def column(how: str, key: str, at: Mapping[tuple[int, str], Row] = at) -> Floats:
            return np.array([float(getattr(at[seed, how], key)) for seed in seeds])

        ways = (FIRST, QUEUE, DRAWN)
        queue, drawn = (
            float(np.mean([sum(at[seed, how].found.values()) for seed in seeds]))
            for how in (QUEUE, DRAWN)
        )
        found.append(
            Paired(
                rows[0].set,
                method,
                at[seeds[0], QUEUE].labels,
                *(column(how, "recall") for how in ways),
                np.array([column(how, "balanced") for how in ways]),
                (queue, drawn),
            )
        )
    return found


def spread(differences: Floats) -> tuple[float, float]:
    """95 % interval of the mean over seeds, by Student's t."""
    n, mean = len(differences), float(differences.mean())
    half = float(stats.t.ppf(0.975, n - 1)) * float(differences.std(ddof=1)) / n**0.5
    return mean - half, mean + half


def said(found: Sequence[Paired], output: Output) -> None:
    """The claims."""
    for one in found:
        what = f"{one.name}, {one.labels} labels, trained again by {one.method}"
        pairs = {
            f"recall of the rare class ({one.first.mean():.3f} before)": (one.queue, one.random),
            f"balanced accuracy ({one.balanced[0].mean():.3f} before)": tuple(one.balanced[1:]),
        }
        for metric, (ours, theirs) in pairs.items():
            low, high = spread(ours - theirs)
            text = f"{what}: {metric}, labels of the queue and random ones; `spread`: ours - theirs"
            means = float(ours.mean()), float(theirs.mean())
            output.claim(Claim(text, *means, None, 0.0, low > 0, one.seeds, (low, high)))


def table(found: Sequence[Paired]) -> str:
    """The table of the page, in Markdown."""
    lines = [
        "| set | trained by | before | queue | random | queue less random [95 %] "
        "| queue less before [95 %] | points a label: queue | random |",
        "| --- | --- " + "| ---: " * 7 + "|",
    ]
    for one in found:
        means = [float(column.mean()) for column in (one.first, one.queue, one.random)]
        cells = [one.name, f"`{one.method}`", *(f"{mean:.3f}" for mean in means)]
        cells += [_points(one.queue - one.random), _points(one.queue - one.first)]
        cells += [f"{100 * (mean - means[0]) / one.labels:+.3f}" for mean in means[1:]]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "| set | trained by | of the rare class: queue | random | balanced accuracy before | queue "
        "| random | queue less random [95 %] |",
        "| --- | --- " + "| ---: " * 6 + "|",
    ]
    for one in found:
        cells = [one.name, f"`{one.method}`", *(f"{number:.1f}" for number in one.found)]
        cells += [f"{value:.3f}" for value in one.balanced.mean(1)]
        cells.append(_points(one.balanced[1] - one.balanced[2]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _points(differences: Floats) -> str:
    low, high = (100 * end for end in spread(differences))
    return f"{100 * differences.mean():+.1f} [{low:+.1f}, {high:+.1f}]"


def main() -> None:
    """Train the seeds that no ledger has, and compare."""
    reads = parser(__doc__ or "")
    reads.add_argument("--replay", action="store_true", help="train nothing, print the claims")
    reads.add_argument("--table", action="store_true", help="train nothing, print the table")
    reads.add_argument(
        "--ledgers", type=Path, default=LEDGERS, help="folder of a file for each set"
    )
    reads.add_argument("--sets", default=",".join(loop_world.SIZES), help="separated by commas")
    given = reads.parse_args()
    options = common(given)
    names = given.sets.split(",")
    if given.table:
        print(table([one for name in names for one in paired(read(given.ledgers, name))]))
        return
    output = Output(options)
    if options.quick:
        rows = [row for seed in (0, 1) for row in measured("digits", seed, 20, 1)]
        said(paired(rows), output)
        return
    for name in names:
        done = {row.seed for row in read(given.ledgers, name)}
        for seed in () if given.replay else range(SEEDS):
            if seed in done:
                continue
            if load_if_present(name) is None:
                output.say(f"skipped {name}: its files are absent")
                break
            rows = measured(name, seed, LABELS, ROUNDS[name])
            given.ledgers.mkdir(exist_ok=True)
            with (given.ledgers / f"{name}.jsonl").open("a", encoding="utf-8") as stream:
                stream.writelines(f"{json.dumps(asdict(row))}\n" for row in rows)
            output.say("; ".join(f"{r.how} {r.method} {r.recall:.3f}" for r in rows))
        found = read(given.ledgers, name)
        said(paired(found) if found else [], output)


if __name__ == "__main__":
    run(main)
