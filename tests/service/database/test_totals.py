"""Counts over time: those of the results, however the time is cut and whatever is removed."""

import itertools
import random
from collections import Counter

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import create_engine, func, insert, select, text

from counterpoise.service.database import cameras, totals
from counterpoise.service.database.engine import migrate
from counterpoise.service.database.recorder import Analysed
from counterpoise.service.database.tables import Camera, Model, OverallTotal, Total
from counterpoise.service.database.totals import Span, parts

END = 3 * 86400
MICROSECONDS = 1_000_000


@pytest.fixture
def filled(engine):
    """600 results of three cameras and two models over three days, and the results."""
    draw = random.Random(0)
    results = [
        Analysed(
            draw.randint(1, 3), draw.randint(1, 2), draw.randrange(END * MICROSECONDS),
            draw.choice("abc"), 0.5, None, None, 1, 1, 1,
        )
        for _ in range(600)
    ]  # fmt: skip
    with engine.begin() as connection:
        for number in (1, 2, 3):
            values = {"id": number, "name": "x", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values | {"last_frame": END * MICROSECONDS}))
        for number in (1, 2):
            values = {"id": number, "digest": str(number), "name": "m", "classes": "[]"}
            connection.execute(insert(Model).values(values | {"since": 1}))
        for start in range(0, 600, 100):
            totals.add(connection, results[start : start + 100])
    return engine, results


def test_parts_cover_a_span_once() -> None:
    draw = random.Random(1)
    for _ in range(300):
        begin = draw.randrange(5000) * 60
        span = Span(begin, begin + draw.randrange(1, 10_000) * 60)
        found = parts(span)
        assert [found[0][1], found[-1][2]] == [span.begin, span.end]
        assert all(one[2] == other[1] for one, other in itertools.pairwise(found))
        assert all(begin % length == end % length == 0 for length, begin, end in found)
        assert sum(1 for length, *_ in found if length == 60) <= 2
        assert len(found) <= 5


@pytest.mark.parametrize("some", [None, [1], [2, 3], []])
@pytest.mark.parametrize("model", [None, 2])
def test_counts_are_those_of_the_results(filled, some, model) -> None:
    engine, results = filled
    span = Span(7 * 60, END - 11 * 60)
    expected = Counter(
        (result.camera, result.label)
        for result in results
        if span.begin <= result.at // MICROSECONDS < span.end
        and (some is None or result.camera in some)
        and model in (None, result.model)
    )
    with engine.connect() as connection:
        over_time = totals.over_time(connection, parts(span), some, model)
        by_camera = totals.by_camera(connection, span, some, model)
    of_label: Counter[str] = Counter()
    for one in over_time:
        of_label[one.label] += one.number
        assert one.probability == one.number / 2
    assert dict(of_label) == {
        label: sum(n for (_, other), n in expected.items() if other == label)
        for label in {label for _, label in expected}
    }
    found = {(c, label): n for c, counts in by_camera.items() for label, n in counts.items()}
    assert found == dict(expected)


def test_a_camera_that_is_removed_leaves_no_count(filled) -> None:
    engine, results = filled
    with engine.begin() as connection:
        cameras.remove(connection, 1, 1, "the test")
        cameras.remove(connection, 2, 1, "the test")
    left = Counter(result.label for result in results if result.camera == 3)
    with engine.connect() as connection:
        found = totals.over_time(connection, [(86400, 0, END)])
        numbers = select(func.min(OverallTotal.number), func.sum(OverallTotal.number))
        assert tuple(connection.execute(numbers).one()) == (1, 3 * left.total())
        assert connection.scalars(select(Total.camera_id).distinct()).all() == [3]
    assert sum(one.number for one in found) == left.total()


def test_older_totals_are_brought_along(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    migrate(engine, "first_tables")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO cameras (id, name, kind, url, interval, city, state, country, timezone, "
            "source, attribution, industry, brand, stores_pictures, is_active, health, reason, "
            "last_label, last_picture) VALUES "
            + ", ".join(
                f"({n}, '', '', '', 1, '', '', '', '', '', '', '', '', 1, 1, '', '', '', '')"
                for n in (1, 2)
            ),
            "INSERT INTO models VALUES (1, 'd', 'm', '[]', 0)",
            "INSERT INTO totals VALUES (60, 0, 1, 1, 'a', 3, 1.5), (60, 0, 2, 1, 'a', 4, 2.5)",
        ):
            connection.execute(text(statement))
    migrate(engine)
    with engine.connect() as connection:
        assert [(one.number, one.probability) for one in totals.over_time(connection, [(60, 0, 1)])
                ] == [(7, 4.0)]  # fmt: skip
        (one,) = totals.over_time(connection, [(60, 0, 1)], [2])
        assert one.number == 4
    engine.dispose()
