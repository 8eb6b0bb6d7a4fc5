"""Labels out of files, and every row that is refused."""

import json

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from counterpoise.errors import DataError
from counterpoise.service.database import labels
from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.labelling.reading import MOST, _rows, import_file

CLASSES = ("dark", "light")


def read(system, content: bytes, **other):
    return import_file(system.engine, content, CLASSES, 5, "ann", **other)


def words(report) -> list[str]:
    return [str(refused) for refused in report.refused]


def test_csv_with_every_fault(system, pictured) -> None:
    one, two, three = pictured[:3]
    content = (
        f"frame,label\n{one},dark\n{two},bad picture\n{three},drak\n99999,dark\n{one},light\n"
        ",dark\nx,dark\n"
    ).encode()
    report = read(system, content, source="mine.csv")
    assert (report.rows, len(report.taken)) == (7, 2)
    assert words(report) == [
        "line 4: label: a class of the model that runs, none of the classes or bad picture; did "
        "you mean 'dark'?; got 'drak'",
        f"line 6: frame: the frame of line 2 again; got {one}",
        "line 7: frame: the number of a frame, or the path or address of its picture as an export "
        "has it",
        "line 8: frame: the number of a frame, or the path or address of its picture as an export "
        "has it; got 'x'",
        "line 5: frame: a frame that is here; got 99999",
    ]
    with system.engine.connect() as connection:
        found = labels.settled(connection, verdicts=("class", "bad"))
        assert [(row.result, row.verdict, row.is_random) for row in found] == [
            (one, "class", False), (two, "bad", False),
        ]  # fmt: skip
        said = connection.execute(text("SELECT detail FROM audit WHERE what = 'labels imported'"))
        assert [row.detail for row in said] == ["mine.csv: 2 labels, 5 rows refused"]


def test_a_look_writes_nothing(system, pictured) -> None:
    report = read(system, f"frame,label\n{pictured[0]},dark\n".encode(), dry=True)
    assert len(report.taken) == 1
    with system.engine.connect() as connection:
        assert connection.scalars(select(LabelFrame.result_id)).all() == []


def task(frame, *choices, **other):
    annotations = [
        {"result": [{"type": "choices", "value": {"choices": [choice]}}]} for choice in choices
    ]
    return {
        "data": {"image": f"/cameras/1/picture?result={frame}"},
        "annotations": annotations,
        **other,
    }


def test_tasks_of_label_studio(system, pictured) -> None:
    whole = [
        task(pictured[0], "dark"),
        task(pictured[1], "light", "light"),
        task(pictured[2], "light", "dark"),
        task(pictured[3]),
        {"id": 1, "image": f"x/frame-{pictured[4]}.jpg", "choice": "none of the classes"},
        {**task(pictured[5], "dark"), "annotations": [{"was_cancelled": True, "result": 5}]},
        [1],
        {"data": 7, "annotations": "x"},
    ]
    report = read(system, json.dumps(whole).encode())
    assert {frame: verdict.words for frame, verdict in report.taken.items()} == {
        pictured[0]: "dark", pictured[1]: "light", pictured[4]: "none of the classes",
    }  # fmt: skip
    assert [refused.where for refused in report.refused] == [
        "item 3", "item 4", "item 6", "item 7", "item 8",
    ]  # fmt: skip
    assert "['light', 'dark']" in str(report.refused[0])


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b"\xff\xfe", b"[" * 100_000, b'{"a": 1}'])
def test_what_is_no_file_of_labels(system, content) -> None:
    with pytest.raises(DataError):
        read(system, content)


def test_too_many_rows(system) -> None:
    rows = b"\n".join(b"%d,dark" % n for n in range(MOST + 1))
    with pytest.raises(DataError, match="at most 20000 rows"):
        read(system, b"frame,label\n" + rows)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "annotations", "result", "value", "choices", "frame", "image"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.lists(JSON, max_size=4))
def test_no_json_is_a_defect(whole) -> None:
    from counterpoise.service.exchange.formats import RawRow
    from counterpoise.service.labelling.reading import _read

    for row in _rows(json.dumps(whole).encode()):
        if isinstance(row, RawRow):
            _read(row, CLASSES)
