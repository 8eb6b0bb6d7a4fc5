"""Values that filters offer are found by their indexes, whoever wrote them."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert, select, text, update

from counterpoise.service.database import choices as module
from counterpoise.service.database.choices import choices
from counterpoise.service.database.search import Search, fitting
from counterpoise.service.database.tables import CHOSEN, Camera

ROW = {"name": "a", "kind": "push", "url": "", "interval": 1}


def test_each_value_once_in_order(engine) -> None:
    with engine.begin() as connection:
        assert choices(connection) == {
            "health": [], "kind": [], "industry": [], "source": [], "brand": [], "catalogue": [],
            "label": [],
        }  # fmt: skip
        rows = [
            ROW | {"industry": "school", "last_label": "cat"},
            ROW | {"industry": "bank", "health": "live", "last_label": "Zoo"},
            ROW | {"industry": "", "health": "live", "kind": "mjpeg", "last_label": "éclair"},
            ROW | {"industry": "school", "brand": "it's ?:x", "health": "new"},
        ]
        for row in rows:
            connection.execute(insert(Camera).values(row))
        found = choices(connection)
        assert found == {
            "health": ["live", "new"], "kind": ["mjpeg", "push"], "industry": ["bank", "school"],
            "source": [], "brand": ["it's ?:x"], "catalogue": [],
            "label": ["Zoo", "cat", "éclair"],
        }  # fmt: skip
        connection.execute(update(Camera).values(brand="", kind="hls"))
        assert choices(connection)["brand"] == []
        assert choices(connection)["kind"] == ["hls"]


@pytest.mark.sqlite
def test_what_is_no_text_is_not_offered(engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(ROW | {"industry": "school"}))
        connection.execute(update(Camera).values(industry=b"\xff"))
        assert choices(connection)["industry"] == []


def test_their_number_is_bounded(engine) -> None:
    with engine.begin() as connection:
        rows = [ROW | {"source": f"{n:04d}"} for n in range(module.MOST + 7)]
        connection.execute(insert(Camera), rows)
        assert choices(connection)["source"] == [f"{n:04d}" for n in range(module.MOST)]


@pytest.mark.sqlite
def test_no_camera_is_read_for_them_and_searches_go_as_they_did(engine) -> None:
    with engine.connect() as connection:
        for column, query in module._VALUES.items():
            found = connection.execute(text("EXPLAIN QUERY PLAN " + query.text)).all()
            lines = [row[-1] for row in found if "cameras" in row[-1]]
            assert len(lines) == 2
            assert all(f"USING COVERING INDEX cameras_choice_{column}" in line for line in lines)
        for column in CHOSEN[:-1]:
            search = fitting(Search(**{column: "x"})).order_by(Camera.name, Camera.id)
            compiled = search.compile(engine, compile_kwargs={"literal_binds": True})
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all())
            assert "cameras_choice" not in plan
        assert connection.scalars(select(Camera.id)).all() == []
