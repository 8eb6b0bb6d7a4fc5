"""What counts as an image below a folder, and a count of all that does not."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from counterpoise.data.sources.walk import Walk, is_output, is_special
from counterpoise.errors import DataError

Tree = Callable[[Mapping[str, int]], Path]


def test_everything_that_is_left_out_is_counted(image_tree: Tree, tmp_path: Path) -> None:
    root = image_tree({"a": 2, "a/deep": 1, ".cache": 2, "a/.thumbs": 3, "__MACOSX/a": 2})
    for name in ("readme.txt", "a/x.gif", "a/y.GIF", "a/plain", "a/.DS_Store", "loose.png"):
        (root / name).write_bytes(b"")
    (tmp_path / "elsewhere").mkdir()
    (root / "a" / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(root / "a" / "pipe.png")
    walk = Walk(root)
    assert walk.folders() == ["a"]
    assert walk.images("a") == ["a/deep/image_0.png", "a/image_0.png", "a/image_1.png"]
    assert dict(walk.left_out.counts) == {
        "hidden folders": 3,
        "images in no class folder": 1,
        "files that are no images": 4,
        "hidden files": 1,
        "links to folders": 1,
        "named pipes, sockets or devices": 1,
    }
    assert str(walk.left_out) == (
        "3 hidden folders (.cache, __MACOSX, a/.thumbs), 1 image in no class folder, "
        "4 files that are no images (.gif 2, .txt 1, no suffix 1), 1 hidden file, "
        "1 link to a folder (a/link), 1 named pipe, socket or device (a/pipe.png)"
    )


def test_only_the_first_examples_are_named(tmp_path: Path) -> None:
    for i in range(9):
        (tmp_path / f".{i}").mkdir()
    walk = Walk(tmp_path)
    walk.folders()
    assert str(walk.left_out) == "9 hidden folders (.0, .1, .2, .3, .4, ...)"


@pytest.mark.parametrize("suffix", ["jfif", "JPE", "jif", "jfi", "tif", "dib", "Apng", "pbm"])
def test_other_spellings_of_formats_are_images(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"x.{suffix}").touch()
    assert Walk(tmp_path).images("") == [f"x.{suffix}"]


def test_a_class_folder_may_be_a_link_out_of_the_set_but_not_into_it(
    image_tree: Tree, tmp_path: Path
) -> None:
    root = image_tree({"a": 1})
    (tmp_path / "b").mkdir()
    (root / "b").symlink_to(tmp_path / "b")
    for name, target in {"again": root / "a", "loop": root}.items():
        (root / name).symlink_to(target)
    walk = Walk(root)
    assert walk.folders() == ["a", "b"]
    assert walk.left_out.examples["links to folders"] == ["again", "loop"]


def test_output_folders_are_no_data(image_tree: Tree) -> None:
    root = image_tree({"a": 1, "counterpoise-out/digits": 1, "results": 1, "b/kept": 1, "mine": 1})
    (root / "results" / "claim.json").write_text(json.dumps({"dataset": "", "profile": "none"}))
    (root / "b" / "experiment.json").write_text(json.dumps({"camera": "a microscope's own file"}))
    walk = Walk(root, ignore=root / "mine")
    assert walk.folders() == ["a", "b"]
    assert walk.left_out.counts == {"output folders of counterpoise": 3}
    assert is_output(root / "results")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("claim.json", "x.npz"):
        os.mkfifo(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        code = f"""
from counterpoise.cli.predict_inputs import gather
from counterpoise.data import load
from counterpoise.data.sources.walk import Walk, is_output
from pathlib import Path
from counterpoise.errors import DataError
folder = Path({str(tmp_path)!r})
walk = Walk(folder)
assert not is_output(folder) and walk.images("") == []
assert walk.left_out.counts == {{"named pipes, sockets or devices": 3}}, walk.left_out
for open_it in (load, lambda name: gather([Path(name)])):
    try:
        open_it(str(folder / "x.npz"))
    except ValueError as error:
        assert "named pipe" in str(error), error
    else:
        raise AssertionError
"""
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert not is_special(tmp_path)
    assert not is_special(tmp_path / "nothing")


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"cannot read the folder '.*/a': Permission denied"):
        Walk(tmp_path).images("a")
