"""A labelled data set, whatever it was read from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import Indices, Inputs
from counterpoise.data.pixel_format import PixelFormat
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import DataError

Kind = Literal["image", "series", "vector"]


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Inputs with one class label each. Make one with `load` or `labelled_set`.

    Args:
        name: what to call it in reports.
        kind: "image", "series" or "vector".
        inputs: the N samples; image files are decoded only when read.
        labels: (N,) int64 index into `classes`.
        classes: class names; index = label.
        groups: (N,) int64; samples of one group (track, lesion, user) never straddle a split.
        part: (N,) int8, what the source says: -1 nothing, 0 train, 1 validation, 2 test.
        input_shape: (C, H, W), (C, T) or (D,) of one sample as `inputs.read` gives it.
        checksum: 16 hex digits over labels, parts, groups, classes and content.
        contents: (N,) int64; exact copies share one value, the place of the first of them.
        formats: of each image file; empty for arrays.
        published: whether its splits are those of results that others have, too, so that copies
            are left where they are.
        skipped: damaged files that were left out, with the reason.
        notes: what a reader of results should know, such as columns that were ignored.
        table: what the numbers of a row stand for; None for data that are no table.
        rows: what the rows of a table are called; None for other data.
    """

    name: str
    kind: Kind
    inputs: Inputs
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    groups: NDArray[np.int64] | None
    part: NDArray[np.int8]
    input_shape: tuple[int, ...]
    checksum: str
    contents: Indices
    formats: tuple[PixelFormat, ...] = ()
    published: bool = False
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    table: Columns | None = None
    rows: RowNames | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.classes)

    def indices(self, *parts: int) -> Indices:
        """Positions of the samples whose part is one of `parts`, ascending."""
        return np.flatnonzero(np.isin(self.part, parts)).astype(np.int64)


def labelled_set(
    name: str,
    kind: Kind,
    inputs: Inputs,
    labels: NDArray[np.int64],
    classes: Sequence[str],
    *,
    part: NDArray[np.int8],
    input_shape: tuple[int, ...],
    groups: NDArray[np.int64] | None = None,
    published: bool = False,
    skipped: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    table: Columns | None = None,
    rows: RowNames | None = None,
    to_train: bool = True,
) -> LabelledSet:
    """Check the parts against each other and add the checksum.

    Raises:
        DataError: no sample, or, where it is `to_train` with, a single class or a class without a
            training sample.
    """
    assert len(inputs) == len(labels) == len(part)
    assert groups is None or len(groups) == len(labels)
    if not len(labels):
        raise DataError(f"{name}: the data set is empty")
    if to_train and len(classes) < 2:
        raise DataError(
            f"{name}: at least two classes are needed; there is only '{classes[0]}' (add samples "
            "of another)"
        )
    trainable = np.bincount(labels[part <= 0], minlength=len(classes))
    if to_train and not trainable.all():
        absent = [f"'{name}'" for name, n in zip(classes, trainable, strict=True) if not n]
        raise DataError(
            f"{name}: no training sample of class {', '.join(absent)}; add some or drop the class"
        )
    formats: list[PixelFormat] = []
    if isinstance(inputs, FileInputs):
        fingerprints, formats = inputs.look()
        grey = [form.deep_grey for form in formats]
        # Colour images beside them are read as bytes, and so are all.
        inputs = replace(inputs, deep=any(grey) if inputs.channels == 1 else all(grey))
    else:
        fingerprints = inputs.fingerprints()
    first: dict[bytes, int] = {}
    contents = np.array([first.setdefault(f, i) for i, f in enumerate(fingerprints)], np.int64)
    made = LabelledSet(
        name,
        kind,
        inputs,
        labels,
        tuple(classes),
        groups,
        part,
        input_shape,
        "",
        contents,
        tuple(formats),
        published,
        skipped,
        notes,
        table,
        rows,
    )
    return replace(made, checksum=_checksum(made, fingerprints))


def verify(dataset: LabelledSet) -> tuple[LabelledSet, tuple[str, ...]]:
    """Decode every image file; return the set without the damaged ones, and their list.

    Positions in the returned set are consecutive again, so labels, groups and parts fit it and
    not the set that came in. Arrays were checked by `load` and come back as they are.
    """
    if not isinstance(dataset.inputs, FileInputs):
        return dataset, ()
    damaged = dataset.inputs.damaged()
    if not damaged:
        return dataset, ()
    keep = np.setdiff1d(np.arange(len(dataset)), list(damaged)).astype(np.int64)
    skipped = tuple(damaged.values())
    word = "file" if len(skipped) == 1 else "files"
    whole = labelled_set(
        dataset.name,
        dataset.kind,
        dataset.inputs.select(keep),
        dataset.labels[keep],
        dataset.classes,
        part=dataset.part[keep],
        input_shape=dataset.input_shape,
        groups=None if dataset.groups is None else dataset.groups[keep],
        published=dataset.published,
        skipped=skipped,
        notes=(*dataset.notes, f"{len(skipped)} damaged image {word} skipped"),
    )
    return whole, skipped


def _checksum(dataset: LabelledSet, fingerprints: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    head = (dataset.kind, dataset.classes, dataset.input_shape, dataset.groups is not None)
    digest.update(repr(head).encode())
    if dataset.table is not None:
        digest.update(dataset.table.digest.encode())
    digest.update(dataset.labels.astype("<i8").tobytes())
    digest.update(dataset.part.astype("<i1").tobytes())
    if dataset.groups is not None:
        digest.update(dataset.groups.astype("<i8").tobytes())
    if isinstance(dataset.inputs, FileInputs):
        digest.update("\0".join(dataset.inputs.names).encode(errors="surrogateescape"))
    digest.update(b"".join(fingerprints))
    return digest.hexdigest()[:16]
