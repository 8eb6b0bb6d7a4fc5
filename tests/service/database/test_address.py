"""An address is a file, or PostgreSQL; what is neither is said without its password."""

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.errors import ArgumentError
from counterpoise.service.database.address import DATABASE, place, shown


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_driver_is_opened_by_psycopg(scheme: str) -> None:
    found = place(Path("x"), f"{scheme}://ada:p%40ss@db:5433/counterpoise")
    assert found.render_as_string(hide_password=False) == (
        "postgresql+psycopg://ada:p%40ss@db:5433/counterpoise"
    )


def test_no_address_is_the_file_in_the_folder() -> None:
    assert place(Path("x"), "") == Path("x") / DATABASE


@pytest.mark.parametrize(
    "wrong",
    ["mysql://ada:secret@db/x", "postgresql://ada:secret@db", "postgresql://ada:secret@db:port/x",
     "ada:secret@db/x", "secret", "sqlite:///x", "://ada:secret@db",
     "mysql://db/x?password=secret", "postgresql://db?password=a@secret", "mysql://a:b?c@secret@db/x",
     "mysql://ada:secret?more@db/x"],
)  # fmt: skip
def test_what_is_no_address_is_said_without_its_password(wrong: str) -> None:
    with pytest.raises(
        ArgumentError, match=r"postgresql://counterpoise@db\.example\.org/"
    ) as caught:
        place(Path("x"), wrong)
    assert "secret" not in str(caught.value)


def test_a_password_behind_the_question_mark_is_that_of_the_user_and_masked() -> None:
    found = place(Path("x"), "postgresql://ada@db/c?password=secret&sslmode=require")
    assert (found.password, dict(found.query)) == ("secret", {"sslmode": "require"})
    assert "secret" not in str(found)
    assert place(Path("x"), "postgresql://ada:a@db/c?password=b&password=c").password == "c"
    assert place(Path("x"), "postgresql://ada:a@db/c").password == "a"


def test_what_is_shown_has_no_secret_of_the_query() -> None:
    found = place(Path("x"), "postgresql://ada:secret@/c?host=/run/db&sslpassword=secret&x=secret")
    assert found.query["sslpassword"] == "secret"
    assert shown(found) == "postgresql+psycopg://ada:***@/c?host=%2Frun%2Fdb"


def test_a_database_that_does_not_answer_is_named_without_secrets() -> None:
    pytest.importorskip("psycopg", reason="needs the extra serve-postgres: psycopg")
    from counterpoise.service.database.engine import open_database

    address = "postgresql://ada@127.0.0.1:1/c?password=secret&sslpassword=secret"
    with pytest.raises(
        ArgumentError, match=r"cannot open the database .*127\.0\.0\.1:1/c"
    ) as caught:
        open_database(place(Path("x"), address))
    assert "secret" not in str(caught.value)
