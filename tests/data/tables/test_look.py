"""What is said of columns."""

import numpy as np

from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.look import lines, look, sentences

RNG = np.random.default_rng(0)
LABELS = (RNG.random(500) < 0.1).astype(np.int64)
COLUMNS = Columns(
    (
        Column("noise", "number"),
        Column("same", "number"),
        Column("empty", "number"),
        Column("after", "number"),
        Column("cause", "category", ("none", "fraud")),
        Column("town", "category", ("a", "b")),
        Column("refund", "number"),
    ),
    "y",
)
ROWS = np.stack(
    [
        RNG.standard_normal(500),
        np.full(500, 3.0),
        np.full(500, np.nan),
        LABELS + 0.1 * RNG.random(500),
        LABELS,
        RNG.integers(0, 2, 500),
        np.where(LABELS, RNG.random(500), np.nan),  # only of one class
    ],
    axis=1,
)


def test_columns_that_say_nothing_and_those_that_say_too_much() -> None:
    found = look(COLUMNS, ROWS, LABELS)
    by_name = {one.name: one for one in found}
    assert [one.name for one in found if one.constant] == ["same", "empty"]
    assert [one.name for one in found if one.gives_away] == ["after", "cause", "refund"]
    assert by_name["refund"].missing == 500 - LABELS.sum()
    assert by_name["town"].tells < 0.7
    first, *others = sentences(found)
    assert first == "2 columns have one value only and cannot help: 'same', 'empty'"
    assert others[0].startswith("! column 'after' alone tells the class (balanced accuracy 1)")
    text = lines(found, 500)
    assert text[0].split() == ["column", "kind", "missing", "values"]
    assert "100.0%" in text[3]
    assert "none (" in text[5]


def test_one_class_tells_nothing() -> None:
    assert not any(one.gives_away for one in look(COLUMNS, ROWS, np.zeros(500, dtype=np.int64)))


def test_one_missing_cell_of_thousands_is_seen() -> None:
    values = np.arange(3000.0)[:, None]
    values[7] = np.nan
    columns = Columns((Column("age", "number"),), "y")
    text = lines(look(columns, values, np.arange(3000) % 2), 3000)
    assert "<0.1%" in text[1]


def test_values_that_would_read_as_several_stand_in_quotes() -> None:
    columns = Columns((Column("plan", "category", ("basic", "pro, yearly", " odd")),), "y")
    found = look(columns, np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [2.0]]), np.zeros(6, int))
    assert found[0].shown == "basic (3), 'pro, yearly' (2), ' odd' (1)"
