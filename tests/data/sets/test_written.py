"""Samples as files."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sets import written as module
from counterpoise.data.sets.written import Sample, png, written
from counterpoise.errors import ArgumentError


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


def test_a_file_whose_name_is_no_utf_8_is_copied(tmp_path: Path) -> None:
    """The list is UTF-8, so that it cannot name the file."""
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    file.write_bytes(png(Image.new("L", (5, 5), 7)))
    plain = tmp_path / "a, b\nc.png"
    plain.write_bytes(png(Image.new("L", (5, 5), 9)))
    held = [Sample(file, "a"), Sample(plain, "b")]
    found = load(written("x", lambda: held, (), tmp_path / "given"))
    assert found.inputs.read()[:, 0, 0, 0].tolist() == [7, 9]


def test_files_are_replaced_while_another_call_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two calls with the same data, one has its list while the other still writes."""
    held = [Sample(png(Image.new("L", (5, 5), k)), "ab"[k % 2]) for k in range(2)]
    table = Path(written("x", lambda: held, (), tmp_path))
    first = table.with_suffix("") / "0000000.png"
    table.unlink()
    with first.open("rb") as reader:
        written("x", lambda: held, (), tmp_path)
        assert reader.read() == held[0].content
        assert first.stat().st_ino != os.fstat(reader.fileno()).st_ino  # never cut in place
    (first.parent / "0000000.png.1.aside").write_bytes(b"of a call that was killed")
    before = first.stat().st_ino
    written("x", lambda: held, (), tmp_path)
    assert first.stat().st_ino == before  # all is there


def test_whole_numbers_of_32_bits_are_not_cut_at_255() -> None:
    image = Image.fromarray(np.array([[0, 256], [1000, 65535]], dtype=np.int32))
    with Image.open(io.BytesIO(png(image))) as found:
        assert np.asarray(found).tolist() == [[0, 256], [1000, 65535]]


@pytest.mark.parametrize("value", [-1, 65536, 0.5])
def test_pixels_that_no_file_holds_are_refused(value: float) -> None:
    kind = np.float32 if value == 0.5 else np.int32
    with pytest.raises(ArgumentError, match=r"8 or 16 bits per channel; got .*scale them"):
        png(Image.fromarray(np.full((2, 2), value, dtype=kind)))
