"""``counterpoise serve model`` beside a server that runs."""

import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.cli import main

pytestmark = pytest.mark.usefixtures("quick")


def test_from_a_folder_to_a_promotion_and_back(system, exported, capsys) -> None:
    def model(*asked: str) -> tuple[int, str]:
        code = main(["serve", "model", *asked, "--folder", str(system.settings.folder)])
        return code, "".join(capsys.readouterr())

    def wait_for(name: str) -> None:
        limit = time.monotonic() + 60
        while system.name != name:
            assert time.monotonic() < limit
            time.sleep(0.05)

    folder = str(exported("second", 0.3))
    assert model("list") == (0, f"runs: first ({system.model.digest[:12]})\n")
    code, said = model("add", folder, "--name", "two")
    assert (code, said.split(" (")[0]) == (0, "candidate 1")
    assert model("add", folder)[0] == 2
    assert model("shadow", "1", "--by-rule") == (0, "")
    assert "shadowed  two  0 frames seen" in model("list")[1]
    limit = time.monotonic() + 60
    while system.worker.shadowing.shown is None:
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert model("stop", "1") == (0, "")
    assert model("promote", "1")[1] == "two runs, within a second where the server does\n"
    wait_for("two")
    assert "runs      two" in model("list")[1]
    assert model("rollback")[1].startswith("first runs")
    wait_for("first")
    assert model("remove", "1") == (0, "")
    assert model("promote", "1") == (2, "error: there is no candidate 1\n")


def test_without_a_database_it_says_so(tmp_path, capsys) -> None:
    assert main(["serve", "model", "list", "--folder", str(tmp_path)]) == 2
    assert "holds no database" in capsys.readouterr().err
