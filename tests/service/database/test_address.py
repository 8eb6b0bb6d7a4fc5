"""An address is a file, or PostgreSQL; what is neither is said without its password."""

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from counterpoise.errors import ArgumentError
from counterpoise.service.database.address import DATABASE, place


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
     "ada:secret@db/x", "secret", "sqlite:///x", "://ada:secret@db"],
)  # fmt: skip
def test_what_is_no_address_is_said_without_its_password(wrong: str) -> None:
    with pytest.raises(
        ArgumentError, match=r"postgresql://counterpoise@db\.example\.org/"
    ) as caught:
        place(Path("x"), wrong)
    assert "secret" not in str(caught.value)
