"""Figures are kept as long as they are whole, all there, and of these results."""

import io
from pathlib import Path

import pytest
from PIL import Image

from counterpoise.report.plots.drawn_before import drawn_before, key_of, marked


@pytest.fixture
def pngs() -> dict[str, bytes]:
    stream = io.BytesIO()
    Image.new("RGB", (4, 3), (1, 2, 3)).save(stream, "png")
    return {"a.png": stream.getvalue(), "b.png": stream.getvalue()}


def written(folder: Path, pngs: dict[str, bytes]) -> Path:
    for name, png in pngs.items():
        (folder / name).write_bytes(png)
    return folder


def test_figures_of_the_same_results_are_found(tmp_path: Path, pngs: dict[str, bytes]) -> None:
    made = marked(pngs, "key")
    assert drawn_before(written(tmp_path, made), "key") == made
    assert drawn_before(tmp_path, "another key") is None
    with Image.open(tmp_path / "a.png") as image:
        image.load()  # still a sound PNG
        assert (image.size, image.getpixel((0, 0))) == ((4, 3), (1, 2, 3))


def test_a_figure_of_something_else_is_left_aside(tmp_path: Path, pngs: dict[str, bytes]) -> None:
    made = marked({"b.png": pngs["b.png"]}, "key")
    written(tmp_path, {"a.png": pngs["a.png"], **made})
    assert drawn_before(tmp_path, "key") == made


@pytest.mark.parametrize("where", [30, 60, -20, -5])
def test_one_damaged_figure_has_all_drawn_anew(
    where: int, tmp_path: Path, pngs: dict[str, bytes]
) -> None:
    made = marked(pngs, "key")
    damaged = bytearray(made["b.png"])
    damaged[where] ^= 1
    written(tmp_path, {**made, "b.png": bytes(damaged)})
    assert drawn_before(tmp_path, "key") is None


@pytest.mark.parametrize("length", [0, 20, 100])
def test_a_figure_that_is_cut_off_or_missing(
    length: int, tmp_path: Path, pngs: dict[str, bytes]
) -> None:
    made = marked(pngs, "key")
    written(tmp_path, {**made, "b.png": made["b.png"][:length]})
    assert drawn_before(tmp_path, "key") is None
    (tmp_path / "b.png").unlink()
    assert drawn_before(tmp_path, "key") is None


def test_the_key_goes_by_the_results() -> None:
    assert key_of("{}") == key_of("{}") != key_of("{ }")
