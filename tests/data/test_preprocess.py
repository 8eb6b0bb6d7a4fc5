"""Constants fitted on training inputs, applied to numpy and torch alike."""

import json
import pickle

import numpy as np
import pytest
import torch

from counterpoise.data import Preprocess, Whitening, contrast_normalised
from counterpoise.data.preprocess import Mode
from counterpoise.errors import ArgumentError, CheckpointError

RNG = np.random.default_rng(0)
IMAGES = (RNG.integers(0, 256, (70, 3, 6, 5)) * np.array([1, 0.5, 0.1])[:, None, None]).astype("u1")
SERIES = RNG.normal(3, [[1], [10]], (50, 2, 20)).astype(np.float32)
VECTORS = RNG.normal(-2, [1, 5, 9], (50, 3)).astype(np.float32)


@pytest.mark.parametrize("inputs", [IMAGES, SERIES, VECTORS], ids=["image", "series", "vector"])
def test_standard_gives_mean_0_and_sd_1(inputs: np.ndarray) -> None:
    fitted = Preprocess.fit("standard", inputs)
    out = fitted.apply(inputs)
    axes = (0, *range(2, inputs.ndim))
    assert (out.dtype, out.shape) == (np.float32, inputs.shape)
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=axes), 1, rtol=1e-5)


def test_image_constants_are_those_of_values_from_0_to_1() -> None:
    fitted = Preprocess.fit("standard", IMAGES)
    np.testing.assert_allclose(fitted.mean, (IMAGES / 255).mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(fitted.std, (IMAGES / 255).std(axis=(0, 2, 3)), rtol=1e-12)


def test_large_sets_are_summed_in_pieces() -> None:
    many = RNG.integers(0, 256, (3000, 1, 28, 28), dtype=np.uint8)
    fitted = Preprocess.fit("standard", many)
    assert fitted.mean[0] == pytest.approx(many.mean() / 255, rel=1e-12)
    assert fitted.std[0] == pytest.approx(many.std() / 255, rel=1e-12)


def test_unit_and_none() -> None:
    unit = Preprocess.fit("unit", IMAGES).apply(IMAGES)
    assert np.array_equal(unit, IMAGES.astype(np.float32) / np.float32(255))
    assert np.array_equal(Preprocess.fit("none", IMAGES).apply(IMAGES), IMAGES.astype(np.float32))
    assert np.abs(Preprocess.fit("unit", SERIES).apply(SERIES)).max() == 1
    large = IMAGES.astype(np.float64) * 1e6
    assert np.abs(Preprocess.fit("unit", large).apply(large)).max() == 1


def test_imagenet_is_torchvisions_normalisation() -> None:
    from torchvision.transforms.v2 import Compose, Normalize, ToDtype

    oracle = Compose(
        [
            ToDtype(torch.float32, scale=True),
            Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    ours = Preprocess.fit("imagenet", IMAGES).apply(torch.from_numpy(IMAGES))
    torch.testing.assert_close(ours, oracle(torch.from_numpy(IMAGES)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
@pytest.mark.parametrize("mode", ["standard", "unit", "none", "imagenet"])
def test_numpy_and_torch_agree_bit_for_bit(mode: Mode, dtype: str) -> None:
    images = IMAGES.astype(dtype)
    fitted = Preprocess.fit(mode, images)
    assert fitted.dtype == dtype
    tensor = torch.from_numpy(images)
    before = tensor.clone()
    assert np.array_equal(fitted.apply(tensor).numpy(), fitted.apply(images))
    assert torch.equal(tensor, before)


def test_bytes_are_computed_in_float32_as_ever() -> None:
    fitted = Preprocess.fit("standard", IMAGES)
    shift = np.array(fitted.mean) * 255
    divisor = np.array(fitted.std) * 255
    by_hand = IMAGES.astype(np.float32) - shift.astype(np.float32)[:, None, None]
    by_hand /= divisor.astype(np.float32)[:, None, None]
    np.testing.assert_allclose(fitted.apply(IMAGES), by_hand, rtol=1e-6)
    assert np.array_equal(fitted.apply(IMAGES.astype(np.int64)), fitted.apply(IMAGES))


@pytest.mark.parametrize(
    ("scale", "offset"), [(1e-12, 0), (1e-15, 0), (1e-300, 0), (1, 1.7e12), (1e3, 2.0**40)]
)
def test_what_distinguishes_samples_survives_any_scale_and_offset(
    scale: float, offset: float
) -> None:
    base = RNG.normal(size=(50, 3))
    raw = base * scale + offset
    expected = Preprocess.fit("standard", base).apply(base)
    found = Preprocess.fit("standard", raw).apply(raw)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    whole = np.round(base * 1000).astype(np.int64) + 2**40
    np.testing.assert_allclose(
        Preprocess.fit("standard", whole).apply(torch.from_numpy(whole)), expected, atol=2e-3
    )


def test_images_that_are_no_bytes_have_no_range_of_their_own() -> None:
    """A pretrained model sees 16-bit images, whatever their range, with mean 0 and sd 1."""
    for images in (IMAGES.astype(np.int32) * 10 + 3000, IMAGES / 255):
        fitted = Preprocess.fit("imagenet", images)
        out = fitted.apply(images)
        np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), 0, atol=1e-5)
        np.testing.assert_allclose(out.std(axis=(0, 2, 3)), 1, rtol=1e-5)
    narrow = 3000 + IMAGES[:, :1].astype(np.int32) // 8
    assert len(np.unique(Preprocess.fit("standard", narrow).apply(narrow))) == 32


def test_without_preprocessing_values_fit_float32() -> None:
    with pytest.raises(ArgumentError, match=r"at most 3.4e38.*got 1e\+300"):
        Preprocess.fit("none", np.full((2, 2), 1e300))
    wide = np.full((2, 2), 1e300)
    assert np.array_equal(Preprocess.fit("unit", wide).apply(wide), np.ones((2, 2)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_any_float_becomes_float32_and_stays_unharmed(dtype: torch.dtype) -> None:
    fitted = Preprocess.fit("standard", SERIES)
    tensor = torch.from_numpy(SERIES).to(dtype)
    before = tensor.clone()
    assert fitted.apply(tensor).dtype == torch.float32
    assert torch.equal(tensor, before)


def test_constants_made_in_inference_mode_serve_training() -> None:
    fitted = Preprocess.fit("standard", SERIES)
    with torch.inference_mode():
        fitted.apply(torch.from_numpy(SERIES))
    inputs = torch.from_numpy(SERIES).clone().requires_grad_()
    fitted.apply(inputs).square().sum().backward()
    assert inputs.grad is not None


def test_a_channel_that_never_varies_stays_finite() -> None:
    flat = np.full((9, 2, 4, 4), 255, dtype=np.uint8)
    fitted = Preprocess.fit("standard", flat)
    assert fitted.std == (1.0, 1.0)
    assert np.abs(fitted.apply(flat)).max() < 1e-6
    vectors = np.full((9, 2), 1e6, dtype=np.float32)
    assert np.abs(Preprocess.fit("standard", vectors).apply(vectors)).max() < 1


@pytest.mark.parametrize("inputs", [IMAGES, SERIES, VECTORS], ids=["image", "series", "vector"])
def test_json_gives_the_same_preprocessing(inputs: np.ndarray) -> None:
    fitted = Preprocess.fit("standard", inputs)
    fitted.apply(torch.from_numpy(inputs))
    again = Preprocess.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert hash(again) == hash(fitted)
    assert np.array_equal(again.apply(inputs), fitted.apply(inputs))
    copied = pickle.loads(pickle.dumps(fitted))
    assert copied == fitted
    assert not copied._cache


@pytest.mark.parametrize(
    ("mode", "inputs", "message"),
    [
        ("standart", IMAGES, "unknown preprocessing 'standart'; did you mean 'standard'"),
        (
            "imagenet",
            IMAGES[:, :1],
            r"for RGB images .*got image \(1, 6, 5\) \(load with channels=3",
        ),
        ("imagenet", VECTORS, "got vector"),
        ("standard", IMAGES[:0], "N > 0"),
        ("standard", VECTORS[0], r"got \(3,\)"),
    ],
)
def test_bad_fits(mode: str, inputs: np.ndarray, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Preprocess.fit(mode, inputs)  # type: ignore[arg-type]


def test_other_shapes_are_refused() -> None:
    fitted = Preprocess.fit("standard", IMAGES)
    assert fitted.apply(IMAGES[:, :, :4]).shape == (70, 3, 4, 5)  # another size is fine
    for wrong in (IMAGES[:, :1], VECTORS):
        with pytest.raises(ArgumentError, match=r"fitted on samples \(3, 6, 5\)"):
            fitted.apply(wrong)


@pytest.mark.parametrize(
    "change", [{"mean": [0.0]}, {"name": "?"}, {"scale": "x"}, {"shape": None}, {"dtype": "x"}]
)
def test_damaged_dicts(change: dict[str, object]) -> None:
    values = {**Preprocess.fit("standard", IMAGES).to_dict(), **change}
    with pytest.raises(CheckpointError, match="damaged preprocessing"):
        Preprocess.from_dict(values)
    del values["scale"]
    with pytest.raises(CheckpointError):
        Preprocess.from_dict(values)


@pytest.mark.parametrize(("inputs", "dtype"), [(IMAGES, "uint8"), (VECTORS, "float32")])
def test_the_type_of_what_was_saved_without_one(inputs: np.ndarray, dtype: str) -> None:
    values = Preprocess.fit("standard", inputs).to_dict()
    without = {key: value for key, value in values.items() if key != "dtype"}
    assert Preprocess.from_dict(without) == Preprocess.from_dict(values)
    assert Preprocess.from_dict(without).dtype == dtype


@pytest.mark.parametrize("mode", ["standard", "imagenet", "unit"])
@pytest.mark.parametrize("width", [5, 1])
def test_the_memory_layout_of_images_is_kept_and_changes_nothing(mode: Mode, width: int) -> None:
    fitted = Preprocess.fit(mode, IMAGES)
    plain = torch.from_numpy(IMAGES)[..., :width].contiguous()
    rows = plain.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    given = rows.clone(memory_format=torch.preserve_format)
    for inputs in (rows, rows[1::2], rows[:, :, 1:4]):
        found = fitted.apply(inputs)
        assert torch.equal(found, fitted.apply(inputs.contiguous()))
        assert found.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(rows, given)


@pytest.mark.gpu
def test_on_the_gpu() -> None:
    fitted = Preprocess.fit("standard", IMAGES)
    out = fitted.apply(torch.from_numpy(IMAGES).to("cuda"))
    assert out.is_cuda
    np.testing.assert_allclose(out.cpu().numpy(), fitted.apply(IMAGES), rtol=1e-6, atol=1e-6)


def test_gcn_zca_is_contrast_normalisation_then_whitening() -> None:
    fitted = Preprocess.fit("gcn-zca", IMAGES)
    expected = Whitening.fit(contrast_normalised(IMAGES))(contrast_normalised(IMAGES))
    found = fitted.apply(IMAGES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(fitted.apply(torch.from_numpy(IMAGES)).numpy(), found)
    said = json.loads(json.dumps(fitted.to_dict()))
    again = Preprocess.from_dict(said, fitted.tensors())
    assert again == fitted
    assert np.array_equal(again.apply(IMAGES), found)
    assert Preprocess.fit("gcn-zca", IMAGES[1:]) != fitted
    assert not Preprocess.fit("standard", IMAGES).tensors()


@pytest.mark.parametrize(
    "inputs", [VECTORS, SERIES, np.zeros((2, 3, 64, 64), np.uint8)], ids=["2", "3", "large"]
)
def test_gcn_zca_is_for_small_images(inputs: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="images of at most 4096 values"):
        Preprocess.fit("gcn-zca", inputs)


def test_what_whitening_takes_out_cannot_be_put_back() -> None:
    fitted = Preprocess.fit("gcn-zca", IMAGES)
    with pytest.raises(ArgumentError, match="offline augmentation keeps raw images"):
        fitted.undo(fitted.apply(torch.from_numpy(IMAGES)))
