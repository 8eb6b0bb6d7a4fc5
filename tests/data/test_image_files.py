"""Image files as inputs: read in any order, the damaged ones named, equal ones found."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import FileInputs
from counterpoise.errors import DataError

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def of(*paths: Path, size: tuple[int, int] = (8, 10), channels: int = 3) -> FileInputs:
    return FileInputs(paths, tuple(path.name for path in paths), size, channels)


@pytest.mark.parametrize("content", [b"", b"no image at all", None])
def test_damaged_files_are_named(tmp_path: Path, content: bytes | None) -> None:
    good = saved(tmp_path / "good.jpg", noise(64, 64, 3))
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(good.read_bytes()[:-900] if content is None else content)
    inputs = of(good, bad, size=(64, 64))
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
        of(*paths).read()


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", np.ones((8, 10), dtype=np.float32))
    with pytest.raises(DataError, match="floating-point pixels"):
        of(path).read()


def test_files_are_read_in_the_order_asked(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f"{i}.png", np.full((8, 10), i, np.uint8)) for i in range(20)]
    read = of(*paths, channels=1).read(np.array([7, 3, 7, 19]))
    assert read[:, 0, 0, 0].tolist() == [7, 3, 7, 19]
    assert of(*paths).read(np.array([], dtype=np.int64)).shape == (0, 3, 8, 10)
    assert of(*paths).read(np.array([1]), size=(4, 5), channels=1).shape == (1, 1, 4, 5)
    assert of(*paths).select(np.array([5, 2])).names == ("5.png", "2.png")


def test_equal_files_have_equal_fingerprints(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, content in zip(paths, (b"1", b"2", b"1"), strict=True):
        path.write_bytes(content)
    a, b, c = of(*paths).fingerprints()
    assert a == c != b
    for path in paths:
        path.write_bytes(bytes(200_000) + path.read_bytes())  # large files go through threads
    a, b, c = of(*paths).fingerprints()
    assert a == c != b
    paths[1].unlink()
    with pytest.raises(DataError, match=r"cannot read '.*b': No such file"):
        of(*paths).fingerprints()
