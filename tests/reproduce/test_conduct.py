"""A made paper is run, resumed and reported; nothing that is finished is trained again."""

from dataclasses import replace

import pytest

from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments.clock import Clock
from counterpoise.reproduce import conduct as conducting
from counterpoise.reproduce.conduct import _next, conduct
from counterpoise.reproduce.listing import seconds_a_run
from counterpoise.reproduce.measured import Measured, measure
from counterpoise.reproduce.page import write_page
from counterpoise.reproduce.plan import cells


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
def test_an_entry_from_begin_to_end(known, asked) -> None:
    said: list[str] = []
    found = conduct(known, asked, said.append)
    assert [len(cell.values["baseline", "recall 3"]) for cell in found] == [2, 2]
    ledger = (asked.out / "runs.jsonl").read_text("utf-8")
    assert len(ledger.splitlines()) == 8
    assert conduct(known, asked, said.append) == found
    assert (asked.out / "runs.jsonl").read_text("utf-8") == ledger
    text = write_page(known, asked, found).read_text("utf-8")
    assert "ROS is better" in text
    assert (asked.out / "ab2020/table1/figure.svg").is_file()
    narrow = conduct(known, replace(asked, grid={"rho": (5,)}), said.append)
    assert narrow == found, "a narrower command takes nothing out"
    seconds = seconds_a_run(known, asked.out)
    assert seconds is not None
    assert seconds > 0


def test_what_is_missing_is_refused_before_anything_is_made(known, asked) -> None:
    entry = known.entry.model_copy(update={"missing": ("a camera",)})
    with pytest.raises(ArgumentError, match="ab2020/table1 cannot be run here: a camera"):
        conduct(replace(known, entry=entry), asked, print)
    assert not asked.out.exists()


def test_a_budget_goes_to_the_claim_that_is_least_decided(known, asked) -> None:
    left = list(cells(known, asked))
    decided = Measured({"rho": 5}, {("oversampling", "balanced_accuracy"): (0.9,) * 6,
                                    ("baseline", "balanced_accuracy"): (0.1, 0.2) * 3})  # fmt: skip
    assert _next(known, asked, left, []).point == {"rho": 5}
    assert _next(known, asked, left, [decided]).point == {"rho": 10}


def test_no_budget_goes_to_a_claim_about_a_method_that_is_left_out(known, asked) -> None:
    claim = known.entry.claims[0].model_copy(update={"lower": "smote", "at": {"rho": (10,)}})
    entry = known.entry.model_copy(
        update={"claims": (claim,), "methods": {**known.entry.methods, "smote": "SMOTE"}}
    )
    other, part = replace(known, entry=entry), replace(asked, methods=("baseline", "oversampling"))
    left = list(cells(other, part))
    assert _next(other, asked, left, []).point == {"rho": 10}
    assert _next(other, part, left, []).point == {"rho": 5}


def test_each_budget_is_whole_and_what_it_ends_is_said(known, asked, monkeypatch) -> None:
    """A second sitting goes on, whatever the first one spent on the cell."""
    begun: list[float] = []

    def ended(options) -> None:
        budget = Clock(options.budget)
        budget.go_on(options.out, "the same")
        begun.append(budget.before)
        budget.before = 600.0
        budget.note()
        raise DataError("none of 8 runs is finished")

    monkeypatch.setattr(conducting, "report_of", ended)
    said: list[str] = []
    one = replace(asked, grid={"rho": (5,)})
    for cell in cells(known, one):
        cell.out.mkdir(parents=True)
    conduct(known, one, said.append, seconds=60.0)
    conduct(known, one, said.append, seconds=60.0)
    assert begun == [0.0, 0.0]
    assert said[1] == "rho=5: none of 8 runs is finished"


def test_a_spent_budget_runs_nothing(known, asked) -> None:
    said: list[str] = []
    found = conduct(known, asked, said.append, seconds=1.0)
    assert said == ["the budget is spent; 2 of 2 cells are not finished"]
    assert not any(cell.values for cell in found)


def test_a_folder_without_runs_has_no_values(known, asked) -> None:
    assert measure(cells(known, asked)[0], ["auc"]) == Measured({"rho": 5})


def test_what_is_calculated_trains_nothing(asked, tmp_path) -> None:
    from counterpoise.reproduce.library import read_papers

    known = read_papers()["iwce2023/fig1-alpha"]
    found = conduct(known, replace(asked, grid={"epoch": (0, 100, 199)}), print)
    assert [round(cell.mean("temperature-3", "alpha"), 4) for cell in found] == [
        0.0067, 0.0821, 0.9753,
    ]  # fmt: skip
    text = write_page(known, asked, found).read_text("utf-8")
    assert "calculated, nothing is trained" in text
    assert (asked.out / "iwce2023/fig1-alpha/figure.svg").is_file()


@pytest.mark.system
@pytest.mark.data("MNIST/raw")
@pytest.mark.filterwarnings("ignore")
def test_a_cell_of_a_paper_is_trained_for_a_few_updates(asked) -> None:
    from counterpoise.reproduce.library import read_papers

    known = read_papers()["buda2018/fig3-mnist"]
    settings = {**known.entry.settings, "train.updates_per_round": 3}
    short = {"rounds": 2, "settings": settings}
    one = replace(known, entry=known.entry.model_copy(update=short))
    cell = replace(asked, grid={"rho": (1000,), "mu": (0.8,)}, methods=("two-phase-over",), seeds=1)
    (found,) = conduct(one, cell, print)
    for metric in one.entry.metrics:
        assert 0 <= found.mean("two-phase-over", metric) <= 1, found.warnings
