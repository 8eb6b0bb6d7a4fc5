"""Minutes are removed in small parts, and what is counted by the hour stays what it was."""

import random

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import func, insert, select, text

from counterpoise.service.database import minutes, totals
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.minutes import ALL, HOUR, kept_since, whole
from counterpoise.service.database.tables import Camera, Model, OverallTotal, Total
from counterpoise.service.database.totals import Span

END = 48 * HOUR


@pytest.fixture
def filled(engine):
    """900 results of three cameras over two days."""
    draw = random.Random(0)
    with engine.begin() as connection:
        connection.execute(insert(Model).values(id=1, digest="d", name="m", classes="[]", since=1))
        for number in (1, 2, 3):
            values = {"id": number, "name": "x", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values | {"last_frame": END * 10**6}))
        totals.add(connection, [
            Analysed(draw.randint(1, 3), 1, draw.randrange(END * 10**6), draw.choice("abc"), 0.5,
                     None, None, 1, 1, 1)
            for _ in range(900)
        ])  # fmt: skip
    return engine


def removed(connection, before: int, most: int) -> None:
    while minutes.remove_overall(connection, before, most):
        pass
    while rows := minutes.oldest(connection, 0, before, most):
        minutes.remove(connection, rows)


def counts(connection, span: Span, some: list[int] | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in totals.over_time(connection, totals.parts(span), some):
        found[one.label] = found.get(one.label, 0) + one.number
    return found


@pytest.mark.parametrize("most", [1, 7, 100_000])
def test_old_minutes_go_and_everything_else_stays(filled, most: int) -> None:
    before = 30 * HOUR
    with filled.begin() as connection:
        assert kept_since(connection) == 0
        kept = {}
        for table in (Total, OverallTotal):
            stays = (table.seconds != 60) | (table.begin >= before)
            kept[table] = connection.execute(select(table).where(stays)).all()
        removed(connection, before, most)
        for table in (Total, OverallTotal):
            assert connection.execute(select(table)).all() == kept[table]
        assert before <= kept_since(connection) <= before + HOUR


def test_counts_of_full_hours_are_what_they_were(filled) -> None:
    draw = random.Random(1)
    with filled.begin() as connection:
        spans = [sorted(draw.sample(range(END // 60), 2)) for _ in range(60)]
        asked = [Span(60 * begin, 60 * end) for begin, end in spans]
        since = 31 * HOUR
        rounded = [whole(span, since) for span in asked]
        assert any(one != other for one, other in zip(asked, rounded, strict=True))
        before = [counts(connection, span, some) for span in rounded for some in (None, [1, 3])]
        each = [totals.by_camera(connection, span) for span in rounded]
        removed(connection, 30 * HOUR, 50)
        assert kept_since(connection) <= since
        after = [counts(connection, span, some) for span in rounded for some in (None, [1, 3])]
        assert after == before
        assert [totals.by_camera(connection, span) for span in rounded] == each


def test_from_when_on_minutes_are_there(engine, filled) -> None:
    with filled.begin() as connection:
        removed(connection, END + HOUR, 1000)
        assert kept_since(connection) == ALL
        query = select(func.count()).select_from(OverallTotal).where(OverallTotal.seconds == HOUR)
        assert connection.scalar(query)
        connection.execute(OverallTotal.__table__.delete())
        assert kept_since(connection) == 0, "nothing was ever counted"


@pytest.mark.sqlite
def test_the_oldest_are_found_by_the_key(engine) -> None:
    """Else each bite would read every total that there is."""
    with engine.connect() as connection:
        for statement in (minutes._OVERALL, minutes._OF_CAMERAS):
            given = {"camera": 1, "before": 1, "most": 1}
            names = statement._bindparams.keys()
            found = connection.execute(
                text("EXPLAIN QUERY PLAN " + statement.text), {n: given[n] for n in names}
            ).all()
            plan = "\n".join(row[-1] for row in found)
            assert "USING PRIMARY KEY" in plan
            assert "TEMP B-TREE" not in plan
            assert not [line for line in plan.splitlines() if "SCAN" in line and "totals" in line]
