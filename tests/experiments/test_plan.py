"""Plans: what is shared, what an identity depends on, and what is left to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise import data, registry, weights
from counterpoise.experiments.cost import CostRule
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.models import catalog
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Component
from counterpoise.recipes.shipped import CLASSIC


def grid(device: str = "cpu", threads: int = 1, subsets: tuple[str, ...] = ("profile",)) -> Grid:
    dataset = data.load("digits")
    profile = data.parse("step:rho=20,mu=0.5")
    splits = {
        subset: data.make_splits(dataset, profile, seeds=[0, 1], subset=subset)
        for subset in subsets
    }
    seeds = {"seed-0": 0, "seed-1": 1}
    return Grid("image", (1, 8, 8), dataset.checksum, splits, seeds, device, threads)


def revise(monkeypatch: pytest.MonkeyPatch, axis: str, name: str) -> None:
    """Raise the revision that a class of an axis states."""
    known = registry.members(axis)
    known[name] = replace(known[name], constants={**known[name].constants, "revision": 99})
    read = registry.members
    monkeypatch.setattr(registry, "members", lambda a: known if a == axis else read(a))


def planned(*names: str, **settings: str) -> Work:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    return plan(load_methods(names, {}, given), grid())


def test_the_nine_methods_are_six_trainings_a_seed() -> None:
    work = planned(*CLASSIC)
    assert len(work.runs) == 9 * 2
    assert len(work.stages) == 6 * 2


def test_phase_one_of_two_phase_is_the_oversampling_training() -> None:
    work = planned("oversampling", "two-phase-over")
    over, two = (run for run in work.runs if run.split == "seed-0")
    assert two.stages[0] == over.stages[0]
    assert len(two.stages) == 2
    (tune,) = (stage for stage in work.stages if stage.id == two.stages[1])
    assert tune.parent == over.stages[0]


def test_thresholding_trains_nothing_but_is_another_run() -> None:
    work = planned("baseline", "thresholding")
    assert len(work.stages) == 2
    assert len({run.identity for run in work.runs}) == 4


def test_partial_oversampling_is_another_training() -> None:
    whole, part = planned("oversampling"), planned("oversampling", oversampling__ratio=10)
    assert not {s.id for s in whole.stages} & {s.id for s in part.stages}


def test_parents_come_first() -> None:
    work = planned(*CLASSIC)
    order = [stage.id for stage in work.stages]
    for stage in work.stages:
        assert stage.parent is None or order.index(stage.parent) < order.index(stage.id)


@pytest.mark.parametrize(
    "change",
    [{"device": "cuda"}, {"threads": 2}, {"data": "other"}, {"seeds": {"seed-0": 5, "seed-1": 1}}],
)
def test_an_identity_changes_with_its_conditions(change: dict[str, object]) -> None:
    recipes = load_methods(["baseline"], {}, {})
    before = plan(recipes, grid()).stages[0].id
    after = plan(recipes, replace(grid(), **change)).stages[0].id
    assert before != after


@pytest.mark.parametrize(
    "setting",
    [
        {"optimizer__lr": 0.02},
        {"train__rounds": 3},
        {"train__batch_size": 32},
        {"model__name": "mlp"},
        {"schedule__name": "constant"},
        {"train__clip_norm": 0.0},
    ],
)
def test_an_identity_changes_with_every_setting(setting: dict[str, str]) -> None:
    assert planned("baseline").stages[0].id != planned("baseline", **setting).stages[0].id


def test_a_revised_piece_renames_only_the_trainings_that_have_it(monkeypatch) -> None:
    before = planned("baseline", "focal")
    revise(monkeypatch, "losses", "Focal")
    after = planned("baseline", "focal")
    for old, new in zip(before.runs, after.runs, strict=True):
        assert (old.identity == new.identity) == (new.recipe.name == "baseline")


def test_a_class_that_was_renamed_keeps_the_identities_of_its_runs(monkeypatch) -> None:
    """Committed ledgers hold runs of the sampler that was `SquareRoot`, as the weights are."""
    work = planned("square-root-sampling")
    recorded = [stage.settings["stage"]["sampler"] for stage in work.stages]
    assert recorded == [{"name": "SquareRoot"}] * len(work.stages)
    (recipe,) = load_methods(("square-root-sampling",), {}, {})
    assert recipe.stages[0].sampler.name == "SquareRootSampling"
    revise(monkeypatch, "samplers", "SquareRootSampling")
    revised = planned("square-root-sampling").stages[0].settings["numerics"]
    assert revised[1:] == ["SquareRoot 99"]


def test_a_revised_resampler_renames_its_stage_alone(monkeypatch) -> None:
    before = planned("baseline", "smote", "smote-features")
    revise(monkeypatch, "resamplers", "SMOTE")
    after = planned("baseline", "smote", "smote-features")
    for old, new in zip(before.runs, after.runs, strict=True):
        assert (old.identity == new.identity) == (new.recipe.name == "baseline")
    assert {s.id for s in before.stages if s.recipe.name == "baseline"} <= {
        s.id for s in after.stages
    }


@pytest.mark.parametrize(
    ("method", "axis", "name"), [("cosine", "heads", "Cosine"), ("baseline", "heads", "Linear")]
)
def test_a_revised_head_renames_its_stage(
    method: str, axis: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = planned(method, "cnusvm")
    revise(monkeypatch, axis, name)
    after = planned(method, "cnusvm")
    for old, new in zip(before.runs, after.runs, strict=True):
        assert (old.identity == new.identity) == (new.recipe.name == "cnusvm")


def test_a_revised_model_renames_what_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned("baseline", "hog-nn")
    changed = replace(catalog.MODELS["small-cnn"], revision=2)
    monkeypatch.setitem(catalog.MODELS, "small-cnn", changed)
    after = planned("baseline", "hog-nn")
    for old, new in zip(before.runs, after.runs, strict=True):
        assert (old.identity == new.identity) == (new.recipe.name == "hog-nn")


def test_a_revised_decision_rule_renames_the_run_and_no_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = planned("thresholding")
    revise(monkeypatch, "posthoc", "PriorThreshold")
    after = planned("thresholding")
    assert [stage.id for stage in before.stages] == [stage.id for stage in after.stages]
    assert not {run.identity for run in before.runs} & {run.identity for run in after.runs}


def test_an_identity_does_not_depend_on_the_method_name_or_on_the_run() -> None:
    assert planned("baseline").stages[0].id == planned("thresholding", "baseline").stages[0].id


def test_the_balanced_control_has_training_data_of_its_own() -> None:
    recipes = load_methods(["baseline", "balanced-same-size"], {}, {})
    work = plan(recipes, grid(subsets=("profile", "balanced-same-size")))
    runs = [run for run in work.runs if run.split == "seed-0"]
    assert [run.data_split for run in runs] == ["seed-0", "seed-0.balanced-same-size"]
    assert runs[0].stages != runs[1].stages
    assert any("extra labels" in note for note in runs[1].notes)


def test_double_updates_trains_twice_as_long() -> None:
    work = planned("baseline", "double-updates")
    updates = {stage.recipe.name: stage.updates for stage in work.stages}
    assert updates["double-updates"] == 2 * updates["baseline"]


def test_double_correction_is_noted() -> None:
    (run, _) = planned("oversampling+thresholding").runs
    assert run.notes == ("corrects the same imbalance twice: RandomOver and PriorThreshold",)


@pytest.mark.parametrize("axis", ["weights", "samplers", "resamplers"])
def test_all_but_plain_shuffling_correct_the_prior(axis: str) -> None:
    others = [m.name for m in registry.members(axis).values() if not m.corrects_prior]
    assert others == (["Shuffled"] if axis == "samplers" else [])


@pytest.mark.parametrize("name", weights.__all__)
def test_every_weighting_is_a_correction(name: str) -> None:
    (over,) = load_methods(["oversampling"], {}, {})
    parameters = {"Deferred": {"weights": "Balanced"}, "Cost": {"cost": [1.0] * 10}}.get(name, {})
    stages = [replace(stage, weights=Component(name, parameters)) for stage in over.stages]
    run, _ = plan([replace(over, stages=tuple(stages))], grid()).runs
    assert run.notes == (f"corrects the same imbalance twice: RandomOver and {name}",)


def test_only_what_unfinished_runs_need_is_left() -> None:
    work = planned("baseline", "oversampling")
    left = work.needed([run for run in work.runs if run.folder == Path("runs/baseline/seed-1")])
    assert [stage.split for stage in left.stages] == ["seed-1"]


def test_the_revision_of_preprocessing_is_in_identities_of_what_is_not_bytes() -> None:
    recipes = load_methods(["baseline", "adaboost-tree"], {}, {})
    bytes_, numbers = (
        plan(recipes, replace(grid(), dtype=dtype)) for dtype in ("uint8", "float32")
    )
    assert plan(recipes, grid()).runs == bytes_.runs
    assert not {stage.id for stage in bytes_.stages} & {stage.id for stage in numbers.stages}
    assert all(stage.settings["numerics"] == 1 for stage in bytes_.stages)
    assert all(stage.settings["numerics"] == [1, "preprocess 2"] for stage in numbers.stages)
    raw = load_methods(["baseline"], {"train": {"preprocess": "none"}}, {})
    assert plan(raw, replace(grid(), dtype="float32")).stages[0].settings["numerics"] == 1


def test_the_metric_of_a_kept_round_is_in_the_identity_where_it_is_not_the_usual_one() -> None:
    def ids(checkpoint: str, select: str) -> set[str]:
        recipes = load_methods(["baseline"], {}, {"train.checkpoint": checkpoint})
        return {stage.id for stage in plan(recipes, replace(grid(), select=select)).stages}

    usual = ids("best", "balanced_accuracy")
    assert len({*usual, *ids("best", "auc"), *ids("best", "nll")}) == 3 * len(usual)
    assert ids("last", "balanced_accuracy") == ids("last", "auc")
    (stage, *_) = plan(load_methods(["baseline"], {}, {"train.checkpoint": "best"}), grid()).stages
    assert "select" not in stage.settings, "identities of before stay"


@pytest.mark.parametrize(
    ("method", "select", "expected"),
    [("cnsvm", "auc", 2), ("cnsvm", "g_mean", None), ("baseline", "auc", None)],
)
def test_a_round_chosen_by_the_order_of_margins_knows_how_they_are_ordered(
    method: str, select: str, expected: int | None
) -> None:
    recipes = load_methods([method], {}, {"train.checkpoint": "best"})
    (stage, *_) = plan(recipes, replace(grid(), select=select)).stages
    assert stage.settings.get("select_revision") == expected


def test_what_is_recorded_is_in_the_identity_of_what_it_changes() -> None:
    usual, end, rounds = (
        planned("baseline", **setting)
        for setting in ({}, {"train__record": "training"}, {"train__record": "rounds"})
    )
    assert planned("baseline", train__record="usual").runs[0].identity == usual.runs[0].identity
    assert [stage.id for stage in end.stages] == [stage.id for stage in usual.stages]
    assert len({work.runs[0].identity for work in (usual, end, rounds)}) == 3
    assert not {s.id for s in rounds.stages} & {s.id for s in usual.stages}


def test_costs_are_in_the_identity_of_what_they_choose_alone() -> None:
    def ids(checkpoint: str, select: str, cost: float | None) -> set[str]:
        recipes = load_methods(["baseline"], {}, {"train.checkpoint": checkpoint})
        rule = None if cost is None else CostRule(minority=cost)
        return {s.id for s in plan(recipes, replace(grid(), select=select, cost=rule)).stages}

    assert ids("last", "expected_cost", 10.0) == ids("last", "balanced_accuracy", None)
    assert ids("best", "balanced_accuracy", 10.0) == ids("best", "balanced_accuracy", None)
    assert not ids("best", "expected_cost", 10.0) & ids("best", "expected_cost", 9.0)


@pytest.mark.parametrize(
    "lines",
    [
        "batch_size = 32",
        "updates_per_round = 5",
        "rounds = 3",
        "updates = 30",
        'schedule = { name = "constant" }',
    ],
)
def test_a_stages_own_keys_are_in_its_identity(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "baseline"\n[[stages]]\nname = "train"\n{lines}\n', "utf-8")
    changed = plan(load_methods([str(path)], {}, {}), grid())
    assert changed.stages[0].id != planned("baseline").stages[0].id
    (first, *_) = changed.runs
    length = "rounds" in lines.split() or "updates" in lines.split()
    assert any("however many rounds others have" in note for note in first.notes) == length


def test_updates_of_a_plan_are_a_stages_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "tlc"\n[[stages]]\nupdates = 30\n[[stages]]\nrounds = 2\n', "utf-8")
    work = plan(load_methods([str(path)], {"train": {"updates_per_round": 7}}, {}), grid())
    assert [stage.updates for stage in work.stages[:2]] == [30, 14]
    assert work.runs[0].notes[:2] == (
        "its stage 'warm-up' trains 30 updates, however many rounds others have",
        "its stage 'fine-tune' trains 2 rounds, however many rounds others have",
    )
