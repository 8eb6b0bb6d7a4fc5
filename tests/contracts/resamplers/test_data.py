"""Data of any kind in every exported resampler: types, shapes, duplicates, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from counterpoise import resamplers
from counterpoise.errors import ArgumentError, DataError

# Data are not scaled here, as the warning of CCR says; tests/resamplers has it.
pytestmark = pytest.mark.filterwarnings("ignore:no sphere around")
# How far a synthetic sample may lie from a class whose samples are all in one place.
REACH = {"CCR": 0.25, "MCCCR": 0.25, "RBO": 0.5, "MCRBO": 0.5}  # energy; 500 steps of .001
REPEATS = {"SMOTE", "SMOTERSB"}  # a class of one, with a warning; the others need no neighbour
# Types of pandas for the columns of one frame, each of which is to come back as it was.
TYPES = (
    "int8", "uint16", "int64", "float32", "float64", "bool", "Int64", "UInt8", "Float32", "boolean",
    "int32[pyarrow]", "double[pyarrow]", "bool[pyarrow]", "Sparse[float64]",
)  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.uint8])
def test_images_as_tensors_come_back_as_they_were(cls, dtype, make, blobs) -> None:
    X, y = blobs(width=12)
    images = torch.from_numpy(np.clip(X * 20 + 100, 0, 255)).to(dtype).reshape(-1, 3, 2, 2)
    points, labels = make(cls).fit_resample(images, torch.from_numpy(y).to(torch.int32))
    assert points.dtype == dtype
    assert labels.dtype == torch.int32
    assert points.shape == (len(labels), 3, 2, 2)
    if dtype.is_floating_point and dtype != torch.float16:
        flat, _ = make(cls).fit_resample(images.flatten(1).numpy(), y)
        assert np.array_equal(points.flatten(1).numpy(), flat), "the shape changes nothing"


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, bool])
def test_integers_stay_integers_within_their_type(cls, dtype, make, blobs) -> None:
    X, y = blobs()
    whole = np.clip(np.round(X * 30), 0, 127).astype(dtype)
    points, _ = make(cls).fit_resample(whole, y)
    assert points.dtype == dtype


def test_integers_are_the_rounded_points_of_the_same_numbers(
    cls, make, blobs, counted, grows, is_exact
) -> None:
    X, y = blobs()
    whole = np.clip(np.round(X * 30), 0, 127).astype(np.int64)
    points, labels = make(cls).fit_resample(whole, y)
    exact, _ = make(cls).fit_resample(whole.astype(np.float64), y)
    assert np.array_equal(points, exact.round())
    if is_exact and grows:
        assert counted(labels) == dict.fromkeys(range(3), 30)


def test_a_frame_keeps_the_type_of_each_column_and_its_nearest_values(cls, make, blobs) -> None:
    X, y = blobs(width=len(TYPES))
    whole = np.clip(np.round(X * 30), 0, 127)
    booleans = [place for place, name in enumerate(TYPES) if "bool" in name]
    whole[:, booleans] = whole[:, booleans] > 60
    frame = pd.DataFrame({f"c{i}": pd.array(whole[:, i]) for i in range(len(TYPES))})
    frame = frame.astype({f"c{i}": name for i, name in enumerate(TYPES)})
    exact, _ = make(cls).fit_resample(whole, y)
    made, labels = make(cls).fit_resample(frame, pd.Series(y, name="class"))
    assert list(made.dtypes) == list(frame.dtypes)
    assert list(made.index) == list(range(len(labels)))
    for place, name in enumerate(TYPES):
        expected = exact[:, place]
        if "bool" in name:
            expected = expected > 0.5
        elif "int" in name.lower():
            expected = expected.round()
        found = made.iloc[:, place].to_numpy(dtype=np.float64)
        np.testing.assert_allclose(found, expected.astype(np.float64), rtol=1e-6, err_msg=name)


def test_columns_of_a_frame_that_are_no_numbers_are_refused_together(cls, make, blobs) -> None:
    X, y = blobs()
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["size"] = pd.Categorical(np.where(y > 0, "large", "small"))
    frame["codes"] = pd.Categorical(y)
    frame["name"] = pd.Series([f"sample {i}" for i in range(len(y))], dtype=object)
    frame["mixed"] = pd.Series(y.tolist(), dtype=object)
    frame["when"] = pd.Timestamp("2020-01-01")
    with pytest.raises(DataError) as refused:
        make(cls).fit_resample(frame, y)
    for name in ("size", "codes", "name", "mixed", "when"):
        assert f"'{name}'" in str(refused.value)
    assert "'a'" not in str(refused.value)
    assert "get_dummies" in str(refused.value)


def test_duplicates_and_constant_features(cls, make, blobs, grows, is_exact) -> None:
    X, y = blobs()
    X[:, 1] = 3.25
    X[y == 2] = X[y == 2][0]
    points, labels = make(cls).fit_resample(X, y)
    assert np.isfinite(points).all()
    here = points[labels == 2]
    assert np.abs(here - X[y == 2][0]).sum(1).max() <= REACH.get(cls.__name__, 0) + 1e-9
    if is_exact:
        assert len(here) == (30 if grows else 6)


def test_fewer_samples_than_neighbours(cls, make, blobs, counted, grows, is_exact) -> None:
    X, y = blobs((12, 3))
    points, labels = make(cls).fit_resample(X, y)
    assert np.isfinite(points).all()
    if is_exact:
        assert counted(labels) == dict.fromkeys(range(2), 12 if grows else 3)


def test_a_class_of_one_sample(cls, make, blobs, counted, grows, is_exact) -> None:
    X, y = blobs((12, 1))
    if cls is resamplers.ImbalancedLearn:
        with pytest.raises(DataError, match="n_samples"):
            make(cls).fit_resample(X, y)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        points, labels = make(cls).fit_resample(X, y)
    said = [str(w.message) for w in caught if "one sample" in str(w.message)]
    assert bool(said) == (cls.__name__ in REPEATS)
    if is_exact:
        assert counted(labels) == dict.fromkeys(range(2), 12 if grows else 1)
    if cls.__name__ in REPEATS:
        assert (points[labels == 1] == X[y == 1]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(cls, bad, make, blobs) -> None:
    X, y = blobs()
    X[5, 1] = bad
    with pytest.raises(DataError, match=r"finite.*row 5"):
        make(cls).fit_resample(X, y)


def test_data_without_samples_classes_or_sense(cls, make, blobs) -> None:
    X, y = blobs()
    for wrong, labels in (
        (X[:0], y[:0]),
        (X, y[:-1]),
        (X[:, 0], y),
        (X[:, :0], y),
        (X, y + 0.5),
        (X.astype(complex), y),
        (X.astype(str), y),
        (X, np.eye(3)[y]),
    ):
        with pytest.raises(DataError):
            make(cls).fit_resample(wrong, labels)
    with pytest.raises(ArgumentError, match="two classes"):
        make(cls).fit_resample(X, np.zeros_like(y))


def test_class_names_are_free(cls, make, blobs) -> None:
    X, y = blobs()
    names = np.array(["bird", "cat", "axolotl"])
    points, labels = make(cls).fit_resample(X, names[y])
    assert set(labels) == set(names)
    gap, _ = make(cls).fit_resample(X, y * 7 - 3)
    assert len(gap) == len(points)


def test_read_only_and_strided_arrays(cls, make, blobs) -> None:
    X, y = blobs()
    expected, _ = make(cls).fit_resample(X, y)
    frozen = X.copy()
    frozen.setflags(write=False)
    y.setflags(write=False)
    assert np.array_equal(make(cls).fit_resample(frozen, y)[0], expected)
    assert np.array_equal(make(cls).fit_resample(np.asfortranarray(X), y)[0], expected)
    turned, _ = make(cls).fit_resample(X[:, ::-1], y)
    assert turned.shape == expected.shape


@pytest.mark.gpu
def test_a_gpu_gives_the_same_points(cls, make, blobs) -> None:
    X, y = blobs()
    on_cpu, labels = make(cls).fit_resample(torch.from_numpy(X), torch.from_numpy(y))
    points, there = make(cls).fit_resample(
        torch.from_numpy(X).to("cuda"), torch.from_numpy(y).to("cuda")
    )
    assert points.is_cuda
    assert torch.equal(there.cpu(), labels)
    torch.testing.assert_close(points.cpu(), on_cpu)
