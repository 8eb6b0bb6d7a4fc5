"""What a method opens to."""

from collections.abc import Callable
from pathlib import Path

from counterpoise.report import collect
from counterpoise.report.method_details import details

Make = Callable[..., Path]


def test_each_method_that_finished_has_its_classes_matrix_history_and_runs(make: Make) -> None:
    methods = {"baseline": {}, "a b": {}, "bad": {"status": "failed", "error": "e"}}
    out = make(methods=methods, per_class=[20, 20, 0])
    report = collect(out)
    found = {one.method.name: one for one in details(report)}
    assert set(found) == {"baseline", "a b"}
    one = found["a b"]
    assert one.anchor == "method-a-b"
    assert [(row.name, row.training, row.test) for row in one.rows] == [
        ("class 2", 10, 0), ("class 1", 50, 20), ("class 0", 200, 20),
    ]  # fmt: skip
    assert one.rows[0].recall is None
    assert one.matrix is not None
    assert one.pairs == ()
    assert "<svg" in one.history
    assert one.runs[0] == ("seed-0", "runs/a%20b/seed-0/")
    assert all((out / "runs" / "a b" / split).is_dir() for split, _ in one.runs)


def test_without_scores_or_history_less_is_there(make: Make) -> None:
    (one,) = details(collect(make(methods={"baseline": {"no_outputs": True}}, rounds=0)))
    assert one.history == ""
    assert one.matrix is not None
