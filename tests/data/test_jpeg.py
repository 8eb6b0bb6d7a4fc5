"""Two decoders, one set of pixels: simplejpeg is faster than Pillow and nothing else."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import FileInputs, jpeg
from counterpoise.data.decode import decode, decode_rows
from counterpoise.errors import DataError

simplejpeg = pytest.importorskip("simplejpeg", reason="needs counterpoise[jpeg]")
RNG = np.random.default_rng(0)


def picture(height: int, width: int, mode: str = "RGB") -> Image.Image:
    coarse = RNG.integers(0, 256, (height // 9 + 2, width // 9 + 2, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noisy = smooth + RNG.normal(0, 12, smooth.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).convert(mode)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, "JPEG", **options)
    return path


def without(monkeypatch: pytest.MonkeyPatch, path: Path, size: tuple[int, int]) -> np.ndarray:
    with monkeypatch.context() as patched:
        patched.setattr(jpeg, "library", lambda: None)
        return decode_rows(path, size, 3)


FORMS = {
    "4:2:0": {"subsampling": "4:2:0"},
    "4:2:2": {"subsampling": "4:2:2"},
    "4:4:4": {"subsampling": "4:4:4"},
    "progressive": {"progressive": True},
    "low quality": {"quality": 20},
    "restart markers": {"restart_marker_blocks": 3},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_are_those_of_pillow(
    tmp_path: Path, form: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest difference is none, at every scale and at sizes that are no multiple of 8."""
    for height, width in ((480, 640), (333, 517), (64, 301)):
        path = saved(tmp_path / "a.jpg", picture(height, width, mode), **FORMS[form])
        for size in ((16, 16), (40, 50), (64, 64), (100, 100), (224, 224), (500, 700)):
            assert jpeg.reduced(path.read_bytes(), size) is not None, "simplejpeg did not decode"
            assert np.array_equal(decode_rows(path, size, 3), without(monkeypatch, path, size))


def test_a_jpeg_is_decoded_at_a_fraction_of_its_size() -> None:
    stream = io.BytesIO()
    picture(480, 640).save(stream, "JPEG")
    found = {
        side: jpeg.reduced(stream.getvalue(), (side, side)) for side in (60, 61, 120, 240, 241)
    }
    sizes = {side: None if image is None else image.size for side, image in found.items()}
    assert sizes == {
        60: (80, 60), 61: (160, 120), 120: (160, 120), 240: (320, 240), 241: (640, 480),
    }  # fmt: skip


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation_of_a_camera(
    tmp_path: Path, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    upright = picture(160, 240)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path / "a.jpg", upright, exif=exif, quality=95)
    assert (jpeg.reduced(path.read_bytes(), (64, 64)) is not None) == (turn == 1)
    shown = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90,
    }[turn](np.asarray(upright))  # fmt: skip
    size = shown.shape[:2]
    read = decode_rows(path, size, 3)
    assert np.abs(read.astype(int) - shown).mean() < 15  # another turn: above 50
    assert np.array_equal(read, without(monkeypatch, path, size))


def test_what_is_out_of_the_ordinary_is_left_to_pillow(tmp_path: Path) -> None:
    plain, colour = picture(80, 80), RNG.integers(0, 256, (80, 80, 3), dtype=np.uint8)
    left = {
        "cmyk": saved(tmp_path / "cmyk.jpg", plain.convert("CMYK")),
        "rgb": saved(tmp_path / "rgb.jpg", plain, keep_rgb=True),
        "tiny": saved(tmp_path / "tiny.jpg", picture(40, 300)),
    }
    Image.fromarray(colour).save(tmp_path / "a.png")
    for path in (*left.values(), tmp_path / "a.png"):
        assert jpeg.reduced(path.read_bytes(), (16, 16)) is None
        assert decode(path, (16, 16), 3).shape == (3, 16, 16)
    assert jpeg.reduced(b"\xff\xd8\xff", (16, 16)) is None
    assert np.abs(decode(left["cmyk"], (80, 80), 3).astype(int).mean() - 128) < 60


def test_damaged_files_are_the_same_with_either_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Pillow reads is read, what it refuses is refused, whoever looks first."""
    stream = io.BytesIO()
    picture(100, 120).save(stream, "JPEG", quality=85)
    whole = bytearray(stream.getvalue())
    path = tmp_path / "a.jpg"
    ends = set()
    warnings.simplefilter("ignore")  # of Pillow, about damaged Exif
    for case in range(150):
        broken = bytearray(whole)
        for place in RNG.integers(2, len(broken), 3):
            broken[place] = RNG.integers(0, 256)
        path.write_bytes(broken[: RNG.integers(2, len(broken))] if case % 3 == 0 else broken)

        def outcome() -> bytes | None:
            try:
                return decode(path, (48, 48), 3).tobytes()
            except DataError:
                return None

        ours = outcome()
        with monkeypatch.context() as patched:
            patched.setattr(jpeg, "library", lambda: None)
            assert outcome() == ours
        ends.add(ours is None)
    assert ends == {True, False}


def test_decoders_that_differ_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identities hold a digest of decoded pixels: equal pixels, equal runs, whoever decoded."""
    paths = tuple(saved(tmp_path / f"{i}.jpg", picture(90, 130)) for i in range(20))
    inputs = FileInputs(paths, tuple(path.name for path in paths), (32, 32), 3)
    digest = inputs.pixels()
    assert digest is not None
    assert inputs.pixels(size=(40, 40)) != digest != inputs.pixels(channels=1)
    monkeypatch.setattr(jpeg, "library", lambda: None)
    assert inputs.pixels() == digest
    monkeypatch.setattr(jpeg, "reduced", lambda *_: Image.new("RGB", (64, 64)))
    assert inputs.pixels() != digest
