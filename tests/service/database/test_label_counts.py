"""Labels counted by their indexes."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import event, update

from counterpoise.service.database import label_counts, labels
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import Verdict

CAT, DOG, BAD, SKIP = (
    Verdict("class", "cat"),
    Verdict("class", "dog"),
    Verdict("bad"),
    Verdict("skipped"),
)


@pytest.fixture
def said(engine, frames) -> None:
    """Of the six frames four are settled, three of them as a class, and one was trained on."""
    with engine.begin() as connection:
        for frame, verdict in ((1, DOG), (2, CAT), (3, BAD), (4, DOG), (5, SKIP)):
            labels.give(connection, frame, "ann", verdict, frame)
        labels.give(connection, 2, "bob", CAT, 9)
        connection.execute(update(LabelFrame).where(LabelFrame.result_id == 4).values(used=9))


def test_what_is_counted(engine, said) -> None:
    with engine.connect() as connection:
        assert label_counts.states(connection) == {"open": 2, "settled": 4}
        assert label_counts.by_class(connection) == ({"cat": 1, "dog": 1}, {"dog": 1})
        assert label_counts.by_person(connection) == [("ann", 4, 1), ("bob", 1, 0)]
        assert label_counts.of_person(connection, "ann") == 4
        assert label_counts.of_person(connection, "eve") == 0


def test_two_who_say_something_of_one_frame(engine, said) -> None:
    with engine.begin() as connection:
        assert label_counts.said_twice(connection) == {("ann", "bob"): {(CAT, CAT): 1}}
        labels.give(connection, 2, "bob", SKIP, 10)
        assert label_counts.said_twice(connection) == {}
        labels.give(connection, 2, "root", DOG, 11, is_final=True)
        assert label_counts.said_twice(connection) == {}


def test_no_row_of_a_frame_is_read_to_count(engine, said) -> None:
    """Each has an outline and a sentence, so that rows take ten times as long as an index."""
    if engine.dialect.name != "sqlite":
        pytest.skip("this is how SQLite says what it reads")
    asked: list[tuple[str, object]] = []
    event.listen(
        engine, "before_cursor_execute",
        lambda connection, cursor, statement, values, *_: asked.append((statement, values)),
    )  # fmt: skip
    with engine.connect() as connection:
        for count in (label_counts.states, label_counts.by_class):
            count(connection)
        label_counts.by_person(connection)
        label_counts.of_person(connection, "ann")
        label_counts.said_twice(connection)
        *counted, pairs = asked
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {pairs[0]}", pairs[1]).all()
        for index in ("said_twice", "labels_by_frame"):
            assert any(index in row.detail for row in plan), plan
        scanned = [row.detail for row in plan if row.detail.startswith("SCAN")]
        assert scanned == ["SCAN label_frames USING INDEX label_frames_said_twice"]
        for statement, values in counted:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            reads = [row.detail for row in plan if row.detail.startswith(("SCAN", "SEARCH"))]
            assert reads
            assert all("COVERING INDEX" in detail for detail in reads), (statement, reads)
