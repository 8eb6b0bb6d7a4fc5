"""The papers that ship: parsed, planned, and whether they can be run here."""

from cProfile import Profile

import pytest

from counterpoise.data.sources.about import NAMED
from counterpoise.errors import ArgumentError
from counterpoise.reproduce.library import PLACES, find, papers_folder, read_papers
from counterpoise.reproduce.plan import Asked

CALLS = 250_000  # of functions; 92,000 where it was written


def test_every_paper_that_ships_is_read_and_planned_in_time(tmp_path) -> None:
    """By the number of calls, which is the same on every machine."""
    counted = Profile(builtins=False)
    known = counted.runcall(read_papers)
    runs = counted.runcall(lambda: sum(one.runs for one in known.values()))
    assert sum(one.callcount for one in counted.getstats()) < CALLS
    papers = {name.split("/")[0] for name in known}
    assert papers == {path.parent.name for path in papers_folder().glob("*/paper.toml")}
    assert papers >= {"buda2018", "cnusvm2015", "iwce2023", "le2019", "tlc2023"}
    assert runs > 4500
    assert all(one.entry.claims or one.entry.printed for one in known.values())


@pytest.mark.parametrize("name", sorted(read_papers()))
def test_every_cell_that_can_be_run_passes_the_checks_of_compare(name, tmp_path) -> None:
    from counterpoise.reproduce.conduct import planned

    one = read_papers()[name]
    unnamed = not one.entry.compute and set(one.entry.data_sets) - set(NAMED)
    if one.entry.missing or unnamed:
        pytest.skip(f"{name}: {one.why_not() or 'its data have to be there'}")
    assert len(planned(one, Asked({}, 1, 0.01, tmp_path))) == len(one.entry.points)


def test_named_sets_are_looked_for_where_they_lie() -> None:
    made = {"digits", "gaussian-quantiles", "gaussian-quantiles-pool"}
    assert set(PLACES) == set(NAMED) - made


def test_any_place_of_a_set_is_enough(known, tmp_path) -> None:
    entry = known.entry.model_copy(update={"data": "cifar10", "files": (), "missing": ()})
    one = known.__class__(known.name, known.paper, entry)
    assert one.why_not(str(tmp_path)) == "not below the data root: cifar10.npz"
    (tmp_path / "cifar-10-batches-py").mkdir()
    assert one.why_not(str(tmp_path)) == ""


def test_what_is_missing_is_said(known, monkeypatch, tmp_path) -> None:
    assert known.why_not() == ""
    entry = known.entry.model_copy(update={"files": ("weights-*.pth",)})
    there = known.__class__(known.name, known.paper, entry)
    assert there.why_not(str(tmp_path)) == "not below the data root: weights-*.pth"
    (tmp_path / "weights-1.pth").write_bytes(b"")
    assert there.why_not(str(tmp_path)) == ""


def test_entries_are_found_by_name_paper_and_pattern() -> None:
    known = read_papers()
    assert [one.name for one in find("buda2018/fig3-mnist", known)] == ["buda2018/fig3-mnist"]
    assert len(find("cnusvm2015", known)) == 5
    assert {one.name.split("/")[1][:4] for one in find("*/fig*-mnist", known)} == {
        "fig3", "fig5", "fig6", "fig7",
    }  # fmt: skip
    with pytest.raises(ArgumentError, match="did you mean 'buda2018/fig3-mnist'"):
        find("buda2018/fig3-mist", known)
