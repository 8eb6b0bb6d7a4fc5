"""What was found in a data set before training on it, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from counterpoise.counts import TAIL_BELOW
from counterpoise.data.duplicates import Duplicates
from counterpoise.data.label_codes import one_line
from counterpoise.data.labelled import Kind
from counterpoise.data.splits.checks import LEAST_FOLDS
from counterpoise.data.tables.look import ColumnLook
from counterpoise.data.tables.look import lines as column_lines
from counterpoise.python_words import said_in_python

_MOST_CLASSES = 20
_MOST = 5
_FEW_LEVELS = 32
_NEARLY_BALANCED = 1.5


@dataclass(frozen=True)
class Inspection:
    """Report on a `LabelledSet`. ``str()`` is for people, `to_dict` for JSON.

    Args:
        counts: samples per class outside the source's validation and test parts.
        parts: the same for each part that has samples: free, train, validation, test.
        ratio: largest over smallest of `counts`.
        mu: share of classes whose count is nearer to the smallest than to the largest, on a
            logarithmic scale; equals the mu of a step profile. 0 when all are equal.
        groups: number of groups of two or more samples, None for a set without groups.
        single: samples that are a group of their own.
        straddling: groups in more than one of train, validation and test.
        sizes: "width x height" (or shape) -> how many; most frequent first.
        modes: Pillow mode (or dtype) -> how many.
        sixteen_bit: images of more than 8 bits per channel.
        sixteen_bit_range: lowest and highest value in up to 64 of the grey ones; None for none.
        whole: all of these values are read, not their high byte.
        alpha: images that may have transparent pixels.
        damaged: files whose header cannot be read, or with `deep` that cannot be decoded.
        tiny: classes with fewer than 20 of `counts`.
        folds: how many to advise where a class is tiny; under 3 for none.
        suggestion: how file names hint at groups; "" when they do not.
        notes: what is left out, or not read as it is.
        columns: of a table, one by one.
    """

    name: str
    kind: Kind
    input_shape: tuple[int, ...]
    checksum: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    parts: dict[str, tuple[int, ...]]
    ratio: float
    mu: float
    groups: int | None
    single: int
    straddling: int
    sizes: dict[str, int]
    modes: dict[str, int]
    sixteen_bit: int
    sixteen_bit_range: tuple[int, int] | None
    whole: bool
    alpha: int
    damaged: tuple[str, ...]
    duplicates: Duplicates
    tiny: tuple[str, ...]
    folds: int
    suggestion: str
    notes: tuple[str, ...]
    columns: tuple[ColumnLook, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can hold (tuples become lists there)."""
        return asdict(self)

    def __str__(self) -> str:
        return said_in_python(self.text())

    def text(self) -> str:
        """What `inspect` prints, with options of the command line."""
        return _described(self)


def _described(report: Inspection) -> str:
    """Lines of text: the classes as a table with bars, then what deserves attention."""
    total = sum(sum(counts) for counts in report.parts.values())
    shape = " x ".join(str(n) for n in report.input_shape)
    lines = [
        f"{report.name}: {total} {report.kind} samples, {len(report.classes)} classes, "
        f"read as {shape}, checksum {report.checksum}"
        if not report.columns
        else f"{report.name}: {total} rows, {len(report.columns)} columns to learn from, "
        f"{len(report.classes)} classes, checksum {report.checksum}",
        f"imbalance ratio {report.ratio:.4g}" + _minority(report),
        "",
        *_table(report),
        "",
    ]
    if report.columns:
        lines += [*column_lines(report.columns, total), ""]
    elif report.kind != "image":
        lines.append(f"values: {', '.join(report.modes)}")
    elif len(report.sizes) <= _MOST:
        lines.append(f"sizes: {_counted(report.sizes)}")
    else:
        sides = [tuple(int(n) for n in size.split(" x ")) for size in report.sizes]
        low, high = (" x ".join(str(f(s)) for s in zip(*sides, strict=True)) for f in (min, max))
        lines.append(
            f"sizes: {len(report.sizes)} different, {low} to {high}; all are stretched to "
            f"{report.input_shape[-1]} x {report.input_shape[-2]} (--size changes "
            "that; features of a pretrained backbone are of 224 x 224)"
        )
    if report.kind == "image":
        lines.append(f"modes: {_counted(report.modes)}" + _mode_note(report))
    if report.sixteen_bit_range is not None:
        lines.append(_sixteen_bit(report.sixteen_bit, *report.sixteen_bit_range, report.whole))
    if report.groups is not None:
        lines.append(
            f"groups: {report.groups} of two or more samples, {report.single} samples alone; "
            "a group never straddles a split"
        )
    if report.straddling:
        lines.append(f"! {report.straddling} groups lie in more than one part: a leak; move them")
    if report.suggestion:
        lines.append(f"! {report.suggestion}")
    lines += _duplicates(report)
    if report.tiny:
        lines.append(f"! under {TAIL_BELOW} samples: {_some(report.tiny)}{_remedy(report)}")
    if report.damaged:
        lines.append(
            f"! {len(report.damaged)} unreadable: {_some(report.damaged)}; "
            "fix or delete them, or pass --skip-corrupt"
        )
    return "\n".join(one_line(line) for line in [*lines, *report.notes])


def _remedy(report: Inspection) -> str:
    if report.folds >= LEAST_FOLDS:
        return f"; use --folds {report.folds}"
    if min(report.counts) < LEAST_FOLDS:
        return f"; compare needs {LEAST_FOLDS} of each class (add data or drop the class)"
    return ""


def _minority(report: Inspection) -> str:
    if report.ratio < _NEARLY_BALANCED:
        return ": nearly balanced"
    return f", mu {report.mu:.2g} (share of classes nearer to the smallest than to the largest)"


def _table(report: Inspection) -> list[str]:
    order = sorted(range(len(report.classes)), key=lambda k: (-report.counts[k], k))
    shown: list[int | None] = list(order)
    if len(order) > _MOST_CLASSES:
        half = _MOST_CLASSES // 2
        shown = [*order[:half], None, *order[-half:]]
    names = [one_line(name) for name in report.classes]
    wide = max(map(len, names))
    wide = max(5, min(wide, 28))
    columns = list(report.parts)
    titles = ["samples"] if columns == ["free"] else columns
    header = f"{'class':<{wide}}" + "".join(f"{title:>12}" for title in titles)
    lines = [header]
    for k in shown:
        if k is None:
            lines.append(f"... {len(order) - _MOST_CLASSES} classes in between")
            continue
        numbers = "".join(f"{report.parts[name][k]:>12}" for name in columns)
        bar = "#" * max(1, round(20 * report.counts[k] / max(report.counts)))
        lines.append(f"{names[k][:wide]:<{wide}}{numbers}  {bar}")
    return lines


def _duplicates(report: Inspection) -> list[str]:
    found = report.duplicates
    if not (found.within or found.across):
        return ["exact duplicates: none"]
    lines = [f"exact duplicates: {found.within} within a part, {found.across} across parts"]
    if found.across:
        lines[0] = f"! {lines[0]}: test or validation data are seen in training"
    if found.conflicting:
        lines.append(f"! {found.conflicting} contents carry more than one label")
    return [*lines, *(f"    {example}" for example in found.examples[:_MOST])]


def _sixteen_bit(images: int, low: int, high: int, whole: bool) -> str:
    said = f"16-bit: {images} images, values {low} to {high}"
    if whole:
        return f"{said}, all read, on the scale of the training images"
    levels = (high >> 8) - (low >> 8) + 1
    if levels > _FEW_LEVELS:
        return said
    return f"! {said}; their high byte is read, which leaves {levels} different values"


def _mode_note(report: Inspection) -> str:
    if len(report.modes) < 2:
        return ""
    return f"; all are read as {'grey' if report.input_shape[0] == 1 else 'RGB'}"


def _counted(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} ({number})" for name, number in numbers.items())


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return ", ".join(listed[:_MOST]) + more
