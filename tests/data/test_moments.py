"""Mean and spread by histograms are those of the values."""

import numpy as np
import pytest

from counterpoise.data.moments import histogram, moments, of_histogram, of_sums, sums


def test_moments_of_bytes_are_those_of_numpy() -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 2, 5, 6), dtype=np.uint8)
    mean, std = moments(images, 1 / 255)
    assert mean == pytest.approx((images / 255).mean(axis=(0, 2, 3)))
    assert std == pytest.approx((images / 255).std(axis=(0, 2, 3)))
    flat = histogram(np.full((1, 1, 2, 2), 7, dtype=np.uint8))
    assert of_histogram(flat, 1.0) == ((7.0,), (1.0,))


@pytest.mark.parametrize("scale", [1e-300, 1e-15, 1.0, 1e15, 1e300])
@pytest.mark.parametrize("offset", [0.0, 1.0, -1e6])
def test_moments_of_numbers_of_any_size(scale: float, offset: float) -> None:
    values = np.random.default_rng(0).normal(size=(50, 3)) + offset
    mean, std = moments(values * scale)
    assert mean == pytest.approx(values.mean(0) * scale, rel=1e-12)
    assert std == pytest.approx(values.std(0) * scale, rel=1e-9)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.uint64])
def test_moments_of_integers(dtype: type) -> None:
    whole = np.random.default_rng(0).integers(0, 30_000, (50, 2, 8)).astype(dtype)
    mean, std = moments(whole)
    assert mean == pytest.approx(whole.astype(float).mean(axis=(0, 2)))
    assert std == pytest.approx(whole.astype(float).std(axis=(0, 2)))


@pytest.mark.parametrize(
    ("values", "std"),
    [
        ([3.0, 3.0, 3.0], 1.0),
        ([0.0, 0.0, 0.0], 1.0),
        ([1e-30, 1e-30, 1e-30], 1.0),
        ([0.1 * 3, 0.3, 0.3], 1.0),  # one unit in the last place
        ([1e15, 1e15 + 0.125, 1e15], 1.0),
        ([1e-30, 1e-30, 2e-30], pytest.approx(4.714e-31, rel=1e-3)),
        ([1e15, 1e15 + 3, 1e15], pytest.approx(2**0.5)),
    ],
)
def test_a_constant_is_what_varies_by_rounding_alone(values: list[float], std: object) -> None:
    assert moments(np.array(values)[:, None])[1][0] == std


def test_rounding_is_that_of_the_type_and_integers_have_none() -> None:
    near = np.array([[1.0], [1.0 + 2**-22]])
    assert moments(near)[1][0] == pytest.approx(2**-23)
    assert moments(near.astype(np.float32))[1] == (1.0,)
    assert moments(np.array([[2**52], [2**52 + 2]]))[1] == (1.0,)
    assert moments(np.array([[2**52], [2**52]]))[1] == (1.0,)
    assert moments(np.array([[2**52], [2**52 + 20]]))[1] == (10.0,)


@pytest.mark.parametrize(("low", "high"), [(0, 65_535), (29_000, 29_040), (-(2**31), 2**31 - 1)])
def test_sums_of_16_and_32_bit_images_are_exact(low: int, high: int) -> None:
    images = np.random.default_rng(0).integers(low, high, (70, 2, 5, 6)).astype(np.int32)
    order = np.random.default_rng(1).permutation(70)
    mean, std = of_sums(sums(images))
    assert of_sums(sums(images)[order]) == (mean, std) == moments(images)
    exact = [[int(v) for v in images[:, c].ravel()] for c in range(2)]
    assert mean == tuple(sum(values) / len(values) for values in exact)
    assert std == pytest.approx(images.astype(np.float64).std(axis=(0, 2, 3)))
    assert of_sums(sums(np.full((3, 1, 2, 2), high, dtype=np.int32))) == ((float(high),), (1.0,))
