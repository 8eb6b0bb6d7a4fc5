"""Pictures of an earlier training."""

from pathlib import Path

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.service.labelling.base_data import samples


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_class_folders_and_their_training_part(tmp_path) -> None:
    make(tmp_path, "plain/cat/1.jpg", "plain/dog/deep/2.PNG", "plain/dog/readme.txt", "plain/3.jpg")
    found = [(one.label, one.path.name) for one in samples(tmp_path / "plain")]
    assert found == [("cat", "1.jpg"), ("dog", "2.PNG")]
    make(tmp_path, "parts/train/cat/1.jpg", "parts/test/cat/2.jpg")
    assert [one.path.name for one in samples(tmp_path / "parts")] == ["1.jpg"]


def test_a_csv_file_with_groups(tmp_path) -> None:
    make(tmp_path, "a/1.jpg")
    file = tmp_path / "x.csv"
    file.write_text(
        "path,label,split,group\na/1.jpg,cat,train,g\na/2.jpg,cat,test,\na/3.jpg,dog,,\n"
    )
    found = [(one.label, one.group, one.path) for one in samples(file)]
    assert found == [
        ("cat", "g", (tmp_path / "a/1.jpg").resolve()),
        ("dog", "", (tmp_path / "a/3.jpg").resolve()),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_holds_none(tmp_path, name) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArgumentError, match="retrain_with"):
        list(samples(tmp_path / name))
