"""What `sampling_strategy` asks for, with the meaning that imbalanced-learn gives it."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError, near

Kind = Literal["over-sampling", "under-sampling"]
Label: TypeAlias = int | float | str | bool
Wanted = Mapping[Label, int]
Strategy: TypeAlias = str | float | Wanted | Callable[[npt.NDArray[np.generic]], Wanted]

NAMES = ("auto", "all", "majority", "minority", "not majority", "not minority")
EXCLUDED = {"over-sampling": "majority", "under-sampling": "minority"}


def targets(
    strategy: Strategy,
    kind: Kind,
    classes: list[Label],
    counts: list[int],
    labels: npt.NDArray[np.generic],
) -> dict[Label, int]:
    """How many samples each class shall have afterwards, for the classes that are resampled.

    A string names the classes that are brought to the largest size (over-sampling; "auto" is
    "not majority") or to the smallest ("auto" is "not minority"). A number in (0, 1], for two
    classes, is minority over majority after resampling. A mapping gives the number of samples of
    each class that it names; a callable makes such a mapping of the labels.

    Args:
        strategy: as the resampler was given it.
        kind: whether classes grow or shrink.
        classes: the K labels that occur, ascending.
        counts: samples of each of them.
        labels: (N,), for a callable.

    Raises:
        ArgumentError: fewer than two classes, or a strategy that cannot be met.

    >>> targets("auto", "over-sampling", [0, 1], [90, 10], np.zeros(0))
    {1: 90}
    >>> targets(0.5, "under-sampling", [0, 1], [90, 10], np.zeros(0))
    {0: 20}
    """
    if len(classes) < 2:
        raise ArgumentError(
            f"resampling needs at least two classes; got the one class {classes[0]!r}"
        )
    if isinstance(strategy, str):
        return _by_name(strategy, kind, classes, counts)
    if isinstance(strategy, Mapping):
        return _by_class(strategy, kind, classes, counts)
    if isinstance(strategy, Real | float) and not isinstance(strategy, bool):
        return _by_ratio(float(strategy), kind, classes, counts)
    if callable(strategy):
        made = strategy(labels)
        if isinstance(made, Mapping):
            return _by_class(made, kind, classes, counts)
        raise ArgumentError(
            f"a callable sampling_strategy returns a dict of class: number; got {made!r}"
        )
    raise ArgumentError(
        "sampling_strategy is a string, a number in (0, 1], a dict of class: number, or a callable "
        f"that makes one of the labels; got {strategy!r}"
    )


def _by_name(name: str, kind: Kind, classes: list[Label], counts: list[int]) -> dict[Label, int]:
    if name not in NAMES:
        raise ArgumentError(f"no sampling_strategy is called {name!r}{near(name, NAMES)}")
    excluded = EXCLUDED[kind]
    if name == excluded:
        raise ArgumentError(
            f'{kind} leaves the {excluded} class as it is; got sampling_strategy="{name}" '
            f'(try "auto", which is "not {excluded}")'
        )
    largest, smallest = max(counts), min(counts)
    special = {
        "majority": classes[counts.index(largest)],
        "minority": classes[counts.index(smallest)],
    }
    if name == "auto":
        name = f"not {excluded}"
    if name in special:
        chosen = [special[name]]
    else:
        chosen = [c for c in classes if name == "all" or c != special[name.removeprefix("not ")]]
    return dict.fromkeys(chosen, largest if kind == "over-sampling" else smallest)


def _by_ratio(
    ratio: float, kind: Kind, classes: list[Label], counts: list[int]
) -> dict[Label, int]:
    if not 0 < ratio <= 1:
        raise ArgumentError(
            f"a sampling_strategy that is a number, minority over majority, is in (0, 1]; got "
            f"{ratio}"
        )
    if len(classes) != 2:
        raise ArgumentError(
            f"a sampling_strategy that is a number needs two classes; got {len(classes)} (give a "
            "dict of class: number)"
        )
    small = counts.index(min(counts))
    large = counts.index(max(counts))
    if kind == "over-sampling":
        changed = 1 - large
        wanted = counts[changed] + int(counts[large] * ratio - counts[changed])
        possible = wanted > counts[changed]
    else:
        changed = 1 - small
        wanted = int(counts[small] / ratio)
        possible = wanted <= counts[changed]
    if not possible:
        raise ArgumentError(
            f"{kind} to the ratio {ratio} would bring class {classes[changed]!r} from "
            f"{counts[changed]} to {wanted} samples, the other way; the ratio is "
            f"{counts[small] / counts[large]:.4g} now (ask for a larger one)"
        )
    return {classes[changed]: wanted}


def _is_count(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(value >= 0) and float(value).is_integer()


def _by_class(
    wanted: Wanted, kind: Kind, classes: list[Label], counts: list[int]
) -> dict[Label, int]:
    found = dict(zip(classes, counts, strict=True))
    faults = []
    for label, number in wanted.items():
        if label not in found:
            faults.append(
                f"class {label!r} has no sample to start from{near_label(label, classes)}"
            )
        elif not _is_count(number):
            faults.append(f"class {label!r}: a number of samples is 0, 1, ...; got {number!r}")
        elif kind == "over-sampling" and number < found[label]:
            faults.append(f"class {label!r} has {found[label]} samples already; got {number}")
        elif kind == "under-sampling" and number > found[label]:
            faults.append(f"class {label!r} has only {found[label]} samples; got {number}")
    if faults:
        raise ArgumentError(f"{kind} cannot meet sampling_strategy: {'; '.join(faults)}")
    return {label: int(wanted[label]) for label in classes if label in wanted}


def near_label(label: object, classes: Iterable[Label]) -> str:
    """Suffix that suggests the nearest class, written as in Python, or lists all of them.

    A label that differs in its type alone is the nearest one.

    >>> near_label("1", [0, 1]), near_label(1, ["0", "1"]), near_label("dgo", ["cat", "dog"])
    ('; did you mean 1?', "; did you mean '1'?", "; did you mean 'dog'?")
    >>> near_label("bird", [0, 1])
    '; known: 0, 1'
    """
    known = {str(each): each for each in classes}
    close = difflib.get_close_matches(str(label), known, n=1)
    if close:
        return f"; did you mean {known[close[0]]!r}?"
    return f"; known: {', '.join(repr(each) for each in known.values())}"
