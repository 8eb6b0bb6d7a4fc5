"""Samples of sensors: what is read is what was sent, and what is not numbers is refused."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from counterpoise.service.analyzer.samples import fitting, of_json, of_npy, to_npy
from counterpoise.service.runtime.failure import DeviceError


class Series:
    kind, shape, dtype = "series", (2, 3), np.dtype("float32")


class Counts(Series):
    kind, shape, dtype = "vector", (3,), np.dtype("uint8")


class Anything:
    kind, shape, dtype = "any", None, None


def saved(array, **options) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@given(
    arrays(
        st.sampled_from(["<f4", ">f8", "<i2", "u1"]),
        array_shapes(min_dims=1, max_dims=2, max_side=5),
        elements={"min_value": 0, "max_value": 100},
    )
)
def test_npy_comes_back_whatever_its_order(array) -> None:
    assert np.array_equal(of_npy(to_npy(array)), array)
    assert np.array_equal(of_npy(saved(np.asfortranarray(array))), array)
    assert np.array_equal(of_json(str(array.tolist()).encode()), array)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000,
        saved(np.array([{}]), allow_pickle=True),
        saved(np.array(["a"])),
        saved(np.array([(1, 2)], dtype=[("a", "f4"), ("b", "f4")])),
        saved(np.array([1j])),
        saved(np.arange(5.0))[:-1],
        saved(np.arange(5.0)) + b"x",
        saved(np.arange(5.0)).replace(b"(5,)", b"(9**9,)"),
        saved(np.arange(5.0)).replace(b"(5,), ", b"(99999999999,), "),
        saved(np.arange(5.0)).replace(b"(5,)", b"(-5,)"),
    ],
    ids=range(12),
)
def test_what_is_no_npy_of_numbers_is_refused(content: bytes) -> None:
    with pytest.raises(DeviceError) as caught:
        of_npy(content)
    assert caught.value.reason == "not samples"


@settings(max_examples=200)
@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_damaged_npy_is_an_array_or_refused(place: int, byte: int) -> None:
    content = bytearray(to_npy(np.arange(6.0).reshape(2, 3)))
    content[place % len(content)] = byte
    try:
        assert of_npy(bytes(content)).size <= 48
    except DeviceError as error:
        assert error.reason == "not samples"  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither a .npy file nor JSON"),
        ("[" * 100_000, "neither a .npy file nor JSON"),
        ("{}", "a list of numbers"),
        ("[]", "a list of numbers"),
        ("[[]]", "a list of numbers"),
        ("[true]", "a list of numbers"),
        ('["1"]', "a list of numbers"),
        ("[[[1]]]", "a list of numbers"),
        ("[[1, 2], [3]]", "as many numbers"),
        ("[[1, 2], 3]", "a list of numbers"),
        ('{"samples": "x"}', "a list of numbers"),
        ("[1" + "0" * 400 + "]", "too large"),
    ],
)
def test_json_that_is_no_samples_is_refused(text: str, said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        of_json(text.encode())


def test_json_may_be_bare_or_named() -> None:
    for text in (b"[[1, 2, 3], [4, 5, 6]]", b'{"samples": [[1, 2, 3], [4, 5, 6]], "x": 1}'):
        found = fitting(of_json(text), Series())
        assert found.dtype == np.float32
        assert found.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("given", "model", "said"),
    [
        ([1.0, 2.0], Series, r"takes a series \(2, 3\); got \(2,\)"),
        ([[1.0] * 3] * 2, Counts, r"takes a vector \(3,\)"),
        ([[1.0, 2.0, np.inf]] * 2, Series, "finite"),
        ([[1.0, 2.0, 1e300]] * 2, Series, "finite"),
        ([1.0, 2.0, 256.0], Counts, "none of uint8"),
        ([1.0, 2.0, 0.5], Counts, "none of uint8"),
        ([1.0, 2.0, np.nan], Counts, "none of uint8"),
        ([[[1.0]]], Anything, r"got \(1, 1, 1\)"),
        ([], Anything, r"got \(0,\)"),
        ([np.nan], Anything, "finite"),
    ],
)
def test_what_does_not_fit_is_said(given, model, said: str) -> None:
    with pytest.raises(DeviceError, match=said):
        fitting(np.array(given), model())


def test_a_program_takes_any() -> None:
    assert fitting(np.arange(4, dtype=">i2"), Anything()).dtype == np.dtype("int16")
    assert fitting(np.array([1.0, 2.0, 3.0]), Counts()).dtype == np.uint8
