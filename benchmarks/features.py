"""Heads on frozen features beside twenty lines of scikit-learn, on five sets.

Theirs: `StandardScaler` and `LogisticRegression(class_weight="balanced")`, its C by five inner
folds among six decades, on all that is no test data. Ours: `counterpoise.compare` with its
defaults, and of that the method that validation chose, which learns from what is left without the
validation samples. Same features of MobileNetV2, same outer folds, one thread. Seconds are those
of fitting: ours of the chosen method with all trials of its search and the search for rounds,
theirs of the inner folds and the last fit; features and the other methods are left out.

A claim on balanced accuracy holds where the 95 % interval of the mean paired difference over folds
does not lie below 0. `--work DIR` keeps features and comparisons, which another call goes on with.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from harness import Claim, Output, common, interval, parser
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from counterpoise import compare, data
from counterpoise.data.sources.named import data_roots
from counterpoise.records import RunRecord
from counterpoise.report import Report

Floats = npt.NDArray[np.float64]
MODEL = "mobilenet_v2"
FOLDS = 5
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
    """Features (N, D) and labels (N,) of one fold; `groups` (N,) of its learning part, or None."""

    name: str
    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64] | None
    test_features: npt.NDArray[np.float32]
    test_labels: npt.NDArray[np.int64]


def folds(out: Path, labels: npt.NDArray[np.int64]) -> list[Fold]:
    """The outer folds of a comparison, on the features that it computed."""
    (path,) = (out / "features").glob("*.npy")
    features = np.load(path)
    found = []
    for split in sorted((out / "splits").glob("fold-*.npz")):
        with np.load(split) as parts:
            learned = np.concatenate([parts["train"], parts["validation"]])
            test, groups = parts["test"], None
            if "train_groups" in parts:
                groups = np.concatenate([parts["train_groups"], parts["validation_groups"]])
        own = features[learned], labels[learned], groups
        found.append(Fold(split.stem, *own, features[test], labels[test]))
    return found


def theirs(fold: Fold) -> tuple[float, float]:
    """Balanced accuracy on test data, and seconds of fitting."""
    grouped = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    inner = StratifiedKFold(5, shuffle=True, random_state=0) if fold.groups is None else grouped
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), model),
        {"logisticregression__C": np.logspace(-5, 0, 6)},
        scoring="balanced_accuracy",
        cv=inner,
    )
    clock = time.perf_counter()
    search.fit(fold.features, fold.labels, groups=fold.groups)
    seconds = time.perf_counter() - clock
    predicted = search.predict(fold.test_features)
    return float(balanced_accuracy_score(fold.test_labels, predicted)), seconds


def ours(report: Report, out: Path, name: str) -> tuple[Floats, float]:
    """Balanced accuracy of a method on the test part of each fold, and seconds of all its fits."""
    method = next(one for one in report.methods if one.name == name)
    stages: dict[str, float] = {}
    for folder in (f"runs/{name}", f"search/*/{name}", "rounds/*"):
        for path in out.glob(f"{folder}/**/report.json"):
            run = RunRecord.read(path)
            stages["/".join(run.stages)] = run.seconds + run.evaluation_seconds
    values = np.array(method.metrics["balanced_accuracy"].values, dtype=np.float64)
    return values, sum(stages.values())


def measure(name: str, work: Path, number: int, output: Output) -> None:
    """Both on one set."""
    source = SETS[name](work / name / "images")
    if source is None:
        output.say(f"skipped {name}: its files are not under COUNTERPOISE_DATA")
        return
    out = work / name / "out"
    clock = time.perf_counter()
    report = compare(
        source, frozen=True, model=MODEL, folds=number, jobs=1, out=out, progress="silent"
    )
    whole = time.perf_counter() - clock
    labels = data.load(str(source)).labels
    pairs = [theirs(fold) for fold in folds(out, labels)]
    their_values, their_seconds = (np.array(column) for column in zip(*pairs, strict=True))
    assert report.best is not None, "a method has a rank"
    values, seconds = ours(report, out, report.best)
    each = ", ".join(f"{m.name} {m.metrics['balanced_accuracy'].mean:.3f}" for m in report.methods)
    output.say(f"{name}: {each}; the whole comparison, features included, {whole:.0f} s")
    low, high = interval(values - their_values, np.mean)
    text = f"balanced accuracy on {name}, {report.best}, chosen by validation, - scikit-learn"
    difference = float(np.mean(values - their_values))
    output.claim(
        Claim(
            f"{text}: {difference:+.3f}; the interval is of that difference (its end at least)",
            float(values.mean()),
            float(their_values.mean()),
            None,
            0.0,
            high >= 0,
            len(values),
            (low, high),
        )
    )
    total = float(their_seconds.sum())
    output.claim(
        Claim(
            f"seconds of fitting on {name}, {number} folds, ours over theirs (at most)",
            seconds,
            total,
            seconds / total,
            1.0,
            seconds <= total,
            1,
            (seconds / total, seconds / total),
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
    main()
