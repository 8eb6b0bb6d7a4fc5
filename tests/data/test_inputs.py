"""Pixels in, pixels out: decoding, resizing, channels, damaged files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import ArrayInputs, FileInputs
from counterpoise.data.decode import decode, default_form, header, resize
from counterpoise.errors import DataError

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def files(*paths: Path, size: tuple[int, int] = (8, 10), channels: int = 3) -> FileInputs:
    return FileInputs(paths, tuple(path.name for path in paths), size, channels)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_lossless_files_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    pixels = noise(8, 10, 3)
    path = saved(tmp_path / f"a.{suffix}", pixels)
    assert np.array_equal(decode(path, (8, 10), 3), pixels.transpose(2, 0, 1))


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_lossy_files_come_back_close(tmp_path: Path, suffix: str) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    pixels = np.stack([np.broadcast_to(ramp, (64, 64))] * 3, axis=2)
    path = saved(tmp_path / f"a.{suffix}", pixels, quality=95)
    read = decode(path, (64, 64), 3).astype(int)
    assert np.abs(read - pixels.transpose(2, 0, 1)).max() < 12


def test_stretching_keeps_the_mean_and_not_the_aspect(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), dtype=np.uint8)
    pixels[:, :40] = 200
    read = decode(saved(tmp_path / "a.png", pixels), (16, 16), 3)
    assert read.shape == (3, 16, 16)
    assert (read[:, :, :7] == 200).all()
    assert (read[:, :, 9:] == 0).all()


def test_a_large_jpeg_is_reduced_like_a_small_one(tmp_path: Path) -> None:
    """JPEG is decoded at a fraction of its size; the picture must stay the same."""
    ramp = np.add.outer(np.linspace(0, 127, 512), np.linspace(0, 127, 512)).astype(np.uint8)
    path = saved(tmp_path / "a.jpg", ramp, quality=95)
    whole = Image.fromarray(ramp).resize((32, 32), Image.Resampling.BOX)
    assert np.abs(decode(path, (32, 32), 1)[0].astype(int) - np.asarray(whole)).max() < 8


def test_orientation_of_a_camera_is_applied(tmp_path: Path) -> None:
    pixels = noise(8, 10, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter
    path = saved(tmp_path / "a.png", pixels, exif=exif)
    turned = np.rot90(pixels, k=-1)
    assert np.array_equal(decode(path, (10, 8), 3), turned.transpose(2, 0, 1))


def test_grey_colour_palette_alpha_and_16_bits(tmp_path: Path) -> None:
    grey, colour = noise(8, 10), noise(8, 10, 3)
    assert np.array_equal(decode(saved(tmp_path / "g.png", grey), (8, 10), 3), [grey] * 3)
    luma = np.asarray(Image.fromarray(colour).convert("L"))
    assert np.array_equal(decode(saved(tmp_path / "c.png", colour), (8, 10), 1), luma[None])
    deep = RNG.integers(0, 65536, (8, 10), dtype=np.uint16)
    assert np.array_equal(decode(saved(tmp_path / "d.png", deep), (8, 10), 1)[0], deep >> 8)
    alpha = np.dstack([colour, noise(8, 10)])
    assert np.array_equal(
        decode(saved(tmp_path / "a.png", alpha), (8, 10), 3), colour.transpose(2, 0, 1)
    )
    palette = Image.fromarray(grey).convert("P")
    palette.info["transparency"] = bytes(range(256))
    palette.save(tmp_path / "p.png", transparency=bytes(range(256)))
    assert np.array_equal(decode(tmp_path / "p.png", (8, 10), 3), [grey] * 3)


@pytest.mark.parametrize("content", [b"", b"no image at all", None])
def test_damaged_files_are_named(tmp_path: Path, content: bytes | None) -> None:
    good = saved(tmp_path / "good.jpg", noise(64, 64, 3))
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(good.read_bytes()[:-900] if content is None else content)
    inputs = files(good, bad, size=(64, 64))
    with pytest.raises(DataError, match=r"bad\.jpg") as caught:
        inputs.read()
    assert "\n" not in str(caught.value)
    assert "--skip-corrupt" in str(caught.value)
    assert list(inputs.damaged()) == [1]
    assert inputs.read(np.array([0])).shape == (1, 3, 64, 64)


def test_all_damaged_files_are_counted(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    with pytest.raises(DataError, match=r"0\.png.*3 damaged files in all"):
        files(*paths).read()


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", np.ones((8, 10), dtype=np.float32))
    with pytest.raises(DataError, match="floating-point pixels"):
        files(path).read()


def test_files_are_read_in_the_order_asked(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f"{i}.png", np.full((8, 10), i, np.uint8)) for i in range(20)]
    read = files(*paths, channels=1).read(np.array([7, 3, 7, 19]))
    assert read[:, 0, 0, 0].tolist() == [7, 3, 7, 19]
    assert files(*paths).read(np.array([], dtype=np.int64)).shape == (0, 3, 8, 10)
    assert files(*paths).read(np.array([1]), size=(4, 5), channels=1).shape == (1, 1, 4, 5)
    assert files(*paths).select(np.array([5, 2])).names == ("5.png", "2.png")


def test_header_reads_without_decoding(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.jpg", noise(64, 48, 3))
    cut = tmp_path / "b.jpg"
    cut.write_bytes(whole.read_bytes()[:700])
    assert (header(cut).width, header(cut).height, header(cut).mode) == (48, 64, "RGB")
    assert header(tmp_path / "none.jpg").error == "no such file"


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(28, 28)] * 3, (28, 1)),
        ([(8, 8)], (8, 1)),
        ([(128, 128, 3)] * 2, (128, 3)),
        ([(200, 200, 3)] * 2, (128, 3)),
        ([(120, 160, 3)] * 2, (96, 3)),
        ([(28, 28), (30, 30)], (32, 1)),
        ([(70, 90), (70, 90, 3), (20, 90)], (64, 3)),
    ],
)
def test_default_form(
    tmp_path: Path, shapes: list[tuple[int, ...]], expected: tuple[int, int]
) -> None:
    paths = [saved(tmp_path / f"{i}.png", noise(*shape)) for i, shape in enumerate(shapes)]
    assert default_form(paths) == expected


def test_default_form_passes_over_damaged_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    assert default_form([bad, saved(tmp_path / "a.png", noise(28, 28))]) == (28, 1)
    with pytest.raises(DataError, match=r"none of 1 sampled files.*bad\.png"):
        default_form([bad])


def test_arrays_are_stretched_and_recoloured_when_read() -> None:
    grey = noise(3, 1, 6, 6)
    assert ArrayInputs(grey).read() is grey
    colour = ArrayInputs(grey, channels=3).read()
    assert np.array_equal(colour, np.concatenate([grey] * 3, axis=1))
    large = ArrayInputs(colour, size=(12, 12)).read(np.array([2]))
    expected = Image.fromarray(grey[2, 0]).resize((12, 12), Image.Resampling.BILINEAR)
    assert np.array_equal(large[0, 1], np.asarray(expected))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(24, 32), (20, 24), (16, 20), (12, 20), (96, 120), (110, 30)])
def test_arrays_are_stretched_as_files_are(
    size: tuple[int, int], channels: int, tmp_path: Path
) -> None:
    pixels = noise(96, 120, channels) if channels > 1 else noise(96, 120)
    read = decode(saved(tmp_path / "a.png", pixels), size, channels)
    array = pixels.transpose(2, 0, 1) if channels > 1 else pixels[None]
    assert np.array_equal(resize(array, size), read)


def test_luma_is_that_of_pillow() -> None:
    colour = noise(5, 3, 7, 9)
    grey = ArrayInputs(colour, channels=1).read()
    for image, expected in zip(grey, colour, strict=True):
        oracle = Image.fromarray(expected.transpose(1, 2, 0)).convert("L")
        assert np.array_equal(image[0], np.asarray(oracle))


def test_equal_content_has_equal_fingerprints(tmp_path: Path) -> None:
    array = noise(3, 1, 4, 4)
    array[2] = array[0]
    a, b, c = ArrayInputs(array).fingerprints()
    assert a == c != b
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, content in zip(paths, (b"1", b"2", b"1"), strict=True):
        path.write_bytes(content)
    a, b, c = files(*paths).fingerprints()
    assert a == c != b
    for path in paths:
        path.write_bytes(bytes(200_000) + path.read_bytes())  # large files go through threads
    a, b, c = files(*paths).fingerprints()
    assert a == c != b
    paths[1].unlink()
    with pytest.raises(DataError, match=r"cannot read '.*b': No such file"):
        files(*paths).fingerprints()
