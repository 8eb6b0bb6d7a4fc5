"""Rules that choose a method from validation scores, by what they lose on test data.

On every set, methods are compared as `counterpoise compare` does it; a rule sees validation alone
(and, of *other* sets, all), and its regret is the balanced accuracy on test data of the method
that was best there, less that of the method it chose. Rules: the largest validation score
(argmax); of the methods within one standard error of the largest, the cheapest; the largest
after shrinkage towards what methods gained on other sets, each set left out in turn; the
ensemble of all methods; argmax with the ensemble among the methods.

`--replay`, and `--quick`, train nothing: they read docs/results/choice.jsonl, which a call without
them writes. `--work DIR` keeps comparisons, which another call goes on with. Sets whose files are
not under COUNTERPOISE_DATA, or in aeon (a package that ships small series), keep their old lines.
docs/results/choice.md has the table.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import features as pictures
import numpy as np
import numpy.typing as npt
from harness import Arguments, Claim, Floats, Output, common, interval, parser, run
from sklearn import datasets

from counterpoise import compare
from counterpoise.metrics import Evaluation
from counterpoise.posthoc import ensemble_selection as selection
from counterpoise.recipes.shipped import CLASSIC

Arrays = dict[str, npt.NDArray[np.generic]]
LEDGER = Path(__file__).parent.parent / "docs" / "results" / "choice.jsonl"
METHODS = (*CLASSIC, "balanced-softmax", "focal", "ldam-drw")
TOGETHER = ("ensemble", "mean")  # rows that are made of the others
METRIC = "balanced_accuracy"


@dataclass(frozen=True)
class Source:
    """A set and how it is compared: in `folds`, or by three seeds."""

    make: Callable[[], Arrays | str | None]
    kind: str
    profile: str = "none"
    folds: int | None = None
    rounds: int | None = None
    frozen: bool = False


@dataclass(frozen=True)
class Row:
    """One method on one set; lists have a value for each split.

    Args:
        set, kind, profile: the set, what it holds, and the imbalance imposed on it.
        method: its name, or "ensemble" or "mean" (of all methods, at balanced priors).
        validation, test: balanced accuracy.
        error: standard error of `validation` as a mean of recalls.
        seconds: of training one split, mean.
    """

    set: str
    kind: str
    profile: str
    method: str
    validation: tuple[float, ...]
    error: tuple[float, ...]
    test: tuple[float, ...]
    seconds: float


def table(name: str) -> Arrays:
    """A table of scikit-learn's."""
    found = getattr(datasets, f"load_{name}")()
    return {"x_train": found.data.astype(np.float32), "y_train": found.target}


def halved(folder: str, start: int) -> Arrays | None:
    """6000 grey images at half their size, 3000 of them test data."""
    from counterpoise import data

    if pictures.place(folder) is None:
        return None
    whole = data.load({"MNIST": "mnist", "FashionMNIST": "fashion-mnist"}[folder])
    rng = np.random.default_rng(start)
    index = rng.permutation(60000)[:6000]
    images = np.asarray(whole.inputs.read(index), dtype=np.float32)  # (6000, 1, 28, 28)
    small = (images.reshape(-1, 14, 2, 14, 2).mean((2, 4)) + 0.5).astype(np.uint8)
    labels = whole.labels[index]
    return {
        "x_train": small[:3000], "y_train": labels[:3000],
        "x_test": small[3000:], "y_test": labels[3000:],
    }  # fmt: skip


def movement(users: slice, steps: int, *, statistics: bool = False) -> Arrays | None:
    """Windows of a phone's accelerometer by activity; users are groups."""
    path = pictures.place("wisdm51_phone_accel.npz")
    if path is None:
        return None
    with np.load(path) as arrays:
        xyz, activity, user = arrays["xyz"], arrays["activity"], arrays["user"]
    chosen = np.unique(user)[users]
    x, y, who = [], [], []
    for one in chosen:
        for label in np.unique(activity):
            part = xyz[(user == one) & (activity == label)]
            for start in range(0, len(part) - steps, 5 * steps):
                x.append(part[start : start + steps].T)
                y.append(label)
                who.append(one)
    windows = np.array(x, dtype=np.float32)
    if statistics:
        change = np.diff(windows, axis=2)
        columns = [windows.mean(2), windows.std(2), windows.min(2), windows.max(2), change.std(2)]
        windows = np.concatenate(columns, axis=1)
    return {"x_train": windows, "y_train": np.array(y), "group_train": np.array(who)}


def series(name: str) -> Arrays | None:
    """A set of the UCR archive that aeon ships; its two parts as one. aeon is not imported."""
    found = importlib.util.find_spec("aeon")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "datasets" / "data" / name.removesuffix("_eq")
    x, y = [], []
    for part in ("TRAIN", "TEST"):
        text = (folder / f"{name}_{part}.ts").read_text("utf-8")
        for line in text.partition("@data")[2].split():
            *channels, label = line.split(":")
            x.append([[float(value) for value in channel.split(",")] for channel in channels])
            y.append(label)
    return {"x_train": np.array(x, dtype=np.float32), "y_train": np.array(y)}


def frozen(name: str) -> Callable[[], str | None]:
    """A set of benchmarks/features.py."""

    def make() -> str | None:
        source = pictures.SETS[name](Path(os.environ["CHOICE_WORK"]) / name / "images")
        return None if source is None else str(source)

    return make


SETS = {
    "iris": Source(lambda: table("iris"), "table", "step:rho=5,mu=0.34", 5, 200),
    "wine": Source(lambda: table("wine"), "table", "linear:rho=10", 5, 200),
    "breast-cancer": Source(lambda: table("breast_cancer"), "table", "exp:ratio=20", 5, 200),
    "digits-table": Source(lambda: table("digits"), "table", "step:rho=20,mu=0.5", None, 40),
    "movement-table": Source(
        lambda: movement(slice(None), 40, statistics=True), "table", "linear:rho=20", None, 40
    ),
    "digits": Source(lambda: "digits", "image", "step:rho=20,mu=0.5", None, 200),
    "mnist-14": Source(lambda: halved("MNIST", 0), "image", "step:rho=20,mu=0.5", None, 40),
    "fashion-14": Source(lambda: halved("FashionMNIST", 1), "image", "linear:rho=20", None, 40),
    "movement-a": Source(lambda: movement(slice(0, 11), 40), "series", "linear:rho=20", None, 40),
    "movement-b": Source(
        lambda: movement(slice(11, 22), 80), "series", "step:rho=10,mu=0.5", None, 60
    ),
    "OSULeaf": Source(lambda: series("OSULeaf"), "series", "linear:rho=10", 3, 60),
    "ItalyPowerDemand": Source(
        lambda: series("ItalyPowerDemand"), "series", "exp:ratio=20", None, 60
    ),
    "JapaneseVowels_eq": Source(
        lambda: series("JapaneseVowels_eq"), "series", "step:rho=10,mu=0.5", None, 60
    ),
    "ArrowHead": Source(lambda: series("ArrowHead"), "series", "linear:rho=5", 5, 60),
    **{
        name: Source(frozen(name), "features", folds=pictures.FOLDS, frozen=True)
        for name in pictures.SETS
    },
}


def measured(name: str, work: Path, output: Output) -> list[Row]:
    """Compare all methods on one set; empty where its files are absent."""
    source = SETS[name]
    os.environ["CHOICE_WORK"] = str(work)
    made = source.make()
    if made is None:
        output.say(f"skipped {name}: its files are absent")
        return []
    if isinstance(made, dict):
        (work / name).mkdir(parents=True, exist_ok=True)
        path = work / name / f"{name}.npz"
        np.savez(path, **made)  # type: ignore[arg-type]
        made = str(path)
    out = work / name / "out"
    report = compare(
        made,
        methods=METHODS,
        profile=source.profile,
        folds=source.folds,
        rounds=source.rounds,
        out=out,
        jobs=1,
        progress="silent",
        **({"frozen": True, "model": pictures.MODEL} if source.frozen else {}),
    )
    splits = report.experiment.splits
    rows = []
    for method in report.methods:
        if not method.ok or method.alias_of is not None:
            continue
        runs = report.runs[method.name]
        rows.append(
            Row(
                name, source.kind, source.profile, method.name,
                tuple(float(run.validation.values()[METRIC]) for run in runs),
                tuple(error(run.validation) for run in runs),
                tuple(float(run.test.values()[METRIC]) for run in runs),
                round(method.seconds, 2),
            )
        )  # fmt: skip
    members = [m.name for m in report.methods if m.ok and m.alias_of is None and m.probabilities]
    cost = sum(row.seconds for row in rows if row.method in members)
    for together, (own, evaluations) in ensembles(out, splits, members).items():
        rows.append(
            Row(
                name, source.kind, source.profile, together,
                tuple(float(e.values()[METRIC]) for e in own),
                tuple(error(e) for e in own),
                tuple(float(e.values()[METRIC]) for e in evaluations),
                round(cost, 2),
            )
        )  # fmt: skip
    return rows


def error(evaluation: Evaluation) -> float:
    """Standard error of balanced accuracy, each class's recall being a share of its samples."""
    cells = np.asarray(evaluation.cells.as_json(), dtype=np.float64)
    counts = cells.sum(1)
    there = counts > 0
    hits = np.diag(cells)[there]
    recall = (hits + 1) / (counts[there] + 2)  # Laplace's, so that 3 of 3 is not certain
    return float(np.sqrt((recall * (1 - recall) / counts[there]).sum()) / there.sum())


def ensembles(
    out: Path, splits: Sequence[str], members: Sequence[str]
) -> dict[str, tuple[list[Evaluation], list[Evaluation]]]:
    """Validation (out of fold) and test evaluations by split, of the ensemble and of the mean."""
    parts = [dict(np.load(out / "splits" / f"{split}.npz")) for split in splits]
    outputs = [
        [np.load(out / "runs" / m / split / "outputs.npz") for split in splits] for m in members
    ]
    tables = [
        np.concatenate([one["validation_probabilities"] for one in group]) for group in outputs
    ]
    sizes = [len(part["validation"]) for part in parts]
    key = "groups" if "validation_groups" in parts[0] else ""
    member = [part[f"validation_{key}" if key else "validation"] for part in parts]
    sample = selection.Sample(
        target=np.concatenate([part["validation_labels"] for part in parts]),
        member=np.concatenate(member),
        split=np.repeat(np.arange(len(parts)), sizes),
        prior=np.array([part["counts"] / part["counts"].sum() for part in parts]),
    )
    classes = tables[0].shape[1]
    even = np.full(len(members), 1 / len(members))
    held = selection.out_of_fold(tables, sample)
    found: dict[str, tuple[list[Evaluation], list[Evaluation]]] = {t: ([], []) for t in TOGETHER}
    for number, part in enumerate(parts):
        rows = sample.split == number
        test = part[f"test_{key}" if key else "test"]
        mixture = selection.fit(tables, sample, ~np.isin(sample.member, test))
        priors = sample.log_prior[number]
        tested = [group[number]["test_probabilities"] for group in outputs]
        equal = selection.Mixture(mixture.exponents, even)
        pairs = {
            "ensemble": (held[rows], selection.mix(tested, priors, mixture)),
            "mean": (
                selection.mix([table[rows] for table in tables], priors, equal),
                selection.mix(tested, priors, equal),
            ),
        }
        for name, (own, shares) in pairs.items():
            found[name][0].append(
                Evaluation.from_scores(own, part["validation_labels"], classes, own)
            )
            found[name][1].append(
                Evaluation.from_scores(shares, part["test_labels"], classes, shares)
            )
    return found


@dataclass(frozen=True)
class Table:
    """All methods of one set: validation, its error and test, (M, S), and seconds (M,)."""

    name: str
    kind: str
    methods: tuple[str, ...]
    validation: Floats
    error: Floats
    test: Floats
    seconds: Floats

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Table:
        """From the rows of one set."""
        columns = [[getattr(row, key) for row in rows] for key in ("validation", "error", "test")]
        return cls(
            rows[0].set,
            rows[0].kind,
            tuple(row.method for row in rows),
            *(np.array(column) for column in columns),
            np.array([row.seconds for row in rows]),
        )

    def only(self, kept: Callable[[str], bool]) -> Table:
        """The table of some methods."""
        rows = [i for i, name in enumerate(self.methods) if kept(name)]
        return Table(
            self.name, self.kind, tuple(self.methods[i] for i in rows), self.validation[rows],
            self.error[rows], self.test[rows], self.seconds[rows],
        )  # fmt: skip

    @property
    def single(self) -> Table:
        """Of the methods that are trained."""
        return self.only(lambda name: name not in TOGETHER)


Rule = Callable[[Table, Sequence[Table]], str]


def argmax(own: Table, others: Sequence[Table]) -> str:
    """The largest mean on validation."""
    return own.methods[int(own.validation.mean(1).argmax())]


def cheapest(own: Table, others: Sequence[Table]) -> str:
    """The cheapest within one standard error of the largest mean (Breiman et al. 1984)."""
    means = own.validation.mean(1)
    best = int(means.argmax())
    spread = math.sqrt(float((own.error[best] ** 2).sum())) / own.error.shape[1]
    near = np.flatnonzero(means >= means[best] - spread)
    return own.methods[int(near[own.seconds[near].argmin()])]


def shrunken(own: Table, others: Sequence[Table]) -> str:
    """The largest posterior mean; see `posterior`."""
    return own.methods[int(posterior(own, others).argmax())]


def posterior(own: Table, others: Sequence[Table]) -> Floats:
    """What each method is expected to gain over the mean of all, (M,), by empirical Bayes.

    A gain is normal around that of its method on other sets' test data, with the variance that it
    has between those, and is seen through the noise of validation, whose variance is that of gains
    between splits.
    """
    seen = own.validation - own.validation.mean(0)  # (M, S)
    gains = [other.test.mean(1) - other.test.mean() for other in others]
    centre, between = np.zeros(len(own.methods)), []
    for number, method in enumerate(own.methods):
        known = [
            float(gain[other.methods.index(method)])
            for gain, other in zip(gains, others, strict=True)
            if method in other.methods
        ]
        if known:
            centre[number] = np.mean(known)
            between += [value - centre[number] for value in known]
    prior = float(np.square(between).mean()) if between else 1.0
    splits = seen.shape[1]
    noise = float(seen.var(axis=1, ddof=1).mean()) / splits if splits > 1 else prior
    weight = prior / (prior + noise)
    found: Floats = centre + weight * (seen.mean(1) - centre)
    return found


def always(name: str) -> Rule:
    """One row, whatever validation says."""
    return lambda own, others: name


RULES: dict[str, tuple[Rule, bool]] = {  # and whether it sees the ensemble among the methods
    "argmax": (argmax, False),
    "cheapest within 1 se": (cheapest, False),
    "shrinkage": (shrunken, False),
    "mean of all": (always("mean"), True),
    "ensemble": (always("ensemble"), True),
    "argmax with ensemble": (argmax, True),
    "shrinkage with ensemble": (shrunken, True),
}


def regrets(tables: Sequence[Table]) -> tuple[Floats, list[list[str]]]:
    """Regret of each rule on each set, (R, N), and what it chose there."""
    found, chosen = [], []
    for rule, together in RULES.values():
        row, names = [], []
        for table in tables:
            others = [other for other in tables if other.name != table.name]
            seen = table.only(lambda name: name != "mean") if together else table.single
            if rule is shrunken and not together:
                others = [other.single for other in others]
            name = rule(seen, [o.only(lambda n: n != "mean") for o in others])
            best = table.single.test.mean(1).max()
            row.append(float(best - table.test[table.methods.index(name)].mean()))
            names.append(name)
        found.append(row)
        chosen.append(names)
    return np.array(found), chosen


def replayed(tables: Sequence[Table], output: Output) -> None:
    """The table of regrets in points, and a claim for each rule against argmax."""
    found, chosen = regrets(tables)
    output.say(f"| set | kind | best | {' | '.join(RULES)} |")
    output.say(f"| --- | --- | --- |{' ---: |' * len(RULES)}")
    for number, table in enumerate(tables):
        best = table.single
        winner = best.methods[int(best.test.mean(1).argmax())]
        cells = [f"{100 * found[i, number]:.1f}" for i in range(len(RULES))]
        reached = f"{winner} {best.test.mean(1).max():.3f}"
        output.say(f"| {table.name} | {table.kind} | {reached} | {' | '.join(cells)} |")
    means = [f"{100 * row.mean():.2f}" for row in found]
    output.say(f"| mean | | | {' | '.join(means)} |")
    bounds = [interval(row, np.mean) for row in found]
    cells = [f"{100 * low:.1f}, {100 * high:.1f}" for low, high in bounds]
    output.say(f"| 95 % | | | {' | '.join(cells)} |")
    for number, name in enumerate(RULES):
        picks = dict(zip([t.name for t in tables], chosen[number], strict=True))
        output.say(f"{name}: {', '.join(f'{k} {v}' for k, v in picks.items())}")
    for number, name in enumerate(RULES):
        if not number:
            continue
        gain = found[0] - found[number]
        low, high = interval(gain, np.mean)
        output.claim(
            Claim(
                f"points of balanced accuracy lost by {name} and by argmax, mean of "
                f"{len(tables)} sets; `spread`: of argmax's less it",
                100 * float(found[number].mean()),
                100 * float(found[0].mean()),
                None,
                0.0,
                low > 0,
                len(tables),
                (100 * low, 100 * high),
            )
        )


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    listed = ("validation", "error", "test")
    found = [json.loads(line) for line in lines]
    return [Row(**{k: tuple(v) if k in listed else v for k, v in row.items()}) for row in found]


def write(path: Path, rows: Sequence[Row]) -> None:
    """One row a line, in the order of the sets."""

    def rounded(value: object) -> object:
        return [round(one, 5) for one in value] if isinstance(value, tuple) else value

    ordered = sorted(rows, key=lambda row: list(SETS).index(row.set))
    lines = [json.dumps({k: rounded(v) for k, v in asdict(row).items()}) for row in ordered]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def by_set(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Set -> its rows."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.set, []).append(row)
    return found


def main() -> None:
    """Train what is asked for, or read what was trained; then compare the rules."""
    reads = parser(__doc__ or "")
    reads.add_argument("--replay", action="store_true", help="train nothing")
    reads.add_argument("--work", type=Path, help="folder that keeps comparisons")
    reads.add_argument("--ledger", type=Path, default=LEDGER, help="rows of all sets")
    reads.add_argument("--sets", default=",".join(SETS), help="names, separated by commas")
    given = reads.parse_args()
    options: Arguments = common(given)
    output = Output(options)
    rows = read(given.ledger)
    if not (given.replay or options.quick):
        with tempfile.TemporaryDirectory() as scratch:
            for name in given.sets.split(","):
                new = measured(name, given.work or Path(scratch), output)
                if new:
                    rows = [row for row in rows if row.set != name] + new
                    write(given.ledger, rows)
                    output.say(f"{name}: {len(new)} rows")
    replayed([Table.of(group) for group in by_set(rows).values()], output)


if __name__ == "__main__":
    run(main)
