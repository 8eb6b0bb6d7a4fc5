"""The row that is made of the others: on made run folders, without a training."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from counterpoise import compare, models
from counterpoise.data import Preprocess
from counterpoise.experiments.ensemble import NAME, combine
from counterpoise.experiments.plan import Work
from counterpoise.experiments.run_folder import write_outputs, write_report
from counterpoise.experiments.tasks import RunTask
from counterpoise.metrics import Evaluation
from counterpoise.predict import Ensemble, Predictor, load
from counterpoise.records import RunRecord

SPLITS = ("seed-0", "seed-1")
COUNTS = np.array([80, 15, 5])
X = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
X[:, 0] += 2 * (np.arange(200) % 3)
LABELS = np.arange(200) % 3


def predictor(seed: int) -> Predictor:
    torch.manual_seed(seed)
    classifier = models.create("linear", (4,), 3)
    preprocess = Preprocess.fit("standard", X)
    return Predictor(classifier, preprocess, ("a", "b", "c"), prior=COUNTS / COUNTS.sum())


def made(out: Path, methods: tuple[str, ...], test: tuple[int, int] = (150, 200)) -> Any:
    """A finished comparison: (setup, work)."""
    runs = []
    for number, split in enumerate(SPLITS):
        validation = np.arange(60 * number, 60 * number + 90)
        tested = np.arange(*test)
        (out / "splits").mkdir(parents=True, exist_ok=True)
        np.savez(
            out / "splits" / f"{split}.npz",
            train=np.arange(10),
            validation=validation,
            test=tested,
            counts=COUNTS,
            validation_labels=LABELS[validation],
            test_labels=LABELS[tested],
        )
        for seed, name in enumerate(methods):
            folder = Path("runs", name, split)
            one = predictor(10 * seed + number)
            one.save(out / folder / "predictor")
            parts = {"validation": X[validation], "test": X[tested]}
            shares = {part: one.predict(x).probabilities for part, x in parts.items()}
            outputs = {
                f"{p}_{k}": s for p, s in shares.items() for k in ("scores", "probabilities")
            }
            write_outputs(out / folder, outputs, [])  # type: ignore[arg-type]
            recipe: Any = SimpleNamespace(name=name, control=name == "balanced-same-size")
            runs.append(RunTask(recipe, split, split, number, (), folder, f"{name} {split}"))
            record = RunRecord(
                identity=runs[-1].identity, method=name, title=name, split=split, status="ok",
                probabilities=name != "cnusvm", seconds=2.0, updates=10, converged=True,
            )  # fmt: skip
            write_report(out / folder, record)
    context = SimpleNamespace(splits=out / "splits", device="cpu", threads=1)
    grid = SimpleNamespace(seeds=dict.fromkeys(SPLITS, 0))
    return SimpleNamespace(out=out, grid=grid, context=context), Work((), tuple(runs))


def test_the_saved_predictor_gives_the_scores_that_are_reported(tmp_path: Path) -> None:
    setup, work = made(tmp_path, ("baseline", "weighted", "focal"))
    assert combine(setup, work) == (True, "")
    weights = []
    for split in SPLITS:
        folder = tmp_path / "runs" / NAME / split
        one = load(folder / "predictor")
        assert isinstance(one, Ensemble)
        weights.append(one.weights)
        with np.load(folder / "outputs.npz") as outputs:
            found = outputs["test_probabilities"]
        np.testing.assert_allclose(one.predict(X[150:]).scores, found, atol=1e-6)
        record = RunRecord.read(folder / "report.json")
        assert (record.seconds, record.updates, record.converged) == (6.0, 30, True)
        used = sum(weight > 0 for weight in one.weights)
        models = "the model of one method" if used == 1 else f"the models of {used} methods"
        assert record.notes[0].startswith(f"predicts with {models} on ")
    assert np.array_equal(*weights), "weights are shared by all splits"


def test_files_of_members_are_shared_and_the_run_is_made_once(tmp_path: Path) -> None:
    setup, work = made(tmp_path, ("baseline", "weighted"))
    combine(setup, work)
    folder = tmp_path / "runs" / NAME / "seed-0"
    weights = next((folder / "predictor").rglob("weights.safetensors"))
    assert weights.stat().st_nlink == 2
    before = (folder / "outputs.npz").stat().st_mtime_ns
    combine(setup, work)
    assert (folder / "outputs.npz").stat().st_mtime_ns == before
    (folder / "report.json").unlink()  # as an interruption leaves it
    combine(setup, work)
    assert (folder / "report.json").is_file()
    first = RunRecord.read(folder / "report.json").identity
    setup, work = made(tmp_path, ("baseline", "weighted", "focal"))
    combine(setup, work)
    assert RunRecord.read(folder / "report.json").identity != first


def test_validation_is_scored_out_of_fold(tmp_path: Path) -> None:
    """A method that knows every validation label but one's neighbours is not taken for good."""
    setup, work = made(tmp_path, ("baseline", "weighted"))
    combine(setup, work)
    with np.load(tmp_path / "runs" / NAME / "seed-0" / "outputs.npz") as outputs:
        scores = outputs["validation_scores"]
    one = load(tmp_path / "runs" / NAME / "seed-0" / "predictor")
    assert not np.allclose(one.predict(X[:90]).scores, scores, atol=1e-6), "fitted on all of them"
    assert Evaluation.from_scores(scores, LABELS[:90], 3, scores).values()["nll"] is not None


def test_with_folds_no_split_is_fitted_on_what_it_tests(tmp_path: Path) -> None:
    setup, work = made(tmp_path, ("baseline", "weighted"), test=(0, 60))
    combine(setup, work)
    first = load(tmp_path / "runs" / NAME / "seed-0" / "predictor")
    labels = LABELS.copy()
    labels[:60] = 2 - labels[:60]  # of the samples that are tested on
    with np.load(tmp_path / "splits" / "seed-0.npz") as stored:
        arrays = dict(stored)
    arrays["validation_labels"] = labels[arrays["validation"]]
    np.savez(tmp_path / "splits" / "seed-0.npz", **arrays)
    (tmp_path / "runs" / NAME / "seed-0" / "report.json").unlink()
    combine(setup, work)
    again = load(tmp_path / "runs" / NAME / "seed-0" / "predictor")
    assert np.array_equal(first.factors, again.factors)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("methods", "note"),
    [
        (("baseline", "weighted", "cnusvm"), "without cnusvm (margins, no probabilities)"),
        (("baseline", "weighted", "balanced-same-size"), "without balanced-same-size (a control)"),
    ],
)
def test_methods_that_cannot_be_members_are_named(
    methods: tuple[str, ...], note: str, tmp_path: Path
) -> None:
    assert combine(*made(tmp_path, methods)) == (True, f"ensemble: {note}")


def test_runs_of_a_ledger_have_no_scores_to_combine(tmp_path: Path) -> None:
    setup, work = made(tmp_path, ("baseline", "weighted"))
    for path in tmp_path.glob("runs/*/*/outputs.npz"):
        path.unlink()
    found, note = combine(setup, work)
    assert not found
    assert note == (
        "no ensemble, as it takes 2 methods with probabilities on every split (without baseline, "
        "weighted (from a ledger, without scores of single samples))"
    )


def test_a_method_that_is_not_finished_is_left_out(tmp_path: Path) -> None:
    setup, work = made(tmp_path, ("baseline", "weighted", "focal"))
    (tmp_path / "runs" / "focal" / "seed-1" / "report.json").unlink()
    assert combine(setup, work) == (True, "ensemble: without focal (not finished on every split)")


def test_a_comparison_ranks_it_beside_its_methods(tmp_path: Path) -> None:
    np.savez(tmp_path / "made.npz", x_train=X, y_train=LABELS)
    report = compare(
        tmp_path / "made.npz",
        methods=["baseline", "weighted", "cnusvm"],
        rounds=2,
        seeds=1,
        ensemble=True,
        out=tmp_path / "out",
        progress="silent",
    )
    ranks = {method.name: method.rank for method in report.methods}
    assert sorted(rank for rank in ranks.values() if rank) == [1, 2, 3, 4]
    assert NAME in ranks
    assert "ensemble: without cnusvm (margins, no probabilities)" in report.warnings
