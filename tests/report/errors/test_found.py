"""Errors that the page shows: which, in which order, and never too many."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.records import CopiesPart, SamplesRecord
from counterpoise.report import collect
from counterpoise.report.errors import errors_of, find_errors
from counterpoise.report.errors import found as found_errors
from counterpoise.report.errors.found import MOST_SHOWN, PER_CLASS
from counterpoise.report.errors.predicted import Predicted
from counterpoise.report.errors.samples import Arrays

Make = Callable[..., Path]
WEAK = {"baseline": {"skill": 0.3}}


def test_misses_are_of_the_rarest_classes_and_the_most_confident_come_first(make: Make) -> None:
    found = find_errors(collect(make(methods=WEAK)))
    assert found is not None
    assert found.method == "baseline"
    assert {one.true for one in found.misses} == {"class 2"}
    assert all(one.predicted != one.true for one in found.misses)
    shares = [one.share for one in found.misses]
    assert shares == sorted(shares, reverse=True)
    assert found.label_count == len(found.label_lines) >= len(found.labels)
    by_class = [one.true for one in found.confident]
    assert all(by_class.count(name) <= PER_CLASS for name in by_class)


def test_no_more_than_sixty_are_shown(make: Make) -> None:
    counts = [60 - k for k in range(40)]
    found = find_errors(collect(make(methods=WEAK, counts=counts, per_class=6)))
    assert found is not None
    groups = (found.misses, found.labels, found.confident, *found.copies)
    assert sum(map(len, groups)) == MOST_SHOWN


def test_the_page_holds_no_more_lines_than_it_says(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_errors, "MOST_LINES", 2)
    out = make(methods=WEAK)
    report = collect(out)
    found = find_errors(report)
    assert found is not None
    assert found.label_count > len(found.label_lines) == 2
    assert "the likeliest 2 as CSV" in report.write(out).read_text()


def test_copies_are_shown_with_both_labels_and_names_are_text(make: Make) -> None:
    out = make(methods=WEAK)
    evil = "<script>x</script>.png"
    record = SamplesRecord(names=[evil] * 70, copies=(CopiesPart(samples=(3, 65), labels=(0, 2)),))
    (out / "splits" / "samples.json").write_text(record.text())
    report = collect(out)
    found = find_errors(report)
    assert found is not None
    assert [[one.true for one in group] for group in found.copies] == [["class 0", "class 2"]]
    page = report.write(out).read_text()
    assert evil not in page
    assert "The same content under two labels" in page
    assert "Northcutt et al. 2021" in page


def test_without_probabilities_there_are_none(make: Make) -> None:
    out = make(methods={"baseline": {"no_outputs": True}})
    assert find_errors(collect(out)) is None
    assert '<section id="errors">' not in collect(out).write(out).read_text()


def test_each_class_has_its_most_confident_errors_the_least_found_first() -> None:
    labels = np.repeat([0, 1], 10)
    probabilities = np.full((20, 2), 0.5)
    probabilities[:10, 1] = np.linspace(0.6, 0.9, 10)
    probabilities[10:, 1] = 0.8
    probabilities[13, 1], probabilities[15, 1] = 0.1, 0.3
    probabilities[:, 0] = 1 - probabilities[:, 1]
    table = Predicted("m", np.arange(20), labels, probabilities.argmax(axis=1), probabilities)
    found = errors_of(table, Arrays(None), ("a", "b"), per_class=4)
    assert [one.name for one in found.confident] == ["9", "8", "7", "6", "13", "15"]
    assert found.errors == 12
    assert found.misses == ()


def test_the_page_says_how_few_of_how_many_errors_are_shown(make: Make) -> None:
    out = make(methods=WEAK)
    report = collect(out)
    found = find_errors(report)
    assert found is not None
    said = f"{len(found.confident)} of {found.errors} errors: of each class the {PER_CLASS} most "
    assert len(found.confident) < found.errors
    assert f"{said}confident at most" in report.write(out).read_text()
