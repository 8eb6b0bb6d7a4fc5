"""Heads on frozen features beside twenty lines of scikit-learn, on five sets.

Theirs: `StandardScaler` and `LogisticRegression(class_weight="balanced")`, its C by five inner
folds among six decades, on all that is no test data. Ours: `counterpoise.compare` with its
defaults, and of that the method that validation chose, which learns from what is left without the
validation samples. Same features of MobileNetV2, same outer folds, one thread.
Seconds are CPU seconds of fitting, which other work on the machine lengthens least: ours of the
chosen method with all trials of its search and the search for rounds, theirs of the inner folds and
the last fit; features and the other methods are left out.

A claim on balanced accuracy holds where the 95 % interval of the mean paired difference over folds
does not lie below 0. `--work DIR` keeps features and comparisons, which another call goes on with.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from harness import Claim, Output, common, interval, parser, run
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from counterpoise import compare, data
from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.data.sources.named import data_roots
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.settings import with_parameters
from counterpoise.recipes.stage import Samples, set_up

Indices = npt.NDArray[np.int64]
Features = npt.NDArray[np.float32]
MODEL = "mobilenet_v2"
FOLDS = 5
LEARNED_BY = ("model", "head", "stages", "train", "optimizer", "schedule")
PLANTS = {
    "BACKGROUND_Google": 300, "bonsai": 120, "sunflower": 60, "lotus": 40, "joshua_tree": 30,
    "water_lilly": 12,
}  # fmt: skip


def place(name: str) -> Path | None:
    """A file or folder of the data roots, or None where it is absent."""
    return next((root / name for root in data_roots() if (root / name).exists()), None)


def copied(images: Mapping[Path, str], target: Path) -> Path:
    """A folder of class folders, of image -> class."""
    for image, label in images.items():
        (target / label).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, target / label / image.name)
    return target


def plants(target: Path) -> Path | None:
    """562 images of six kinds."""
    root = place("caltech101")
    if root is None:
        return None
    images = {
        image: name
        for name, most in PLANTS.items()
        for image in sorted((root / name).glob("*.jpg"))[:most]
    }
    return copied(images, target)


def objects(target: Path) -> Path | None:
    """Every second class of Caltech-101, from 60 images down to 10."""
    root = place("caltech101")
    if root is None:
        return None
    names = sorted(p.name for p in root.iterdir() if p.is_dir() and p.name not in PLANTS)[::2]
    images = {}
    for number, name in enumerate(names):
        most = round(60 * (10 / 60) ** (number / (len(names) - 1)))
        images |= dict.fromkeys(sorted((root / name).glob("*.jpg"))[:most], name)
    return copied(images, target)


def skin(target: Path) -> Path | None:
    """A fifth of HAM10000's lesions, one image of each, at least 20 of a kind."""
    root = place("ham10000")
    if root is None:
        return None
    kinds: dict[str, dict[str, Path]] = {}
    with open(root / "metadata.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            image = root / "images" / f"{row['image_id']}.jpg"
            kinds.setdefault(row["dx"], {}).setdefault(row["lesion_id"], image)
    images = {
        image: kind
        for kind, lesions in kinds.items()
        for image in [*lesions.values()][: max(20, len(lesions) // 5)]
    }
    return copied(images, target)


def signs(target: Path) -> Path | None:
    """Two speed limits of GTSRB, 210 to 1860; frames of a track stay together."""
    return None if place("gtsrb_20_80.npz") is None else Path("gtsrb-20-80")


def small(target: Path) -> Path | None:
    """CIFAR-10 from 400 images of a class down to 20."""
    path = place("cifar10.npz")
    if path is None:
        return None
    target.mkdir(parents=True, exist_ok=True)
    with np.load(path) as arrays:
        x, y = arrays["x_train"], arrays["y_train"]
    kept = [np.flatnonzero(y == k)[: round(400 * (20 / 400) ** (k / 9))] for k in range(10)]
    index = np.concatenate(kept)
    np.savez(target / "cifar.npz", x_train=x[index], y_train=y[index])
    return target / "cifar.npz"


SETS: dict[str, Callable[[Path], Path | None]] = {
    "plants": plants, "objects": objects, "skin": skin, "signs": signs, "small": small,
}  # fmt: skip


@dataclass(frozen=True)
class Fold:
    """Positions of one outer fold's parts, and the group of each sample, or None."""

    train: Indices
    validation: Indices
    test: Indices
    groups: Indices | None

    @property
    def learned(self) -> Indices:
        """All that is no test data."""
        return np.concatenate([self.train, self.validation])


def folds(out: Path) -> list[Fold]:
    """The outer folds of a comparison."""
    found = []
    for split in sorted((out / "splits").glob("fold-*.npz")):
        with np.load(split) as parts:
            groups = None
            if "train_groups" in parts:
                groups = np.concatenate([parts["train_groups"], parts["validation_groups"]])
            found.append(Fold(parts["train"], parts["validation"], parts["test"], groups))
    return found


def theirs(fold: Fold, features: Features, labels: Indices) -> tuple[float, float]:
    """Balanced accuracy on test data, and CPU seconds of fitting."""
    grouped = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    inner = StratifiedKFold(5, shuffle=True, random_state=0) if fold.groups is None else grouped
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), model),
        {"logisticregression__C": np.logspace(-5, 0, 6)},
        scoring="balanced_accuracy",
        cv=inner,
    )
    clock = time.process_time()
    search.fit(features[fold.learned], labels[fold.learned], groups=fold.groups)
    seconds = time.process_time() - clock
    predicted = search.predict(features[fold.test])
    return float(balanced_accuracy_score(labels[fold.test], predicted)), seconds


def our_seconds(
    method: str, parts: Sequence[Fold], features: Features, labels: Indices, rounds: int
) -> float:
    """CPU seconds of all that a comparison of one method trains, evaluations included.

    Half the rounds and all of them for the baseline, each weight decay on the first fold, the
    chosen one on the others. What two of them would train alike is trained once, as methods that
    differ in their decision alone share their trainings.
    """
    names = list(dict.fromkeys(["baseline", method]))
    baseline, *others = load_methods(names, {}, {}, features=True)
    recipe = others[0] if others else baseline
    assert recipe.search is not None, "each method searches its weight decay on features"
    points = recipe.search.points
    jobs = [(baseline, points[0], parts[0], rounds // 2)]
    if any(getattr(recipe, part) != getattr(baseline, part) for part in LEARNED_BY):
        jobs.append((baseline, points[0], parts[0], rounds))
    jobs += [(recipe, point, parts[0], rounds) for point in points]
    jobs += [(recipe, points[0], fold, rounds) for fold in parts[1:]]
    clock = time.process_time()
    for one, point, fold, number in jobs:
        lasting = with_parameters(replace(one, search=None), {**point, "train.rounds": number})
        resolved = resolve(lasting, "vector", features.shape[1:], len(fold.train))
        counts = ClassCounts.from_labels(labels[fold.train], int(labels.max()) + 1)
        preprocess = Preprocess.fit("standard", features[fold.train])
        watched = {"validation": fold.validation}
        samples = Samples(features, labels, fold.train, counts, preprocess, evaluated=watched)
        for stage in range(len(resolved.stages)):
            set_up(resolved, stage, samples, seed=0, device="cpu").loop.fit()
    return time.process_time() - clock


def measure(name: str, work: Path, number: int, output: Output) -> None:
    """Both on one set."""
    source = SETS[name](work / name / "images")
    if source is None:
        output.say(f"skipped {name}: its files are not under COUNTERPOISE_DATA")
        return
    out = work / name / "out"
    clock = time.perf_counter()
    report = compare(source, frozen=True, model=MODEL, folds=number, out=out, progress="silent")
    whole = time.perf_counter() - clock
    labels = data.load(str(source)).labels
    (path,) = (out / "features").glob("*.npy")
    features, parts = np.load(path), folds(out)
    pairs = [theirs(fold, features, labels) for fold in parts]
    their_values, their_seconds = (np.array(column) for column in zip(*pairs, strict=True))
    assert report.best is not None, "a method has a rank"
    best = next(method for method in report.methods if method.name == report.best)
    values = np.array(best.metrics["balanced_accuracy"].values, dtype=np.float64)
    each = ", ".join(f"{m.name} {m.metrics['balanced_accuracy'].mean:.3f}" for m in report.methods)
    output.say(f"{name}: {each}; the whole comparison, features included, {whole:.0f} s")
    difference = float(np.mean(values - their_values))
    low, high = interval(values - their_values, np.mean)
    output.claim(
        Claim(
            f"balanced accuracy on {name}, {best.name}, chosen by validation, - scikit-learn: "
            f"{difference:+.3f}, whose interval does not lie below 0",
            float(values.mean()),
            float(their_values.mean()),
            None,
            0.0,
            high >= 0,
            len(values),
            (low, high),
        )
    )
    rounds = report.experiment.rounds
    assert rounds is not None, "heads train in rounds"
    seconds = our_seconds(best.name, parts, features, labels, rounds)
    ratio = seconds / float(their_seconds.sum())
    output.claim(
        Claim(
            f"CPU seconds of fitting {best.name} on {name}, {number} folds, over scikit-learn's",
            seconds,
            float(their_seconds.sum()),
            ratio,
            1.0,
            ratio <= 1,
            1,
            (ratio, ratio),
        )
    )


def main() -> None:
    """Compare on every set that is there."""
    reads = parser(__doc__ or "")
    reads.add_argument("--work", type=Path, help="folder that keeps features and comparisons")
    reads.add_argument("--sets", default=",".join(SETS), help="names, separated by commas")
    given = reads.parse_args()
    options = common(given)
    output = Output(options)
    names = given.sets.split(",")[: 1 if options.quick else None]
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            measure(name, given.work or Path(scratch), 2 if options.quick else FOLDS, output)


if __name__ == "__main__":
    run(main)
