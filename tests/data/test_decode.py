"""Image files to pixels: resizing, channels, orientation, and what headers tell."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.decode import (
    decode,
    decode_bytes,
    decode_rows,
    decode_whole,
    default_form,
    header,
    resize,
    short_side,
)
from counterpoise.errors import DataError

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


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


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_by_the_short_side_the_aspect_is_kept_and_the_ends_are_cut_off(
    tmp_path: Path, suffix: str
) -> None:
    """Squares stay squares; of 40 x 120 the middle 40 x 40, by files and arrays alike."""
    pixels = np.zeros((80, 240, 3), dtype=np.uint8)
    pixels[:, :70] = 200  # cut off, with what the filter reaches beyond
    pixels[20:60, 100:140] = 255
    path = saved(tmp_path / f"a.{suffix}", pixels, **({"quality": 100} if suffix == "jpg" else {}))
    read = decode(path, (16, 16), 3, how="short-side").astype(int)
    assert read.shape == (3, 16, 16)
    assert (read[:, 5:11, 5:11] > 240).all()
    assert (read[:, :, :2] < 15).all()
    assert (read[:, :2] < 15).all()
    assert np.array_equal(decode_bytes(path.read_bytes(), (16, 16), 3, "short-side"), read)
    upright = saved(tmp_path / f"b.{suffix}", pixels.transpose(1, 0, 2).copy(), quality=100)
    turned = decode(upright, (16, 16), 3, how="short-side").astype(int)
    assert np.abs(turned.transpose(0, 2, 1) - read).max() < 12
    if suffix == "png":
        array = resize(pixels.transpose(2, 0, 1), (16, 16), "short-side")
        assert np.array_equal(array, read)
        wide = decode(path, (8, 24), 3, how="short-side")
        assert np.array_equal(wide, decode(path, (8, 24), 3)), "the same aspect: nothing to cut"


def test_a_large_jpeg_is_reduced_like_a_small_one(tmp_path: Path) -> None:
    """JPEG is decoded at a fraction of its size; the image must stay the same."""
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


def test_grey_colour_palette_and_16_bits(tmp_path: Path) -> None:
    grey, colour = noise(8, 10), noise(8, 10, 3)
    assert np.array_equal(decode(saved(tmp_path / "g.png", grey), (8, 10), 3), [grey] * 3)
    luma = np.asarray(Image.fromarray(colour).convert("L"))
    assert np.array_equal(decode(saved(tmp_path / "c.png", colour), (8, 10), 1), luma[None])
    deep = RNG.integers(0, 65536, (8, 10), dtype=np.uint16)
    assert np.array_equal(decode(saved(tmp_path / "d.png", deep), (8, 10), 1)[0], deep >> 8)
    Image.fromarray(grey).convert("P").save(tmp_path / "p.png")
    assert np.array_equal(decode(tmp_path / "p.png", (8, 10), 3), [grey] * 3)


def with_alpha(kind: str, path: Path, grey: np.ndarray, alpha: np.ndarray) -> Path:
    """A grey image with alpha, in one of the ways that files have it."""
    image = Image.fromarray(np.dstack([grey, alpha]))
    assert image.mode == "LA"
    if kind == "P":
        order = np.arange(grey.size, dtype=np.uint8).reshape(grey.shape)  # a colour for each pixel
        image = Image.fromarray(order).convert("P")
        image.putpalette([int(value) for value in grey.ravel().repeat(3)])
        image.save(path, transparency=bytes(alpha.ravel().tolist()))
    elif kind == "tRNS":
        image.getchannel("L").save(path, transparency=int(grey[alpha == 0][0]))
    else:
        image.convert(kind).save(path)
    return path


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["LA", "RGBA", "P", "tRNS"])
@pytest.mark.parametrize(("visible", "behind"), [(0, 255), (120, 255), (255, 0), (230, 0)])
def test_what_is_transparent_shows_a_background_that_differs(
    tmp_path: Path, kind: str, channels: int, visible: int, behind: int
) -> None:
    alpha = np.zeros((8, 10), dtype=np.uint8)
    alpha[2:5, 3:9] = 255
    grey = np.where(alpha == 255, visible, 77).astype(np.uint8)
    read = decode(with_alpha(kind, tmp_path / "a.png", grey, alpha), (8, 10), channels)
    expected = np.where(alpha == 255, visible, behind)
    assert np.array_equal(read, [expected] * channels)


def test_a_shape_in_alpha_alone_is_blended(tmp_path: Path) -> None:
    alpha = noise(8, 10)
    read = decode(with_alpha("LA", tmp_path / "a.png", alpha * 0, alpha), (8, 10), 1)
    assert np.abs(read[0].astype(int) - (255 - alpha)).max() <= 1


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_opaque_alpha_changes_nothing(tmp_path: Path, mode: str) -> None:
    colour = Image.fromarray(noise(8, 10, 3))
    colour.convert(mode).save(tmp_path / "a.png")
    colour.convert(mode.removesuffix("A")).save(tmp_path / "b.png")
    for channels in (1, 3):
        whole = decode(tmp_path / "b.png", (8, 10), channels)
        assert np.array_equal(decode(tmp_path / "a.png", (8, 10), channels), whole)


def test_an_image_without_a_visible_pixel_is_white(tmp_path: Path) -> None:
    nothing = np.zeros((8, 10), dtype=np.uint8)
    assert decode(with_alpha("RGBA", tmp_path / "a.png", nothing, nothing), (8, 10), 3).min() == 255


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


def test_the_short_side_is_the_median_of_readable_headers(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path, size in zip(paths, [(90, 50), (70, 300), (64, 200)], strict=False):
        Image.new("L", size).save(path)
    paths[3].write_bytes(b"no image")
    assert short_side(paths) == 64
    assert short_side(paths[3:]) == 0


def test_default_form_passes_over_damaged_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    assert default_form([bad, saved(tmp_path / "a.png", noise(28, 28))]) == (28, 1)
    with pytest.raises(DataError, match=r"none of 1 sampled files.*bad\.png"):
        default_form([bad])


@pytest.mark.parametrize("offset", [0, 29_000])
def test_all_values_of_16_bit_grey(tmp_path: Path, offset: int) -> None:
    deep = (RNG.integers(0, 40, (8, 10)) + offset).astype(np.uint16)
    for suffix in ("png", "tif"):
        path = saved(tmp_path / f"d.{suffix}", deep)
        read = decode(path, (8, 10), 1, deep=True)
        assert read.dtype == np.int32
        assert np.array_equal(read[0], deep)
        assert np.array_equal(decode(path, (8, 10), 3, deep=True), [deep] * 3)
        smaller = decode(path, (4, 5), 1, deep=True)
        assert deep.min() <= smaller.min() < smaller.max() <= deep.max()


def test_signed_values_and_bytes_among_16_bit_grey(tmp_path: Path) -> None:
    signed = RNG.integers(-1000, 3000, (8, 10)).astype(np.int32)
    assert np.array_equal(decode(saved(tmp_path / "s.tif", signed), (8, 10), 1, True)[0], signed)
    grey = noise(8, 10)
    read = decode(saved(tmp_path / "g.png", grey), (8, 10), 1, deep=True)
    assert np.array_equal(read[0], grey.astype(np.int32) * 257), "255 is as white as 65535"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp"])
@pytest.mark.parametrize(
    ("shape", "channels"), [((200, 300, 3), 3), ((200, 300), 3), ((50, 40), 1)]
)
def test_content_is_decoded_as_its_file_is(tmp_path: Path, suffix, shape, channels) -> None:
    path = saved(tmp_path / f"a.{suffix}", noise(*shape))
    for size in ((32, 48), (64, 64)):
        found = decode_bytes(path.read_bytes(), size, channels)
        assert found.dtype == np.uint8
        assert found.flags.c_contiguous
        assert np.array_equal(found, decode(path, size, channels))


def test_content_that_is_turned_is_set_upright_like_its_file(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "a.jpg", noise(80, 120, 3), exif=exif)
    assert np.array_equal(decode_bytes(path.read_bytes(), (32, 32), 3), decode(path, (32, 32), 3))


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_content_that_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="cannot read the image: "):
        decode_bytes(content, (8, 8), 3)


def test_content_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.jpg", noise(100, 100, 3)).read_bytes()
    with pytest.raises(DataError, match="cannot read the image: "):
        decode_bytes(whole[: len(whole) // 2], (8, 8), 3)


def test_a_whole_image_keeps_its_size_and_is_upright(tmp_path: Path) -> None:
    pixels = noise(70, 90, 3)
    content = saved(tmp_path / "a.png", pixels).read_bytes()
    assert np.array_equal(decode_whole(content), pixels)
    grey = saved(tmp_path / "b.jpg", noise(70, 90), quality=95).read_bytes()
    assert decode_whole(grey).shape == (70, 90, 3)
    image, turned = Image.fromarray(pixels), Image.Exif()
    turned[0x0112] = 6
    image.save(tmp_path / "c.jpg", exif=turned)
    assert decode_whole((tmp_path / "c.jpg").read_bytes()).shape == (90, 70, 3)
    with pytest.raises(DataError):
        decode_whole(content[:50])


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_whole_images_keep_their_ends_and_are_read_by_their_middles(
    tmp_path: Path, suffix: str
) -> None:
    """Of 40 x 120 pixels at 16 all of 16 x 48; where one size is read, the middle 16."""
    ramp = np.broadcast_to(np.linspace(0, 255, 240).astype(np.uint8)[None, :, None], (80, 240, 3))
    path = saved(
        tmp_path / f"a.{suffix}", ramp.copy(), **({"quality": 100} if suffix != "png" else {})
    )
    all_of_it = decode_rows(path, (16, 16), 3, how="whole", cut=False)
    assert all_of_it.shape == (16, 48, 3)
    assert all_of_it[8, 0, 0] < 6
    assert all_of_it[8, -1, 0] > 249
    read = decode(path, (16, 16), 3, how="whole")
    assert np.array_equal(read.transpose(1, 2, 0), all_of_it[:, 16:32])
    assert np.array_equal(decode_bytes(path.read_bytes(), (16, 16), 3, "whole"), read)
    # Nearly what short-side reads, which cuts first and resizes then.
    other = decode(path, (16, 16), 3, how="short-side").astype(int)
    assert np.abs(read.astype(int) - other).max() <= 3
    upright = saved(tmp_path / f"b.{suffix}", ramp.transpose(1, 0, 2).copy(), quality=100)
    assert decode_rows(upright, (16, 16), 3, how="whole", cut=False).shape == (48, 16, 3)
    array = resize(ramp.transpose(2, 0, 1).copy(), (16, 16), "whole", cut=False)
    if suffix == "png":
        assert np.array_equal(array.transpose(1, 2, 0), all_of_it)
        assert np.array_equal(resize(ramp.transpose(2, 0, 1).copy(), (16, 16), "whole"), read)


def test_of_a_very_long_image_the_middle_is_kept(tmp_path: Path) -> None:
    pixels = np.zeros((2, 400, 3), dtype=np.uint8)
    pixels[:, 190:210] = 255
    path = saved(tmp_path / "a.png", pixels)
    rows = decode_rows(path, (4, 4), 3, how="whole", cut=False)
    assert rows.shape == (4, 64, 3), "16 times as long as high, and no more"
    assert (rows[:, 16:48] == 255).all(), "the scale is kept"
    assert (rows[:, :8] == 0).all()
