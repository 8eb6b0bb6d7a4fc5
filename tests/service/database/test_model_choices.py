"""The last choice holds, and the one before is of another model."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from counterpoise.service.database import model_choices
from counterpoise.service.database.candidates import model_of


def test_the_last_holds_and_what_ran_before_is_another_model(engine) -> None:
    with engine.begin() as connection:
        a, b = (model_of(connection, name * 9, name, [], 1) for name in "ab")
        assert model_choices.current(connection) is None
        assert model_choices.before(connection) is None
        for at, model in enumerate((a, b, b)):
            model_choices.choose(connection, at, "kim", "w" * 600, model, a)
        now, before = model_choices.current(connection), model_choices.before(connection)
        assert now is not None
        assert before is not None
        assert (now.model, now.name, now.started, len(now.why)) == (b, "b", a, 500)
        assert before.model == a
        assert [one.model for one in model_choices.history(connection)] == [b, b, a]
