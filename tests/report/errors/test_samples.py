"""Samples of a comparison where they are, and where they are gone."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.records import CopiesPart, RowsPart, SamplesRecord
from counterpoise.report import collect
from counterpoise.report.errors.samples import samples_of

Make = Callable[..., Path]


def test_files_are_found_below_their_folder(make: Make, tmp_path: Path) -> None:
    place = tmp_path / "data"
    (place / "a").mkdir(parents=True)
    for name, mode in (("grey", "L"), ("colour", "RGB"), ("deep", "I;16"), ("alpha", "RGBA")):
        Image.new(mode, (5, 4)).save(place / "a" / f"{name}.png")
    (place / "a" / "broken.png").write_bytes(b"no image")
    names = [f"a/{n}.png" for n in ("grey", "colour", "deep", "alpha", "broken", "gone")]
    out = make(experiment={"dataset": str(place)})
    copies = (CopiesPart(samples=(0, 1), labels=(0, 1)),)
    (out / "splits" / "samples.json").write_text(SamplesRecord(names=names, copies=copies).text())
    found = samples_of(collect(out))
    assert [bool(found.image(i)) for i in range(6)] == [True] * 4 + [False] * 2
    assert found.name(5) == "a/gone.png"
    assert found.copies() == copies


def test_arrays_are_loaded_again_if_they_are_the_same(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    images = np.random.default_rng(0).integers(0, 255, (30, 6, 6)).astype(np.uint8)
    images[1] = images[0]
    np.savez(path, x_train=images, y_train=np.arange(30) % 3)
    out = make(experiment={"dataset": str(path)})
    assert samples_of(collect(out)).image(3) == "", "nothing says that they are the same"
    claim = {
        "schema": 1, "dataset": load(str(path)).checksum, "profile": "none",
        "validation": "profiled", "folds": None, "frozen": False, "size": [1, 6, 6],
    }  # fmt: skip
    (out / "claim.json").write_text(json.dumps(claim))
    found = samples_of(collect(out))
    assert found.image(3).startswith("data:image/png")
    assert found.name(3) == "3"
    assert [(copy.samples, copy.labels) for copy in found.copies()] == [((0, 1), (0, 1))]
    np.savez(path, x_train=images[::-1], y_train=np.arange(30) % 3)
    assert samples_of(collect(out)).image(3) == ""


def test_rows_of_a_table_are_written_as_they_were(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [f"{n / 4},{'red' if n % 3 else ''},{'yes' if n % 2 else 'no'}" for n in range(40)]
    path.write_text("size,colour,bought\n" + "\n".join(lines) + "\n")
    question = TableQuestion("bought")
    out = make(experiment={"dataset": str(path)})
    claim = {
        "schema": 1, "dataset": load(str(path), table=question).checksum, "profile": "none",
        "validation": "profiled", "folds": None, "frozen": False, "size": [2],
    }  # fmt: skip
    (out / "claim.json").write_text(json.dumps(claim))
    assert samples_of(collect(out)).row(5) == {}, "nothing says which column is the label"
    found = samples_of(collect(out), lambda: load(str(path), table=question))
    assert found.row(5) == {"size": "1.25", "colour": "red"}
    assert found.row(6) == {"size": "1.5", "colour": ""}
    assert found.image(5) == ""
    assert found.name(5) == "5", "of an earlier version, which kept no names"
    rows = RowsPart(file="t.csv", in_lines=True, runs=((2, 5), (8, 35)))
    (out / "splits" / "samples.json").write_text(SamplesRecord(names=(), rows=rows).text())
    assert samples_of(collect(out)).name(5) == "t.csv:8"
