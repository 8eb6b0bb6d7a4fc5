"""An `Inspection` in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterpoise.data.inspect import Inspection

_MOST_CLASSES = 20
_MOST = 5
_NEARLY_BALANCED = 1.5


def describe(report: Inspection) -> str:
    """Lines of text: the classes as a table with bars, then what deserves attention."""
    total = sum(sum(counts) for counts in report.parts.values())
    shape = " x ".join(str(n) for n in report.input_shape)
    lines = [
        f"{report.name}: {total} {report.kind} samples, {len(report.classes)} classes, "
        f"read as {shape}, checksum {report.checksum}",
        f"imbalance ratio {report.ratio:.4g}" + _minority(report),
        "",
        *_table(report),
        "",
    ]
    if len(report.sizes) <= _MOST:
        lines.append(f"sizes: {_counted(report.sizes)}")
    else:
        sides = [tuple(int(n) for n in size.split(" x ")) for size in report.sizes]
        low, high = (" x ".join(str(f(s)) for s in zip(*sides, strict=True)) for f in (min, max))
        lines.append(
            f"sizes: {len(report.sizes)} different, {low} to {high}; all are stretched to "
            f"{report.input_shape[-1]} x {report.input_shape[-2]} (`size` changes that)"
        )
    lines.append(f"modes: {_counted(report.modes)}" + _mode_note(report))
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
        lines.append(f"! under 20 samples: {_some(report.tiny)}; use --folds 5")
    if report.damaged:
        lines.append(
            f"! {len(report.damaged)} unreadable: {_some(report.damaged)}; "
            "mend or delete, or pass --skip-corrupt"
        )
    return "\n".join([*lines, *report.notes])


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
    wide = max(len(report.classes[k]) for k in order)
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
        lines.append(f"{report.classes[k][:wide]:<{wide}}{numbers}  {bar}")
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


def _mode_note(report: Inspection) -> str:
    if report.kind != "image" or len(report.modes) < 2:
        return ""
    return f"; all are read as {'grey' if report.input_shape[0] == 1 else 'RGB'}"


def _counted(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} ({number})" for name, number in numbers.items())


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return ", ".join(listed[:_MOST]) + more
