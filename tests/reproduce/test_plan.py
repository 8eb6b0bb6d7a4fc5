"""A grid becomes comparisons, as far as it was asked for."""

from dataclasses import replace

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.data import load, parse
from counterpoise.errors import ArgumentError
from counterpoise.experiments.options import Options
from counterpoise.experiments.setup import draw_splits
from counterpoise.losses.uneven_margin import UnevenMargin
from counterpoise.reproduce.library import read_papers
from counterpoise.reproduce.plan import Asked, cells, place, rounds
from counterpoise.train.schedule import make


def test_a_cell_is_a_question(known, asked) -> None:
    first, second = cells(known, asked)
    assert first.options["profile"] == "step:rho=5,mu=0.5"
    assert second.options["profile"] == "step:rho=10,mu=0.5"
    assert first.options["methods"] == ("baseline", "oversampling")
    assert first.out.name == "rho=5"
    assert first.options["ledger"] == second.options["ledger"] == asked.out / "runs.jsonl"


def test_axes_are_narrowed(known, asked) -> None:
    (cell,) = cells(known, replace(asked, grid={"rho": (10,)}, methods=("baseline",)))
    assert (cell.point, cell.options["methods"]) == ({"rho": 10}, ("baseline",))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grid": {"mu": (1,)}}, "has no axis 'mu'; its axes are rho"),
        ({"grid": {"rho": (7,)}}, "rho is one of 5, 10; got 7"),
        ({"methods": ("overs",)}, "no method 'overs'"),
    ],
)
def test_what_the_paper_does_not_have_is_refused(known, asked, change, said) -> None:
    with pytest.raises(ArgumentError, match=said):
        cells(known, replace(asked, **change))


def test_shorter_trainings_have_a_folder_of_their_own(known, asked) -> None:
    short = replace(asked, scale=0.5)
    assert rounds(known, short) == 1
    assert place(known, short) != place(known, asked)
    assert rounds(known, replace(asked, scale=0.01)) == 1


@pytest.mark.parametrize("name", ["table3-gtsrb", "table4-gtsrb"])
def test_the_rarer_sign_has_the_smaller_margin(tmp_path, name) -> None:
    known = read_papers()[f"cnusvm2015/{name}"]
    grid = {"tau_1": (0.4,), "tau_2": (6,)} if known.entry.grid else {}
    (cell,) = cells(known, Asked(grid, 1, 1.0, tmp_path))
    options = Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    (recipe,) = [recipe for recipe in options.load_recipes() if recipe.name == "cnusvm"]
    (stage,) = recipe.stages
    settings = {k: v for k, v in stage.loss.as_dict().items() if k != "name"}
    loss = UnevenMargin(ClassCounts((1860, 210)), **settings)  # 80 km/h comes first, and has more
    assert loss.tau.tolist() == pytest.approx([6, 0.4])


def test_imagenet_is_cropped_from_end_to_end_and_mirrored(tmp_path) -> None:
    first, *_ = cells(read_papers()["buda2018/table4-ilsvrc"], Asked({}, 1, 1.0, tmp_path))
    options = Options.of({key: value for key, value in first.options.items() if key != "ledger"})
    assert (options.size, options.resize) == (256, "whole")
    assert {(r.train.crop, r.train.mirror) for r in options.load_recipes()} == {(224, True)}


@pytest.mark.parametrize("name", ["fig4-cifar10", "fig5-linear-cifar10", "fig8-cifar10"])
def test_the_rate_of_cifar_falls_where_the_paper_says(tmp_path, name) -> None:
    cell, *_ = cells(read_papers()[f"buda2018/{name}"], Asked({}, 1, 1.0, tmp_path))
    options = Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    for recipe in options.load_recipes():
        schedule = make(recipe.schedule.name, recipe.schedule.parameters, 500)
        for update, tenths in ((40_000, 1), (50_000, 2), (60_000, 3)):
            assert schedule(update - 1, 70_000) == pytest.approx(10.0 ** (1 - tenths))
            assert schedule(update, 70_000) == pytest.approx(10.0**-tenths)


def test_the_three_draws_of_imagenet_are_three(tmp_path) -> None:
    """Rare classes differ from draw to draw, and those of under 1000 images are always rare."""
    have = [1300] * 970 + [732] * 30
    counts = []
    for cell in cells(read_papers()["buda2018/table4-ilsvrc"], Asked({}, 1, 1.0, tmp_path)):
        counts.append(parse(cell.options["profile"]).class_counts(have, seed=0))
    assert [sum(each) for each in counts] == [910_000, 216_000, 109_000, 109_000, 109_000]
    assert len(set(counts)) == 5
    assert all(max(each[970:]) == min(each) for each in counts)


@pytest.mark.data("wisdm51_phone_accel.npz")
def test_the_windows_of_wisdm_are_enough_for_its_profile(tmp_path) -> None:
    (cell,) = cells(read_papers()["iwce2023/table8-wisdm"], Asked({}, 5, 1.0, tmp_path))
    options = Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    splits = draw_splits(options, load("wisdm-51"), options.load_recipes())["profile"]
    for split in splits:
        counts = np.array(split.counts.values)
        assert counts / counts[0] == pytest.approx([1, 0.806, 0.526, 0.142, 0.114], abs=0.08)


def test_methods_are_crossed_without_files_of_their_own(known, asked) -> None:
    entry = known.entry.model_copy(
        update={"crossed": {"both": ("oversampling", "focal")}, "methods": {"both": "ROS+FL"}}
    )
    cell = cells(replace(known, entry=entry), asked)[0]
    options = Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    (recipe,) = options.load_recipes()
    assert (recipe.name, recipe.train.rounds) == ("both", 2)
    assert recipe.stages[0].loss.name == "Focal"
    assert recipe.stages[0].sampler.name == "RandomOver"


def test_counts_are_as_printed_where_the_paper_has_no_validation(tmp_path) -> None:
    papers = read_papers()
    cifar = papers["buda2018/fig4-cifar10"]
    grid = {"rho": (50,), "mu": (0.5,)}
    (cell,) = cells(cifar, Asked(grid, 1, 1.0, tmp_path))
    assert cell.options["validation"] == "none"
    carved = replace(cifar, entry=cifar.entry.model_copy(update={"validation": "profiled"}))
    (cell,) = cells(carved, Asked(grid, 1, 1.0, tmp_path))
    assert not {"validation", "validation_share"} & set(cell.options)  # folders stay as they were
    shared = {"validation": "beside", "validation_share": 0.1}
    beside = replace(cifar, entry=cifar.entry.model_copy(update=shared))
    (cell,) = cells(beside, Asked(grid, 1, 1.0, tmp_path))
    assert {key: cell.options[key] for key in shared} == shared
    Options.of({key: value for key, value in cell.options.items() if key != "ledger"})


@pytest.mark.data("MNIST")
@pytest.mark.parametrize("name", ["fig3-mnist", "fig5-linear-mnist", "fig6-mnist"])
def test_the_most_imbalanced_cell_of_mnist_trains_on_what_is_printed(tmp_path, name) -> None:
    known = read_papers()[f"buda2018/{name}"]
    grid = {"rho": (5000,)} | ({"mu": (0.5,)} if "mu" in known.entry.grid else {})
    (cell,) = cells(known, Asked(grid, 2, 1.0, tmp_path))
    options = Options.of({key: value for key, value in cell.options.items() if key != "ledger"})
    for split in draw_splits(options, load("mnist"), options.load_recipes())["profile"]:
        assert max(split.counts.values) == 5000
        assert min(split.counts.values) == 1
        assert len(split.validation) == 0


def test_settings_of_a_method_that_is_left_out_are_left_out(asked) -> None:
    known = read_papers()["cnusvm2015/table3-gtsrb"]
    (cell,) = cells(known, replace(asked, methods=("baseline", "cscnn")))
    assert set(cell.options["settings"]) == {"train.clip_norm"}
    (cell,) = cells(known, replace(asked, methods=("baseline", "cnusvm")))
    assert {"train.clip_norm", "cnusvm.tau_minority"} < set(cell.options["settings"])
    Options.of({key: value for key, value in cell.options.items() if key != "ledger"})


def test_a_cell_may_have_data_and_network_of_its_own(tmp_path) -> None:
    known = read_papers()["buda2018/conclusion2"]
    assert known.entry.data_sets == ("mnist", "cifar10")
    mnist, cifar = cells(known, Asked({"rho": (50,)}, 1, 1.0, tmp_path))
    assert (mnist.options["dataset"], mnist.options["model"]) == ("mnist", "lenet5")
    assert (cifar.options["dataset"], cifar.options["model"]) == ("cifar10", "all-cnn")
    assert mnist.options["profile"] == "step:rho=50,mu=0.5,n_max=5000,minority=random"
    assert cifar.options["settings"]["train.preprocess"] == "gcn-zca"
    assert cifar.options["settings"]["optimizer.lr"] == 0.05


def test_a_setting_that_an_empty_text_fills_is_left_out_of_that_cell(tmp_path) -> None:
    known = read_papers()["buda2018/conclusion2"]
    for cell in cells(known, Asked({}, 1, 1.0, tmp_path)):
        settings = cell.options["settings"]
        falls = {"schedule.name": "inv"}
        if cell.point["task"] == 2:
            falls = {"schedule.name": "steps", "schedule.at": [0.5714285, 0.7142857, 0.8571428]}
        assert {key: value for key, value in settings.items() if "schedule" in key} == falls


def test_a_scale_shortens_stages_that_have_a_length_of_their_own(known, asked, tmp_path) -> None:
    """Rounds of a stage, or its updates, are no share of a training's."""
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "two lengths"\nbase = "two-phase-over"\n\n[[stages]]\nname = "train"\n'
        'rounds = 7\n\n[[stages]]\nname = "tune"\nupdates = 100\n',
        "utf-8",
    )
    entry = known.entry.model_copy(update={"methods": {str(own): "own", "baseline": "CE"}})
    one = replace(known, entry=entry)
    for scale, whole, lengths in ((1.0, 2, (7, 100)), (0.5, 1, (4, 50)), (0.001, 1, (1, 1))):
        cell = cells(one, replace(asked, scale=scale))[0]
        options = Options.of({k: v for k, v in cell.options.items() if k != "ledger"})
        two, plain = options.load_recipes()
        assert (two.stages[0].rounds, two.stages[1].updates) == lengths
        assert plain.train.rounds == whole
    assert "recipes" not in cells(known, replace(asked, scale=0.5))[0].options
