"""``counterpoise serve`` from a terminal."""

import re
import subprocess
import sys

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.cli import main


def test_without_a_model_it_says_what_to_do(capsys) -> None:
    assert main(["serve"]) == 2
    assert "--model RUN" in capsys.readouterr().err


def test_a_worker_needs_no_model_but_a_server(tmp_path, capsys) -> None:
    assert main(["serve", "--role", "worker", "--folder", str(tmp_path)]) == 2
    assert "start it with --role web, and then its workers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [(["--port", "70000"], "port"), (["--model", "nowhere"], "nowhere: no such folder")],
)
def test_faults_are_one_line(asked, said: str, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", *asked]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_users(tmp_path, capsys) -> None:
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database

    def user(*asked: str) -> tuple[int, str]:
        code = main(["serve", "user", *asked, "--folder", str(tmp_path)])
        return code, "".join(capsys.readouterr())

    assert user("list")[0] == 2
    open_database(tmp_path / DATABASE).dispose()
    code, said = user("add", "kim", "--role", "operator")
    assert code == 0
    assert re.fullmatch(r"user kim, password \S{16,} \(printed once\)\n", said)
    assert user("list") == (0, "kim  operator\n")
    assert user("password", "kim")[1] != said
    assert user("remove", "eve")[0] == 2
    assert user("remove", "kim") == (0, "")
    assert "did you mean 'list'" in user("lst")[1]


VERBS = [
    ("user", "list"), ("token", "list"), ("backup", "b.zip"), ("doctor",), ("camera", "list"),
    ("model", "list"), ("model", "rollback"), ("camera", "password", "1", "--forget"),
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_the_folder_may_stand_before_a_verb(verb, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = ["serve", "--folder", "here", *verb]
    after = ["serve", *verb, "--folder", "here"]
    said = []
    for asked in (before, after):
        # without numbers: a doctor says the time, and how much of the disk is free
        said.append((main(asked), re.sub(r"\d+", "#", "".join(capsys.readouterr()))))
    assert said[0] == said[1]
    assert "here" in said[0][1]
    assert (main([*before, "--folder", "there"]), "there" in "".join(capsys.readouterr())) == (
        said[0][0],
        True,
    )


def test_options_of_the_server_itself_are_refused_before_a_verb(capsys) -> None:
    assert main(["serve", "--port", "1", "--demo", "user", "list"]) == 2
    assert "--demo, --port: before 'user' only --folder" in capsys.readouterr().err


def test_tokens(tmp_path, capsys) -> None:
    from counterpoise.service.database import people
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database
    from counterpoise.service.database.tokens import of_token

    def token(*asked: str) -> tuple[int, str]:
        code = main(["serve", "token", *asked, "--folder", str(tmp_path)])
        return code, "".join(capsys.readouterr())

    assert token("list")[0] == 2
    engine = open_database(tmp_path / DATABASE)
    with engine.begin() as connection:
        people.add_user(connection, "kim", "hash", "operator", 1, "the test")
    code, said = token("add", "kim", "--name", "grafana")
    assert code == 0
    with engine.connect() as connection:
        known = of_token(connection, said.split()[0])
    assert known is not None
    assert (known.person.name, known.role) == ("kim", "viewer")
    assert token("list", "kim") == (0, "1  kim  grafana  viewer  used never\n")
    refused = token("add", "kim", "--role", "admin")
    assert refused[0] == 2
    assert "up to operator" in refused[1]
    assert "no user 'eve'" in token("list", "eve")[1]
    assert "whose token" in token("add")[1]
    assert "by its number" in token("remove", "kim")[1]
    assert token("remove", "1") == (0, "")
    assert token("list") == (0, "")
    engine.dispose()


def test_doctor_backup_and_restore(tmp_path, capsys) -> None:
    import json

    from counterpoise.service.database import people
    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.engine import open_database

    def serve(*asked: object) -> tuple[int, str]:
        code = main(["serve", *map(str, asked)])
        return code, "".join(capsys.readouterr())

    folder = tmp_path / "server"
    folder.mkdir()
    engine = open_database(folder / DATABASE)
    where, file = ("--folder", folder), tmp_path / "b.zip"
    code, said = serve("doctor", "--port", 0, *where)
    assert code == 2
    assert "BAD admins" in said
    assert "1 problem(s)" in said
    with engine.begin() as connection:
        people.add_user(connection, "kim", "hash", "admin", 1, "the test")
    engine.dispose()
    code, said = serve("doctor", "--port", 0, "--json", *where)
    assert code == 0
    assert {"what", "value", "problem"} == set(json.loads(said)[0])
    code, said = serve("backup", file, *where)
    assert code == 0
    assert "no pictures" in said
    assert serve("restore", file, *where)[0] == 2
    code, said = serve("restore", file, "--overwrite", *where)
    assert code == 0
    assert "What was there is in" in said
    assert serve("user", "list", *where) == (0, "kim  admin\n")


def test_help_loads_no_server() -> None:
    code = (
        "import sys; from counterpoise.cli import main; "
        "main(['--help']); main(['serve', '--help']); "
        "print([m for m in ('fastapi', 'sqlalchemy', 'aiohttp', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_model_and_a_program_exclude_each_other(capsys) -> None:
    assert main(["serve", "--model", "run", "--program", "mine.py"]) == 2
    assert "the model run, or the program mine.py" in capsys.readouterr().err


def test_a_program_that_does_not_load_is_one_line(capsys, tmp_path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n")
    asked = ["--program", str(tmp_path / "mine.py"), "--folder", str(tmp_path / "server")]
    assert main(["serve", *asked]) == 2
    err = capsys.readouterr().err
    assert "a program has a function analyse(frame)" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "server").exists()
