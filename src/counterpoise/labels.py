"""Class labels of a data set, read without decoding a single sample."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from counterpoise.errors import DataError

LISTS = ("targets", "labels", "y", "_labels")  # attributes with one label per sample
PAIRS = ("samples", "imgs", "_samples")  # attributes with one (path, label) per sample
COLUMNS = ("label", "labels")
FEW = 2**16  # classes whose counts take next to no memory, whether they occur or not
REMEDY = "pass the labels themselves: integers 0..K-1, one per sample"

Integers: TypeAlias = npt.NDArray[np.integer]


class Indexable(Protocol):
    """Whatever has samples by number: a data set of torch or of Hugging Face."""

    def __getitem__(self, index: int, /) -> object: ...


LabelSource: TypeAlias = "npt.ArrayLike | Indexable"  # labels, or a data set that has them


def labels_of(source: LabelSource, column: str | None = None) -> Integers:
    """The label of each sample of a data set, without reading the samples.

    A data set is recognised by what it has, so nothing need be installed for it: ``targets`` or
    ``labels`` (most of torchvision's), ``samples`` (``ImageFolder``), the one integer tensor
    (N,) of a ``TensorDataset``, the parts of a ``ConcatDataset``, the choice of a ``Subset``,
    a column of a Hugging Face ``Dataset``. A ``target_transform`` is applied once per class. An
    array, tensor, list or column of labels is returned as an array; False and True are 0 and 1.

    Args:
        source: N samples, or N labels.
        column: of a Hugging Face data set, where it is neither "label" nor "labels".

    Returns:
        (N,) integers.

    Raises:
        DataError: no labels, not one integer per sample, or not a single data set.

    >>> class Folder:
    ...     samples = [("cat/1.png", 0), ("cat/2.png", 0), ("dog/1.png", 1)]
    ...     def __len__(self): return 3
    ...     def __getitem__(self, index): raise RuntimeError("an image would be decoded")
    >>> labels_of(Folder())
    array([0, 0, 1])
    """
    if isinstance(source, Mapping):
        raise DataError(
            f"labels are taken from one data set; got several: {', '.join(map(str, source))} "
            "(pass one of them)"
        )
    if hasattr(source, "detach"):  # a tensor, perhaps on a GPU
        source = source.detach().cpu()
    if isinstance(source, Sequence) or hasattr(source, "__array__"):
        # a whole slice, because a column of Hugging Face reads one item much more slowly
        whole = source[:] if isinstance(source, Sequence) else source
        try:
            return _integers(np.asarray(whole))
        except (TypeError, ValueError) as error:  # such as a list of (sample, label)
            raise DataError(
                f"labels are integers 0..K-1, one per sample; a {type(source).__name__} was given "
                f"whose items are something else ({REMEDY})"
            ) from error
    return _of_samples(source, column)


def class_labels(source: LabelSource) -> Integers:
    """Labels (N,) of a data set, or themselves, of any integer type and 0 or more.

    Raises:
        DataError: as `labels_of`, or labels that are not whole numbers from 0.
    """
    array = labels_of(source)
    if array.ndim != 1:
        raise DataError(f"labels have one dimension (N,); got shape {array.shape}")
    if not array.size:
        return array.astype(np.int64)  # an empty list is an array of floats
    if array.dtype.kind not in "iu":
        raise DataError(f"labels are integers 0..K-1; got dtype {array.dtype}")
    if int(array.min()) < 0:
        raise DataError(f"labels are 0..K-1; the smallest is {int(array.min())}")
    return array


def num_classes_of(labels: Integers) -> int:
    """K of labels (N,) that say it by their largest; 0 for none.

    Whatever counts labels makes a place for each number up to the largest, so ids are refused:
    a large label is accepted where at least every tenth number below it occurs.

    Raises:
        DataError: the largest label looks like an id, not a class index.

    >>> num_classes_of(np.array([0, 2, 2]))
    3
    """
    largest = int(labels.max()) if labels.size else -1
    if largest >= FEW and largest >= 10 * (distinct := len(np.unique(labels))):
        raise DataError(
            f"labels are class indices 0..K-1; got {largest} among {labels.size} labels of "
            f"{distinct} different values, as if it were an id (encode them: classes, labels = "
            "np.unique(labels, return_inverse=True))"
        )
    return largest + 1


def _integers(found: npt.NDArray[np.generic]) -> Integers:
    """bool as 0 and 1; the rest is judged where it is used."""
    return cast(Integers, found.view(np.uint8) if found.dtype == np.bool_ else found)


def _of_samples(source: object, column: str | None) -> Integers:
    """Labels of anything but plain labels: in a `Subset` or so, those would be samples."""
    name = type(source).__name__
    if hasattr(source, "select_columns"):
        return _checked(_of_columns(source, column), source, "its labels")
    if hasattr(source, "cumulative_sizes"):
        parts = [_of_samples(part, column) for part in getattr(source, "datasets", ())]
        return np.concatenate(parts)
    for attribute in LISTS:
        if _has(source, attribute):
            found = _numpy(getattr(source, attribute))
            return _transformed(_checked(found, source, f"{name}.{attribute}"), source)
    for attribute in PAIRS:
        if _has(source, attribute):
            found = _second(getattr(source, attribute), source, attribute)
            return _transformed(_checked(found, source, f"{name}.{attribute}"), source)
    if _has(source, "indices") and _has(source, "dataset"):
        chosen = np.asarray(_numpy(getattr(source, "indices", ())), dtype=np.int64)
        return _of_samples(getattr(source, "dataset", None), column)[chosen]
    if _has(source, "tensors"):
        return _checked(_of_tensors(source), source, f"{name}.tensors")
    known = ", ".join((*LISTS[:2], *PAIRS[:2]))
    raise DataError(f"{name} offers no labels, for it has none of {known} ({REMEDY})")


def _of_columns(source: object, column: str | None) -> npt.NDArray[np.generic]:
    """One column of a Hugging Face data set; the others, images among them, stay unread."""
    columns = getattr(source, "column_names", None) or []
    if not hasattr(source, "__len__"):
        raise DataError(
            f"{type(source).__name__} is a stream without labels in advance; samplers need a "
            f"data set of known length ({REMEDY})"
        )
    found = [column] if column is not None else [name for name in COLUMNS if name in columns]
    if len(found) != 1 or found[0] not in columns:
        wanted = repr(column) if column is not None else '"label" or "labels"'
        raise DataError(
            f"a data set with columns {', '.join(columns)} has no single column {wanted}: say "
            'which, as in labels_of(dataset, column="...")'
        )
    narrow = getattr(source, "select_columns", None)
    assert narrow is not None, "the caller looked"
    table = narrow(found).with_format("arrow")[:]
    return np.asarray(table.column(found[0]).to_numpy())


def _of_tensors(source: object) -> npt.NDArray[np.generic]:
    """The only integer tensor (N,) of a `TensorDataset`."""
    arrays = [_numpy(tensor) for tensor in getattr(source, "tensors", ())]
    flat = [array for array in arrays if array.ndim == 1]
    found = [array for array in flat if array.dtype.kind in "iu"]
    found = found or [array for array in flat if array.dtype.kind == "b"]
    if len(found) != 1:
        raise DataError(
            f"{type(source).__name__} has {len(found)} integer tensors of shape (N,), where one "
            f"would be the labels ({REMEDY})"
        )
    return found[0]


def _second(pairs: Iterable[Sequence[object]], source: object, name: str) -> Integers:
    """Labels of (path, label) pairs."""
    try:
        return cast(Integers, np.array([pair[1] for pair in pairs]))
    except (TypeError, IndexError, KeyError, ValueError) as error:
        where = f"{type(source).__name__}.{name}"
        raise DataError(f"{where} is not a list of (path, label) ({REMEDY})") from error


def _checked(found: npt.NDArray[np.generic], source: object, where: str) -> Integers:
    """One integer for each sample, or an error."""
    if found.ndim != 1 or found.dtype.kind not in "iub":
        raise DataError(
            f"{where} is not one integer per sample: shape {found.shape}, dtype {found.dtype} "
            f"({REMEDY})"
        )
    length = len(source) if hasattr(source, "__len__") else len(found)
    if len(found) != length:
        raise DataError(f"{where} has {len(found)} labels for {length} samples ({REMEDY})")
    return _integers(found)


def _transformed(labels: Integers, source: object) -> Integers:
    """What `target_transform` makes of the labels, called once for each class."""
    transform = getattr(source, "target_transform", None)
    if transform is None or not len(labels):
        return labels
    values, places = np.unique(labels, return_inverse=True)
    made = [transform(int(value)) for value in values]
    try:
        return np.array([operator.index(value) for value in made])[places]
    except TypeError as error:
        raise DataError(
            f"target_transform of {type(source).__name__} makes {type(made[0]).__name__}, not "
            f"a class index ({REMEDY})"
        ) from error


def _has(source: object, attribute: str) -> bool:
    found = getattr(source, attribute, None)
    return found is not None and not callable(found)


def _numpy(values: object) -> npt.NDArray[np.generic]:
    """A list, array or tensor as an array; what cannot be one has no number of dimensions."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        return np.asarray(values)
    except ValueError:  # rows of different lengths
        return np.asarray(None)
