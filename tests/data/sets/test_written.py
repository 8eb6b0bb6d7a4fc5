"""Samples as files."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sets import written as module
from counterpoise.data.sets.written import Sample, png, written


def samples() -> list[Sample]:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (6, 8, 8), dtype=np.uint8)
    parts = ["train", "train", "test", "train", "test", "train"]
    return [
        Sample(image, "ab"[k % 2], part, f"g{k // 2}")
        for k, (image, part) in enumerate(zip(images, parts, strict=True))
    ]


def test_what_does_not_fit_into_one_file_is_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same images, parts and groups either way."""
    one = load(written("x", samples, ("b", "a", "c"), tmp_path))
    assert one.classes == ("b", "a")  # c has no sample
    monkeypatch.setattr(module, "LARGEST", 100)
    many = load(written("x", samples, ("b", "a"), tmp_path))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".csv", ".npz"]
    place = [0, 1, 3, 5, 2, 4]  # an .npz has one part after the other
    np.testing.assert_array_equal(one.inputs.read(), many.inputs.read()[place])
    assert one.part.tolist() == many.part[place].tolist()
    assert [one.classes[k] for k in one.labels] == [many.classes[many.labels[k]] for k in place]
    assert one.groups is not None
    assert many.groups is not None
    assert len(set(zip(one.groups, many.groups[place], strict=True))) == 3


def test_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (9, 9), (9, 99, 9)).save(stream, "JPEG")
    held = [Sample(stream.getvalue(), "a"), Sample(b"damaged", "b")]
    table = Path(written("x", lambda: held, (), tmp_path))
    files = sorted(table.with_suffix("").iterdir())
    assert [file.suffix for file in files] == [".jpg", ".png"]
    assert files[0].read_bytes() == stream.getvalue()
    assert table.read_text().splitlines()[0] == "path,label"


def test_a_mode_that_png_lacks_becomes_colour() -> None:
    with Image.open(io.BytesIO(png(Image.new("CMYK", (2, 2))))) as image:
        assert image.mode == "RGB"
