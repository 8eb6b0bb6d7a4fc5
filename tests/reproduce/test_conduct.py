"""A made paper is run, resumed and reported; nothing that is finished is trained again."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.sources import caltech101
from counterpoise.errors import ArgumentError, DataError
from counterpoise.experiments.clock import Clock
from counterpoise.reproduce.conduct import _next, conduct
from counterpoise.reproduce.listing import seconds_a_run
from counterpoise.reproduce.measured import measure
from counterpoise.reproduce.page import write_page
from counterpoise.reproduce.plan import cells
from counterpoise.sweep.measured import Measured


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

    def ended(options, begun_at) -> None:
        budget = Clock(options.budget)
        budget.go_on(options.out, "the same")
        begun.append(budget.before)
        budget.before = 600.0
        budget.note()
        raise DataError("none of 8 runs is finished")

    monkeypatch.setattr("counterpoise.comparison.report_of", ended)
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
    first = cells(known, asked)[0]
    assert measure(first, ["auc"]) == Measured({"rho": 5})


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


def test_every_paper_has_a_cell_that_is_trained() -> None:
    from counterpoise.reproduce.library import read_papers

    assert {name.split("/")[0] for name in TRAINED} == {
        name.split("/")[0] for name in read_papers()
    }


# entry -> its method that is trained, the cell, and what is put in place of what would take long
TRAINED = {
    "buda2018/fig3-mnist": (
        "two-phase-over",
        {"rho": (10,), "mu": (0.8,)},
        {"profile": "step:rho={rho},mu={mu},n_max=50"},
    ),
    "cnusvm2015/table4-gtsrb": ("cnusvm", {"tau_1": (0.4,), "tau_2": (6,)}, {}),
    "iwce2023/table6-gaussian": ("iwce", {}, {}),
    "tlc2023/table5-caltech101": (
        "tlc-caltech-as-published",
        {},
        {"size": "32", "files": (), "settings": {"train.batch_size": 8}},
    ),
    "le2019/table2-caltech-mobilenet": (
        "le", {}, {"model": "small-cnn", "size": "16", "files": (), "fine_tune": False},
    ),
}  # fmt: skip


@pytest.fixture
def small_data(tmp_path, monkeypatch):
    """A data root with few images in the layout that is published, where it is of images."""
    random = np.random.default_rng(0)

    def pixels(*shape: int):
        return random.integers(0, 256, shape, dtype=np.uint8)

    signs = {"x_train": pixels(80, 32, 32, 3), "y_train": np.repeat([0, 1], [60, 20])}
    signs |= {"track_train": np.arange(80) // 5, "x_test": pixels(20, 32, 32, 3)}
    np.savez(tmp_path / "gtsrb_20_80.npz", **signs, y_test=np.repeat([0, 1], 10))
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, each in (("train", 50), ("t10k", 5)):
        labels = np.repeat(np.arange(10, dtype=np.uint8), each)
        head = bytes([0, 0, 8, 1]) + len(labels).to_bytes(4, "big")
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
        head = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (len(labels), 28, 28))
        images = np.repeat(labels * 20, 28 * 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
    few = {name: 103 + k for k, name in enumerate(caltech101.PART)}
    monkeypatch.setattr(caltech101, "COUNTS", few)
    for name, number in few.items():
        folder = tmp_path / "caltech101" / name
        folder.mkdir(parents=True)
        for k in range(number):
            Image.fromarray(pixels(16, 16, 3)).save(folder / f"image_{k:04}.jpg")
    return tmp_path


@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRAINED)
def test_a_cell_of_each_paper_is_trained_for_a_few_updates(name, asked, small_data) -> None:
    from counterpoise.reproduce.library import read_papers

    known = read_papers()[name]
    method, grid, change = TRAINED[name]
    settings = {**change.get("settings", known.entry.settings), "train.updates_per_round": 3}
    made = {**change, "rounds": 2, "settings": settings}
    one = replace(known, entry=known.entry.model_copy(update=made))
    cell = replace(asked, grid=grid, methods=(method,), seeds=1, data_root=str(small_data))
    (found,) = conduct(one, cell, print)
    for metric in set(one.entry.metrics) - {"spread accuracy"}:
        assert -1 <= found.mean(method, metric) <= 1, (metric, found.warnings)
