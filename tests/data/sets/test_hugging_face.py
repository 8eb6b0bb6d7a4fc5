"""Data sets of Hugging Face: images and tables."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.sets.stored import stored
from counterpoise.data.sources.rows import TableQuestion
from counterpoise.data.tables.columns import Column
from counterpoise.errors import ArgumentError

datasets = pytest.importorskip("datasets", reason="needs datasets of Hugging Face")


def picture(seed: int) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    return Image.fromarray(values)


def images(number: int = 6) -> Any:
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "kind": datasets.ClassLabel(names=["cat", "ant"]),
            "owner": datasets.Value("int32"),
        }
    )
    held = {
        "image": [picture(k) for k in range(number)],
        "kind": [k % 2 for k in range(number)],
        "owner": [k // 3 for k in range(number)],
    }
    return datasets.Dataset.from_dict(held, features=features)


def rows(number: int = 8) -> Any:
    return datasets.Dataset.from_dict(
        {
            "age": [1.5, None] * (number // 2),
            "plan": ["a1", "7", "7", None] * (number // 4),
            "paid": [True, False] * (number // 2),
            "tags": [["x"]] * number,
            "left": ["no", "yes"] * (number // 2),
        }
    )


def read(data: object, options: dict[str, Any], where: Path) -> LabelledSet:
    path, rest = stored(data, options, where)
    table = None
    if rest.get("label"):
        table = TableQuestion(
            str(rest["label"]),
            drop=tuple(rest.get("drop") or ()),  # type: ignore[arg-type]
            categories=tuple(rest.get("categories") or ()),  # type: ignore[arg-type]
        )
    return load(str(path), table=table)


def test_images_in_arrow_are_files_of_the_same_bytes(tmp_path: Path) -> None:
    dataset = read(images(), {}, tmp_path)
    assert [dataset.classes[k] for k in dataset.labels] == ["cat", "ant"] * 3
    assert dataset.groups is None
    files = sorted(path for path in tmp_path.rglob("*.png"))
    for k, path in enumerate(files):
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), np.asarray(picture(k)))
    assert stored(images(), {}, tmp_path)[0] == stored(images(), {}, tmp_path)[0]
    assert len(list(tmp_path.glob("*.csv"))) == 1
    assert read(images().with_format("torch"), {}, tmp_path).checksum == dataset.checksum
    grouped = read(images(), {"group": "owner", "label": "kind", "drop": "owner"}, tmp_path)
    assert grouped.groups is not None
    assert grouped.groups.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_folder_of_images_is_listed_where_it_lies(tmp_path: Path) -> None:
    for k in range(4):
        for part in ("train", "test"):
            path = tmp_path / "pets" / part / ("cat", "ant")[k % 2] / f"{k}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(k).save(path)
    given = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "pets"), cache_dir=str(tmp_path / "cache")
    )
    dataset = read(given, {}, tmp_path / "given")
    assert dataset.part.tolist() == [0] * 4 + [2] * 4
    assert dataset.classes == ("ant", "cat")
    assert [path.suffix for path in (tmp_path / "given").iterdir()] == [".csv"]


def test_a_table(tmp_path: Path) -> None:
    dataset = read(rows(), {"label": "left", "drop": "tags"}, tmp_path)
    assert dataset.table is not None
    assert dataset.table.columns == (
        Column("age", "number"),
        Column("plan", "category", ("7", "a1")),
        Column("paid", "boolean"),
    )
    assert [dataset.classes[k] for k in dataset.labels] == ["no", "yes"] * 4
    given = datasets.DatasetDict({"train": rows(), "validation": rows(4), "test": rows(4)})
    divided = read(given, {"label": "left", "drop": "tags"}, tmp_path)
    assert divided.part.tolist() == [0] * 8 + [1] * 4 + [2] * 4


def test_a_class_label_of_a_table_is_found(tmp_path: Path) -> None:
    given = (
        rows().remove_columns("tags").cast_column("left", datasets.ClassLabel(names=["no", "yes"]))
    )
    assert read(given, {}, tmp_path).classes == ("no", "yes")


def without_classes() -> Any:
    column = [-1] * 6
    kind = datasets.ClassLabel(names=["cat", "ant"])
    return images().remove_columns("kind").add_column("kind", column).cast_column("kind", kind)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (images().to_iterable_dataset(), {}, "a stream is not taken; got IterableDataset"),
        (datasets.IterableDatasetDict({"train": images().to_iterable_dataset()}), {},
         "streaming=False"),
        (images().remove_columns("kind"), {}, "no column is a ClassLabel; there are 'image', 'own"),
        (images(), {"label": "king"}, "got 'king'; did you mean 'kind'"),
        (images(), {"group": "owners"}, "group= names a column; got 'owners'; did you mean"),
        (images(), {"drop": ["who"]}, "drop= names columns of the data; got 'who'"),
        (images().with_transform(lambda batch: batch), {}, r"with a transform .*with_format\(None"),
        (without_classes(), {}, "6 of 6 rows have none in column 'kind'"),
        ({"train": images(), "extra": images()}, {}, "got 'extra'"),
        ({"train": images(), "test": images().rename_column("owner", "who")}, {}, "same columns"),
        (images().add_column("image2", ["x"] * 6).cast_column("image2", datasets.Image()), {},
         "a sample has one image; got the columns 'image', 'image2'"),
        (rows(), {"label": "left"}, r"got 'tags' \(List\) .*drop=\['tags'\]"),
        (rows(), {}, "no column is a ClassLabel"),
    ],
)  # fmt: skip
def test_what_is_refused(data: object, options: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=message):
        stored(data, options, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_row_without_an_image_is_named(tmp_path: Path) -> None:
    stream = io.BytesIO()
    picture(0).save(stream, "PNG")
    given = datasets.Dataset.from_dict(
        {"image": [{"bytes": stream.getvalue(), "path": None}, None], "label": [0, 1]},
        features=datasets.Features({"image": datasets.Image(), "label": datasets.Value("int8")}),
    )
    with pytest.raises(ArgumentError, match="row 1 has no image in column 'image'"):
        stored(given, {}, tmp_path)


def test_bytes_are_no_categories(tmp_path: Path) -> None:
    held = {"x": [1, 2, 3], "raw": [b"a", b"b", b"a"], "label": ["a", "b", "a"]}
    data = datasets.Dataset.from_dict(held)
    with pytest.raises(ArgumentError, match=r"got 'raw' \(bytes; .*drop=\['raw'\]"):
        read(data, {}, tmp_path)
    found = read(data, {"drop": ["raw"]}, tmp_path)
    assert found.table is not None
    assert [column.name for column in found.table.columns] == ["x"]
