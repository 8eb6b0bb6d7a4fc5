"""``counterpoise serve label``: the queue, labels one by one, and files of them."""

import json
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.cli import main
from counterpoise.service.database import labels


@pytest.fixture
def label(system, pictured, capsys, monkeypatch) -> Callable:
    """The command, beside a server with forty frames."""
    monkeypatch.setenv("COUNTERPOISE_SERVE_DATABASE", system.settings.database)

    def run(*asked: str) -> tuple[int, str, str]:
        capsys.readouterr()
        folder = ("--folder", str(system.settings.folder))
        code = main(["serve", "label", *asked, *folder])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def queued(system, pictured) -> None:
    """They are in the queue."""
    system.labelling.filler.fill(np.random.default_rng(0))


def asked(label: Callable, *more: str) -> list[int]:
    return [one["result"] for one in json.loads(label("queue", "--json", *more)[1])]


def test_the_queue_says_why(label, queued) -> None:
    code, out, err = label("queue", "--most", "3")
    assert (code, err) == (0, "")
    *lines, last = out.splitlines()
    assert len(lines) == 3
    assert all(line.split()[1] in ("dark", "light") for line in lines)
    assert any(word in out for word in ("unsure: ", "drawn at random", "is rare", "unlike"))
    assert last.startswith("0 settled, 0 disputed, ")


def test_a_frame_is_labelled_and_taken_back(label, queued, system) -> None:
    first, second = asked(label, "--most", "2")
    assert label("say", str(first), "dark", "--by", "kim")[1].startswith(f"frame {first}: dark; ")
    assert first not in asked(label, "--by", "kim")
    label("say", str(second), "--bad", "--by", "kim")
    assert label("undo", "--by", "kim")[1] == f"frame {second}: taken back\n"
    assert "nothing to take back" in label("undo")[1]
    with system.engine.connect() as connection:
        said = labels.of_frames(connection, [first, second])
    assert [(who, verdict.words) for who, verdict in said[first]] == [("kim", "dark")]
    assert said[second] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("darkk",), "no class 'darkk'; did you mean 'dark'?"),
        ((), "one of: a class, --none, --bad, --skip"),
        (("dark", "--bad"), "one of: a class, --none, --bad, --skip"),
    ],
)
def test_what_is_no_label_is_refused(label, queued, words: tuple[str, ...], told: str) -> None:
    (first,) = asked(label, "--most", "1")
    code, _, err = label("say", str(first), *words)
    assert code == 2
    assert told in err
    assert "99999 is not there" in label("say", "99999", "dark")[2]


def test_a_file_is_imported_and_refused_row_by_row(label, system, pictured, tmp_path) -> None:
    file = tmp_path / "in.csv"
    one, other, third = pictured[:3]
    file.write_text(f"frame,label\n{one},dark\n{other},cow\n77777,dark\n{third},light\n")
    code, out, err = label("import", str(file), "--dry-run")
    assert (code, out) == (1, "4 rows: 2 frames would be labelled, 2 rows refused\n")
    lines = err.splitlines()
    assert lines[0].startswith("line 3: label: a class of the model that runs")
    assert lines[1] == "line 4: frame: a frame that is here; got 77777"
    with system.engine.connect() as connection:
        assert labels.settled(connection) == []
    code, out, _ = label("import", str(file), "--by", "kim")
    assert (code, out) == (1, "4 rows: 2 frames labelled, 2 rows refused\n")
    with system.engine.connect() as connection:
        found = {row.result: row.label for row in labels.settled(connection)}
    assert found == {one: "dark", third: "light"}
    assert "cannot read nowhere.csv" in label("import", "nowhere.csv")[2]


def test_what_is_settled_is_exported(label, system, pictured, tmp_path) -> None:
    file = tmp_path / "in.csv"
    rows = "".join(f"{n},{('dark', 'light')[n % 2]}\n" for n in pictured[:4])
    file.write_text(f"frame,label\n{rows}")
    label("import", str(file))
    whole, tasks = tmp_path / "x.zip", tmp_path / "x.json"
    assert label("export", str(whole))[1] == f"{whole}: 4 pictures, 0 left out\n"
    with zipfile.ZipFile(whole) as archive:
        names = archive.namelist()
    assert "training.csv" in names
    assert sum(name.startswith("training/") for name in names) == 4
    assert label("export", str(tasks), "--address", "https://pier.example/")[0] == 0
    images = [task["data"]["image"] for task in json.loads(tasks.read_text())]
    assert all(image.startswith("https://pier.example/cameras/") for image in images)
    assert "labels are exported as .zip" in label("export", str(tmp_path / "x.xls"))[2]


def test_before_a_server_ran(tmp_path, capsys) -> None:
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database

    open_database(tmp_path / DATABASE).dispose()
    assert main(["serve", "label", "say", "1", "dark", "--folder", str(tmp_path)]) == 2
    assert "start the server once" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("say", "9" * 30, "dark"), "9223372036854775807"),
        (("queue", "--most", "9" * 30), "100000"),
        (("undo", "--by", "k" * 101), "a name has 1 to 100 characters"),
        (("undo", "--by", ""), "a name has 1 to 100 characters"),
        (("undo", "--by", "k\x1b[2J"), "a name has 1 to 100 characters"),
    ],
)
def test_what_no_database_holds_is_the_users_mistake(label, asked, why) -> None:
    code, out, err = label(*asked)
    assert (code, out) == (2, "")
    assert why in " ".join(err.split())
