"""The tables of docs/results/tables.md, from the ledgers of the twelve tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from harness import Floats
from scipy import stats
from tables_ledger import DIVIDED, KINDS, TREES, Measured, Row

BLOCK = re.compile(r"(<!-- ledger: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
DRAWS = 5000
LONGER = "longer"  # the block of tables that were trained again


def of_folds(differences: Floats, ratio: float) -> tuple[float, float]:
    """95 % interval of the mean of paired differences of folds (F,), by Student's t.

    Training rows are shared by folds, so the variance is larger by `ratio`, the test rows of a fold
    over its training rows. (Nadeau and Bengio 2003, Inference for the generalization error)
    """
    n = len(differences)
    spread = float(differences.std(ddof=1)) * (1 / n + ratio) ** 0.5
    half = float(stats.t.ppf(0.975, n - 1)) * spread
    mean = float(differences.mean())
    return mean - half, mean + half


def of_tables(differences: Floats, draws: int = DRAWS) -> tuple[float, float]:
    """Bootstrap 95 % interval of the mean over tables (T, F): tables are drawn, then folds."""
    rng = np.random.default_rng(0)
    tables, folds = differences.shape
    drawn = rng.integers(0, tables, (draws, tables))
    within = rng.integers(0, folds, (draws, tables, folds))
    means = differences[drawn[:, :, None], within].mean(axis=(1, 2))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def points(value: float, interval: tuple[float, float]) -> str:
    """A difference in points with its interval."""
    low, high = (100 * one for one in interval)
    return f"{100 * value:+.1f} [{low:+.1f}, {high:+.1f}]"


def test(one: Row) -> Floats:
    """Balanced accuracy of each fold, (F,)."""
    return np.array(one.test)


Pick = Callable[[Measured], Row]
NETWORK: Pick = lambda one: one.chosen("network")  # noqa: E731
PICKS: dict[str, Pick] = {
    "network, chosen on validation": NETWORK,
    "reference, chosen on validation": lambda one: one.chosen("reference"),
    "any of all, chosen on validation": lambda one: one.chosen(*KINDS),
}


def always(method: str) -> Pick:
    """One method, whatever validation says."""
    return lambda one: one.rows[method]


def methods(found: Mapping[str, Measured]) -> list[Row]:
    """A row of each method that every table has, by kind."""
    first = next(iter(found.values()))
    every = [r for r in first.rows.values() if all(r.method in one.rows for one in found.values())]
    return sorted(every, key=lambda r: KINDS.index(r.kind))


def difference(found: Mapping[str, Measured], ours: Pick, theirs: Pick) -> Floats:
    """Balanced accuracy of one less another's on test, (T, F)."""
    return np.array([test(ours(one)) - test(theirs(one)) for one in found.values()])


def clear(found: Mapping[str, Measured], ours: Pick, theirs: Pick) -> tuple[int, int]:
    """Tables on which the interval over folds lies above 0, and below."""
    above = below = 0
    for one in found.values():
        low, high = of_folds(test(ours(one)) - test(theirs(one)), one.about.ratio)
        above += low > 0
        below += high < 0
    return above, below


def pipes(head: Sequence[str], lines: Sequence[Sequence[str]], left: int = 1) -> str:
    """A Markdown table, its first columns to the left."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, rule, *lines])


def by_method(found: Mapping[str, Measured]) -> str:
    """One line a method: means over tables, ranks, wins, and the difference to no remedy."""
    known = methods(found)
    means = np.array([[test(one.rows[r.method]).mean() for r in known] for one in found.values()])
    ranks = np.array([stats.rankdata(-line) for line in means]).mean(0)
    wins = np.bincount(means.argmax(1), minlength=len(known))
    lines = []
    for place in np.argsort(-means.mean(0)):
        r = known[place]
        own = [one.rows[r.method] for one in found.values()]
        more = ["" if r.method == "baseline" else cell for cell in _against(found, r.method)]
        lines.append(
            [
                f"`{r.method}`",
                r.kind,
                f"{means[:, place].mean():.3f}",
                f"{ranks[place]:.1f}",
                str(wins[place]),
                *more,
                *(f"{np.mean([getattr(o, key) for o in own]):.3f}"
                  for key in ("rarest", "macro_f1", "auc")),
            ]
        )  # fmt: skip
    head = (
        "method", "kind", "balanced accuracy", "mean rank", "best on", "less `baseline`, points",
        "clearly above / below it", "recall of the rarest", "macro F1", "AUC",
    )  # fmt: skip
    return pipes(head, lines, 2)


def _against(found: Mapping[str, Measured], method: str) -> tuple[str, str]:
    ours, theirs = always(method), always("baseline")
    gain = difference(found, ours, theirs)
    above, below = clear(found, ours, theirs)
    return points(float(gain.mean()), of_tables(gain)), f"{above} / {below}"


def contests(found: Mapping[str, Measured]) -> dict[str, tuple[Pick, Pick]]:
    """What a reader would choose between; the first less the second."""
    names = {r.method for r in methods(found)}
    rivals = {f"`{name}`": always(name) for name in (
        DIVIDED, f"{TREES}-balanced", "logistic-regression-balanced", "balanced-random-forest",
        "easy-ensemble",
    ) if name in names}  # fmt: skip
    first = "network, chosen on validation"
    pairs = {f"{first}, less {rival}": (NETWORK, pick) for rival, pick in rivals.items()}
    pairs[f"{first}, less reference, chosen on validation"] = (
        NETWORK, PICKS["reference, chosen on validation"],
    )  # fmt: skip
    whole = "any of all, chosen on validation"
    pairs |= {f"{whole}, less {rival}": (PICKS[whole], pick) for rival, pick in rivals.items()}
    pairs[f"{whole}, less {first}"] = PICKS[whole], NETWORK
    return pairs


def duels(found: Mapping[str, Measured]) -> str:
    """One line a contest."""
    lines = []
    for words, (ours, theirs) in contests(found).items():
        gain = difference(found, ours, theirs)
        above, below = clear(found, ours, theirs)
        lines.append([words, points(float(gain.mean()), of_tables(gain)), f"{above} / {below}"])
    return pipes(("first, less second", "points [95 %]", "clearly above / below, tables"), lines)


def winners(found: Mapping[str, Measured]) -> str:
    """One line a table: the best of each kind, all chosen on validation, and who wins."""
    lines = []
    for name, one in found.items():
        network, reference, ensemble = (one.chosen(kind) for kind in KINDS)
        rival = one.chosen("reference", "ensemble")
        gap = test(network) - test(rival)
        best = max(one.rows.values(), key=lambda r: test(r).mean())
        lines.append(
            [
                name,
                *(f"{r.method} {test(r).mean():.3f}" for r in (network, reference, ensemble)),
                f"{points(float(gap.mean()), of_folds(gap, one.about.ratio))}",
                f"{best.method} {test(best).mean():.3f}",
            ]
        )
    head = ("table", "network", "reference", "ensemble",
            "network less the better of the others, points", "best on test")  # fmt: skip
    return pipes(head, lines, 4)


def sources(found: Mapping[str, Measured]) -> str:
    """One line a table: what it is."""
    lines = []
    for name, one in found.items():
        about = one.about
        rarest = min(about.classes, key=lambda k: about.classes[k])
        lines.append(
            [
                name,
                about.target,
                f"{about.package} {about.version}; {about.origin}",
                about.left_out,
                f"{about.rows:,}",
                f"{about.numbers} + {about.categories}",
                str(len(about.classes)),
                f"{about.classes[rarest] / about.rows:.1%} ({rarest}, {about.classes[rarest]})",
                str(about.rounds),
            ]
        )
    head = ("table", "what is told", "package; where from, licence there", "left out", "rows",
            "numbers + categories", "classes", "rarest", "rounds")  # fmt: skip
    return pipes(head, lines, 4)


def everything(found: Mapping[str, Measured]) -> str:
    """Balanced accuracy of each method on each table."""
    lines = []
    for r in methods(found):
        means = [test(one.rows[r.method]).mean() for one in found.values()]
        lines.append([f"`{r.method}`", *(f"{value:.3f}".replace("0.", ".") for value in means)])
    return pipes(("method", *found), lines)


BLOCKS: dict[str, Callable[[Mapping[str, Measured]], str]] = {
    "winners": winners,
    "methods": by_method,
    "duels": duels,
    "sources": sources,
    "everything": everything,
}


def longer(found: Mapping[str, Measured], again: Mapping[str, Measured]) -> str:
    """Tables whose networks were trained longer, beside what they were before."""
    lines = []
    for name, one in again.items():
        before = found[name]
        names = [row.method for row in one.rows.values() if row.kind == "network"]
        rival = before.chosen("reference", "ensemble")
        network = one.chosen("network")
        gap = test(network) - test(rival)
        lines.append(
            [
                name,
                f"{before.about.rounds} -> {one.about.rounds}",
                ", ".join(
                    f"{n} {test(before.rows[n]).mean():.3f} -> {test(one.rows[n]).mean():.3f}"
                    for n in names
                ),
                f"{rival.method} {test(rival).mean():.3f}",
                points(float(gap.mean()), of_folds(gap, one.about.ratio)),
                ", ".join(n for n in names if n in one.about.brief),
            ]
        )
    head = ("table", "rounds", "networks", "the better of the others",
            "chosen network less it, points", "still not converged")  # fmt: skip
    return pipes(head, lines, 4)


def paged(text: str, found: Mapping[str, Measured], again: Mapping[str, Measured]) -> str:
    """A page with its marked tables as the ledgers make them.

    Args:
        text: of the page.
        found: all tables.
        again: those whose networks were trained longer.
    """
    made = {name: block(found) for name, block in BLOCKS.items()} | {LONGER: longer(found, again)}
    return BLOCK.sub(lambda part: f"{part[1]}{made[part[2]]}{part[3]}", text)
