"""Arrays in an .npz file: the rule of kinds, labels, groups, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import LabelledSet, load
from counterpoise.errors import ArgumentError, DataError

RNG = np.random.default_rng(0)
Load = Callable[..., LabelledSet]


@pytest.fixture
def load_arrays(tmp_path: Path) -> Load:
    def make(options: dict[str, int] | None = None, **arrays: np.ndarray) -> LabelledSet:
        np.savez(tmp_path / "mine.npz", **arrays)
        return load(str(tmp_path / "mine.npz"), **(options or {}))

    return make


def bytes_(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


Y = np.array([0, 1, 1, 0])


@pytest.mark.parametrize(
    ("x", "kind", "shape", "kept"),
    [
        (bytes_(4, 6, 5), "image", (1, 6, 5), "u1"),
        (bytes_(4, 6, 5, 1), "image", (1, 6, 5), "u1"),
        (bytes_(4, 6, 5, 3), "image", (3, 6, 5), "u1"),
        (RNG.normal(size=(4, 3, 80)), "series", (3, 80), "f8"),
        (RNG.integers(-9, 9, (4, 3, 80)), "series", (3, 80), "f4"),
        (RNG.normal(size=(4, 7)).astype(np.float16), "vector", (7,), "f4"),
        (RNG.normal(size=(4, 7)).astype(np.float32).astype(np.float64), "vector", (7,), "f4"),
        (2**40 + RNG.integers(-9, 9, (4, 7)), "vector", (7,), "f8"),
        (np.full((4, 2), 0.1 + 3e38), "vector", (2,), "f8"),
        (bytes_(4, 7), "vector", (7,), "f4"),
    ],
)
def test_the_rule_of_kinds(
    load_arrays: Load, x: np.ndarray, kind: str, shape: tuple[int, ...], kept: str
) -> None:
    """Numbers are float32 where that loses nothing, else float64."""
    dataset = load_arrays(x_train=x, y_train=Y)
    assert (dataset.name, dataset.kind, dataset.input_shape) == ("mine", kind, shape)
    values = dataset.inputs.read()
    assert values.dtype == dataset.inputs.dtype == kept
    assert values.shape == (4, *shape)
    expected = x.reshape(4, 6, 5, -1).transpose(0, 3, 1, 2) if kind == "image" else x
    assert np.array_equal(values, expected)
    assert dataset.part.tolist() == [-1] * 4


def test_parts_and_groups(load_arrays: Load) -> None:
    x = np.arange(6, dtype=np.float32)[:, None]
    dataset = load_arrays(
        x_train=x[:4],
        y_train=Y,
        x_val=x[4:5],
        y_val=Y[:1],
        x_test=x[5:],
        y_test=Y[1:2],
        group_train=np.array(["u", "v", "u", "w"]),
        group_test=np.array(["z"]),
    )
    assert dataset.part.tolist() == [0, 0, 0, 0, 1, 2]
    assert dataset.inputs.read()[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 1, 0, 2, 4, 3]


@pytest.mark.parametrize(
    ("y", "labels", "classes"),
    [
        (np.array([7, 3, 3, 12], dtype=np.uint8), [1, 0, 0, 2], ("3", "7", "12")),
        (np.array(["dog", "cat", "cat", "emu"]), [1, 0, 0, 2], ("cat", "dog", "emu")),
        (np.array([b"dog", b"cat", b"cat", b"dog"]), [1, 0, 0, 1], ("cat", "dog")),
        (np.array(["10", "9", "9", "10"]), [1, 0, 0, 1], ("9", "10")),
        (np.array([True, False, False, True]), [1, 0, 0, 1], ("0", "1")),
    ],
)
def test_labels(
    load_arrays: Load, y: np.ndarray, labels: list[int], classes: tuple[str, ...]
) -> None:
    dataset = load_arrays(x_train=bytes_(4, 3), y_train=y)
    assert dataset.labels.dtype == np.int64
    assert (dataset.labels.tolist(), dataset.classes) == (labels, classes)


def test_class_names(load_arrays: Load) -> None:
    names = np.array(["walk", "sit"])
    dataset = load_arrays(x_train=bytes_(4, 3), y_train=Y, classes=names)
    assert (dataset.classes, dataset.labels.tolist()) == (("walk", "sit"), Y.tolist())
    text = np.array(["sit", "walk", "walk", "sit"])
    assert load_arrays(x_train=bytes_(4, 3), y_train=text, classes=names).labels.tolist() == [
        1, 0, 0, 1,
    ]  # fmt: skip
    with pytest.raises(DataError, match="label 2 has no name; 'classes' holds 2"):
        load_arrays(x_train=bytes_(4, 3), y_train=Y + 1, classes=names)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["cat", "dog", "cat"], "classes 0 and 2 are both called 'cat'"),
        (
            ["cat", " cat", ""],
            "classes 0 and 1 are both called 'cat', the name of class 2 is empty",
        ),
        (["caf\u00e9", "cafe\u0301", "bar"], "classes 0 and 1 are both called"),
        ([["cat", "dog", "cow"]], r"one name per class, shape \(K,\); got shape \(1, 3\)"),
    ],
)
def test_bad_class_names(load_arrays: Load, classes: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_arrays(x_train=np.zeros((3, 2)), y_train=np.arange(3), classes=np.array(classes))


def test_names_as_bytes_are_names(load_arrays: Load) -> None:
    dataset = load_arrays(
        x_train=np.zeros((3, 2)),
        y_train=np.array([b"cat", b"d\xf6g", b"cat"]),
        group_train=np.array([b"ann", b"", b"ann"]),
        classes=np.array([b"d\xf6g", b"cat"]),
    )
    assert dataset.classes == ("d\\xf6g", "cat")
    assert dataset.labels.tolist() == [1, 0, 1]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 1, 0]


def test_labels_in_two_unicode_forms_are_one_class(load_arrays: Load) -> None:
    labels = np.array(["caf\u00e9", "cafe\u0301", "bar", "bar"])
    dataset = load_arrays(x_train=np.zeros((4, 2)), y_train=labels, group_train=labels)
    assert dataset.classes == ("bar", "caf\u00e9")
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [1, 1, 0, 0]
    assert [note.partition(" look")[0] for note in dataset.notes] == [
        "2 names of a class",
        "2 names of a group",
    ]
    named = load_arrays(
        x_train=np.zeros((4, 2)), y_train=labels, classes=np.array(["cafe\u0301", "bar"])
    )
    assert named.labels.tolist() == [0, 0, 1, 1]


def test_missing_groups_stand_alone(load_arrays: Load) -> None:
    groups = np.array([1, np.nan, 1, np.nan])
    dataset = load_arrays(x_train=np.zeros((4, 2)), y_train=[0, 0, 1, 1], group_train=groups)
    assert dataset.groups is not None
    assert len(set(dataset.groups.tolist())) == 3


def test_size_and_channels(load_arrays: Load) -> None:
    options = {"size": 12, "channels": 3}
    dataset = load_arrays(options, x_train=bytes_(4, 6, 6), y_train=Y)
    assert dataset.input_shape == (3, 12, 12)
    assert dataset.inputs.read().shape == (4, 3, 12, 12)
    with pytest.raises(DataError, match="size and channels are for images; this set holds vector"):
        load_arrays({"size": 12}, x_train=bytes_(4, 6), y_train=Y)
    for wrong in ({"size": 0}, {"channels": 2}):
        with pytest.raises(ArgumentError):
            load_arrays(wrong, x_train=bytes_(4, 6, 6), y_train=Y)


def test_other_arrays_are_ignored_and_named(load_arrays: Load) -> None:
    dataset = load_arrays(x_train=bytes_(4, 3), y_train=Y, timestamps=np.arange(4))
    assert dataset.notes == ("arrays ignored: timestamps",)


NAN = np.zeros((9, 2))
NAN[[1, 4], [0, 1]] = np.nan
NAN[4, 0] = np.inf


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X_train": bytes_(4, 3), "y_train": Y}, "no array 'x_train'; array 'X_train': did you"),
        (
            {"x_train": bytes_(4, 3), "y_train": Y, "track_train": Y},
            "array 'track_train': did you mean 'group_train'",
        ),
        ({"x_train": bytes_(4, 3)}, "no array 'y_train'"),
        ({"x_train": bytes_(4, 3), "y_train": Y, "x_test": bytes_(2, 3)}, "x_test and y_test"),
        ({"x_train": bytes_(4, 3), "y_train": Y, "group_test": Y}, "group_test without x_test"),
        ({"x_train": bytes_(4, 3), "y_train": Y[:3]}, r"x_train \(4\); got shape \(3,\)"),
        (
            {"x_train": bytes_(4, 3), "y_train": Y, "group_train": Y[:2]},
            "group_train needs one entry per sample",
        ),
        (
            {"x_train": bytes_(4, 6, 6), "y_train": Y, "x_test": bytes_(4, 8, 8), "y_test": Y},
            r"same kind and sample shape; got x_train uint8 \(4, 6, 6\), x_test uint8 \(4, 8, 8\)",
        ),
        (
            {"x_train": bytes_(4, 6, 6), "y_train": Y, "x_test": np.ones((4, 6, 6)), "y_test": Y},
            "same kind and sample shape",
        ),
        (
            {"x_train": bytes_(4, 3), "y_train": Y, "x_test": bytes_(1, 3), "y_test": ["a"]},
            "all y arrays hold integers, or all hold strings; got y_train int64, y_test <U1",
        ),
        ({"x_train": bytes_(4, 3, 6, 5), "y_train": Y}, "N, H, W, C.*move the channels last"),
        ({"x_train": bytes_(4, 6, 5, 4), "y_train": Y}, "with C 1 or 3; got uint8"),
        ({"x_train": np.ones((4, 6, 5, 3)), "y_train": Y}, "images are uint8.*got float64"),
        ({"x_train": bytes_(4), "y_train": Y}, r"got uint8 \(4,\)"),
        ({"x_train": np.ones((4, 0)), "y_train": Y}, r"got float64 \(4, 0\)"),
        ({"x_train": np.ones((4, 2), complex), "y_train": Y}, "real numbers; got complex128"),
        ({"x_train": np.ones((0, 2)), "y_train": Y[:0]}, "the data set is empty"),
        (
            {"x_train": NAN, "y_train": np.arange(9) % 2},
            r"x_train: 3 values are NaN or infinite, in 2 samples \(1, 4\)",
        ),
        (
            {"x_train": np.array([[1.0], [np.inf]]), "y_train": np.arange(2)},
            r"x_train: 1 value is NaN or infinite, in 1 sample \(1\)",
        ),
        (
            {"x_train": np.full((4, 2), 1e300), "y_train": Y},
            r"x_train, row 0, column 0: a number of at most 3.4e\+38, .*; got 1e\+300 \(scale",
        ),
        (
            {"x_train": np.full((4, 2, 9), -1e39), "y_train": Y},
            r"x_train, sample 0, channel 0, step 0: .*; got -1e\+39 \(scale the channel",
        ),
        ({"x_train": bytes_(4, 3), "y_train": Y * 1.0}, "integers from 0, or strings; got dtype f"),
        ({"x_train": bytes_(4, 3), "y_train": Y - 1}, "2 of 4 are negative, the smallest is -1"),
        ({"x_train": bytes_(4, 3), "y_train": np.eye(4, dtype=int)}, "one-hot: take argmax"),
        ({"x_train": bytes_(4, 3), "y_train": np.array(["a", "", "b", "a"])}, "sample 1 has an em"),
        (
            {"x_train": bytes_(2, 3), "y_train": ["a", "b"], "classes": ["a", "c"]},
            "y: labels 'b' not in classes",
        ),
        ({"x_train": bytes_(4, 3), "y_train": np.array(["0.5", "1", "1", "2"])}, "got '0.5'"),
        ({"x_train": bytes_(4, 3), "y_train": Y * 0}, "at least two classes.*only '0'"),
        (
            {"x_train": bytes_(4, 3), "y_train": Y, "x_test": bytes_(1, 3), "y_test": [5]},
            "no training sample of class '5'",
        ),
    ],
)
def test_bad_arrays(load_arrays: Load, arrays: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load_arrays(**arrays)
    assert "\n" not in str(caught.value)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    ragged = np.empty(2, dtype=object)
    ragged[:] = [bytes_(2, 2), bytes_(3, 3)]
    np.savez(tmp_path / "a.npz", x_train=ragged, y_train=Y[:2])
    with pytest.raises(DataError, match="holds Python objects, which are not loaded"):
        load(str(tmp_path / "a.npz"))


def test_damaged_files(tmp_path: Path) -> None:
    whole, cut, bare = (tmp_path / f"{name}.npz" for name in ("whole", "cut", "bare"))
    np.savez(whole, x_train=bytes_(40, 30), y_train=np.arange(40) % 2)
    cut.write_bytes(whole.read_bytes()[:-300])
    np.save(tmp_path / "bare.npy", Y)
    (tmp_path / "bare.npy").rename(bare)
    with pytest.raises(DataError, match=r"cut\.npz' is not a whole \.npz file"):
        load(str(cut))
    with pytest.raises(DataError, match=r"bare\.npz' is not a whole \.npz file; write"):
        load(str(bare))
    flipped = bytearray(whole.read_bytes())
    flipped[200] ^= 255
    cut.write_bytes(flipped)
    with pytest.raises(DataError, match="not a whole"):
        load(str(cut))
    cut.write_bytes(b"")
    with pytest.raises(DataError, match="not a whole"):
        load(str(cut))


def test_arrays_that_look_like_images_and_are_none_are_said(load_arrays: Load) -> None:
    deep = RNG.integers(0, 65536, (4, 9, 12)).astype(np.uint16)
    found = load_arrays(x_train=deep, y_train=Y)
    assert found.kind == "series"
    (said,) = found.notes
    assert said.startswith("x uint16 (N, 9, 12) is read as series of 9 channels and 12 steps: ima")
    assert load_arrays(x_train=RNG.normal(size=(4, 16, 16)), y_train=Y).notes
    assert not load_arrays(x_train=RNG.normal(size=(4, 16, 80)), y_train=Y).notes
    assert not load_arrays(x_train=deep[:, :3], y_train=Y).notes
