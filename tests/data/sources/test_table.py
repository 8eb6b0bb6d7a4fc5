"""CSV files of paths and labels."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from counterpoise.data.load import load
from counterpoise.errors import DataError

Tree = Callable[[Mapping[str, int]], Path]


@pytest.fixture
def write(image_tree: Tree) -> Callable[[str], str]:
    root = image_tree({"x": 6})

    def make(text: str) -> str:
        (root / "list.csv").write_text(text, encoding="utf-8")
        return str(root / "list.csv")

    return make


Write = Callable[[str], str]


def test_columns_in_any_order(write: Write) -> None:
    dataset = load(
        write(
            "group,label,path,split\n"
            "p2,dog,x/image_0.png,train\n"
            ",cat,x/image_1.png,\n"
            "p1,cat,x/image_2.png,Test\n"
            "p2,cat,x/image_3.png,val\n"
        )
    )
    assert dataset.name == "list"
    assert dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0, 0, 0]
    assert dataset.part.tolist() == [0, -1, 2, 1]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [1, 2, 0, 1]
    assert dataset.inputs.read().shape == (4, 3, 32, 32)


def test_minimal_and_byte_order_mark_and_absolute_paths(write: Write, tmp_path: Path) -> None:
    absolute = tmp_path / "pictures" / "x" / "image_1.png"
    dataset = load(write(f"\ufeffpath,label\nx/image_0.png,10\n{absolute},9\n\n"))
    assert dataset.classes == ("9", "10")
    assert dataset.groups is None
    assert dataset.part.tolist() == [-1, -1]


def test_skip_corrupt_keeps_groups_with_their_samples(write: Write, tmp_path: Path) -> None:
    text = "path,label,group,split\n" + "".join(
        f"x/image_{i}.png,{'ab'[i % 2]},g{9 - i},{'train' if i < 4 else 'test'}\n" for i in range(6)
    )
    (tmp_path / "pictures" / "x" / "image_1.png").write_bytes(b"damaged")
    dataset = load(write(text), skip_corrupt=True)
    assert dataset.labels.tolist() == [0, 0, 1, 0, 1]
    assert dataset.part.tolist() == [0, 0, 0, 2, 2]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [5, 3, 2, 1, 0]


def test_other_columns_are_ignored_and_named(write: Write) -> None:
    dataset = load(write("path,label,age\nx/image_0.png,a,3\nx/image_1.png,b,4\n"))
    assert dataset.notes == ("columns ignored: age",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'path'; no column 'label'.*got nothing"),
        ("age,churned\n3,no\n", "for a table .* --label NAME, one of age, churned"),
        ("path,label\n", "has a header but no row"),
        ("file,label\nx/image_0.png,a\n", "no column 'path'.*got file,label"),
        ("path;label\nx/image_0.png;a\n", "no column 'path'.*got path;label"),
        ("path,label,groups\nx/image_0.png,a,1\n", "column 'groups': did you mean 'group'"),
        ("path,label,label\nx/image_0.png,a,b\n", "column 'label' twice"),
        ("path,label\nx/image_0.png\n", "line 2: 2 columns expected"),
        ("path,label\nx/image_0.png,\n", "line 2: empty label"),
        ("path,label\nx/no.png,a\nx/image_0.png,b\n", "line 2: no such file 'x/no.png'"),
        ("path,label\nx,a\nx/image_0.png,b\n", "line 2: a folder or a pipe is no image: 'x'"),
        (
            "path,label\nx/image_0.png,a\nx/image_0.png,b\n",
            "line 3: repeats the path of line 2, x/image_0.png",
        ),
        (
            "path,label,split\nx/image_0.png,a,trian\n",
            "line 2: unknown split 'trian'; did you mean 'train'",
        ),
        ("path,label\nx/image_0.png,0.5\nx/image_1.png,1\n", "whole numbers from 0; got '0.5'"),
        ("path,label\nx/image_0.png,-1\nx/image_1.png,0\n", "whole numbers from 0; got '-1'"),
        ("path,label\nx/image_0.png,a\nx/image_1.png,a\n", "at least two classes"),
    ],
)
def test_bad_tables(write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(write(text))
    assert "\n" not in str(caught.value)


def test_minus_one_and_one_are_two_classes_as_in_tables(write: Write) -> None:
    dataset = load(write("path,label\nx/image_0.png,1\nx/image_1.png,-1\nx/image_2.png,-1\n"))
    assert (dataset.classes, dataset.labels.tolist()) == (("-1", "1"), [1, 0, 0])
    with pytest.raises(DataError, match="take such samples out, or write names instead"):
        load(write("path,label\nx/image_0.png,1\nx/image_1.png,0\nx/image_2.png,-1\n"))


def test_names_in_two_unicode_forms_are_one_class_and_one_group(write: Write) -> None:
    names = ("caf\u00e9", "cafe\u0301", "bar")
    rows = "".join(f"x/image_{i}.png,{name},{name}\n" for i, name in enumerate(names))
    dataset = load(write(f"path,label,group\n{rows}"))
    assert dataset.classes == ("bar", "caf\u00e9")
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [1, 1, 0]
    assert len(dataset.notes) == 2


def test_faults_are_reported_together(write: Write) -> None:
    rows = "".join(f"no/{i}.png,a\n" for i in range(5))
    with pytest.raises(DataError, match=r"line 2: .*line 3: .*line 4: .*and 2 more"):
        load(write(f"path,label\n{rows}"))


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"path,label\n\xff\xfe,a\n")
    with pytest.raises(DataError, match="not a UTF-8 comma-separated file"):
        load(str(tmp_path / "a.csv"))
