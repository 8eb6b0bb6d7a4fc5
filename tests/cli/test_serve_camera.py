"""``counterpoise serve camera``: one camera from begin to end, and what is refused."""

import json
from collections.abc import Callable

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.cli import main

PIER = ("name=Pier", "kind=snapshot", "url=https://x.example/1.jpg", "city=Oslo")


@pytest.fixture
def camera(tmp_path, capsys) -> Callable:
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database

    open_database(tmp_path / DATABASE).dispose()

    def run(*asked: str) -> tuple[int, str, str]:
        code = main(["serve", "camera", *asked, "--folder", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_camera_from_begin_to_end(camera) -> None:
    assert camera("add", *PIER) == (0, "camera 1: Pier\n", "")
    assert camera("list", "words=oslo")[1] == "     1  new       snapshot  Pier  Oslo\n"
    assert camera("list", "words=x")[1] == ""
    assert (
        camera("change", "1", "city=", "is_active=no")[1] == "camera 1: city, is_active changed\n"
    )
    shown = camera("show", "1")[1]
    assert "is_active        False" in shown
    assert "0 fetched = 0 analysed + 0 dropped + 0 in flight" in shown
    assert camera("remove", "1", "7")[0] == 2  # all of them, or none
    assert camera("remove", "1")[1] == "1 removed\n"
    assert "there is no camera 1" in camera("show", "1")[2]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("add", *PIER, "latitude=91"), "latitude: Input should be less than or equal to 90"),
        (("add", *PIER, "colour=red"), "no field 'colour'"),
        (("add", "Pier"), "name=value; got 'Pier'"),
        (("list", "km=3"), "latitude, longitude and km"),
        (("list", "sort=3"), "sort"),
        (("export", "x.xls"), "no format 'xls'"),
        (("import", "nowhere.csv"), "cannot read nowhere.csv"),
    ],
)
def test_what_cannot_be_is_said(camera, asked, said: str) -> None:
    code, _, err = camera(*asked)
    assert code != 0
    assert said in err


def test_files_in_and_out(camera, tmp_path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("name,kind,url\nPier,push,\nb,tv,\n")
    code, out, err = camera("import", str(file), "--dry-run")
    assert (code, out) == (1, "2 rows: 1 would be added, 0 changed, 0 as they were, 1 refused\n")
    assert err.startswith("line 3: kind: one of snapshot")
    assert camera("list")[1] == ""
    assert "1 added" in camera("import", str(file))[1]
    assert "0 added, 0 changed, 1 as they were" in camera("import", str(file))[1]
    whole = tmp_path / "out.json"
    assert camera("export", str(whole))[0] == 0
    assert [c["name"] for c in json.loads(whole.read_text())["cameras"]] == ["Pier"]
    assert camera("import", str(whole))[0] == 0


def test_trying_says_what_is_wrong(camera) -> None:
    code, _, err = camera("try", "kind=snapshot", "url=http://127.0.0.1:8000/x")
    assert code == 2
    assert "127.0.0.1 is never fetched from" in err


def test_a_password_is_read_unseen_and_never_shown(camera, monkeypatch) -> None:
    import io

    camera("add", *PIER)
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2-of-the-pier\n"))
    assert camera("password", "1", "--user", "kim") == (0, "camera 1: password kept\n", "")
    assert "hunter2" not in "".join(map(str, (*camera("show", "1"), *camera("list"))))
    assert camera("password", "1", "--forget")[1] == "camera 1: password forgotten\n"
    assert "give --user NAME" in camera("password", "1")[2]


def test_a_server_takes_up_what_the_terminal_changes(system, capsys) -> None:
    import time

    folder = str(system.settings.folder)
    assert main(["serve", "camera", "add", "name=Phone", "kind=push", "--folder", folder]) == 0
    end = time.monotonic() + 60
    while 1 not in system.worker._followed:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert main(["serve", "camera", "change", "1", "is_active=no", "--folder", folder]) == 0
    while 1 in system.worker._followed:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def system(tmp_path):
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    class Stub:
        classes = ("a", "b")
        digest = "0" * 64
        kind = "image"

    with System(Settings(folder=tmp_path / "server"), Stub(), "stub") as system:
        yield system
