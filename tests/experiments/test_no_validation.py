"""A comparison without validation: what is refused, what is left out, and what it reports."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise import compare, data
from counterpoise.errors import ArgumentError, RecipeError
from counterpoise.experiments.applicable import fitting
from counterpoise.experiments.limit import races
from counterpoise.experiments.no_validation import what_chooses
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options
from counterpoise.recipes.load import load_methods
from counterpoise.report import collect

ASKED: dict[str, Any] = {
    "dataset": "digits",
    "profile": "step:rho=10,mu=0.5,n_max=60",
    "methods": "baseline,oversampling,thresholding",
    "model": "mlp",
    "seeds": 2,
    "progress": "silent",
}


def test_options_that_choose_are_refused_together() -> None:
    given = {"dataset": "digits", "validation": "none", "tune": 3, "race": True, "ensemble": True}
    with pytest.raises(ArgumentError) as caught:
        Options.of(given, on_command_line)
    assert str(caught.value) == (
        "--validation none leaves no samples to choose on; --tune chooses a learning rate, --race "
        "lets methods leave, --ensemble weighs methods (leave that out, or take profiled, beside "
        "or balanced validation)"
    )
    Options.of({**given, "validation": "beside"})


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"validation_share=0\.1 is a share of nothing with"):
        Options.of({"dataset": "digits", "validation": "none", "validation_share": 0.1})
    with pytest.raises(ArgumentError, match=r"validation_share= is below 1; got 1\.5"):
        Options.of({"dataset": "digits", "validation_share": 1.5})


def test_a_budget_races_by_default_only_where_something_can_be_chosen() -> None:
    asked = {"dataset": "digits", "budget": "30m"}
    assert races(Options.of(asked))
    assert not races(Options.of({**asked, "validation": "none"}))


@pytest.mark.parametrize(
    ("method", "settings", "said"),
    [
        ("temperature", {}, "learns Temperature on validation"),
        ("vector-scaling", {}, "learns VectorScaling on validation"),
        ("threshold-search", {}, "learns ThresholdSearch on validation"),
        ("cnusvm-search", {}, "searches tau_minority, tau_majority on validation"),
        ("baseline", {"train.checkpoint": "best"}, "keeps the round that is best on validation"),
        ("thresholding", {}, None),
        ("la-posthoc", {}, None),
        ("tlc", {}, None),
    ],
)
def test_methods_that_choose_say_what(
    method: str, settings: dict[str, Any], said: str | None
) -> None:
    (recipe,) = load_methods([method], {}, settings)
    found = what_chooses(recipe)
    assert found is None if said is None else str(found).startswith(said)


def test_all_leaves_out_aloud_what_was_named_is_refused() -> None:
    digits = data.load("digits")
    asked = Options.of({**ASKED, "methods": "all", "validation": "none", "rounds": 1})
    left, notes = fitting(asked.load_recipes(), asked, digits)
    gone = {"temperature", "vector-scaling", "threshold-search"}
    assert not gone & {recipe.name for recipe in left}
    assert gone <= {note.split()[2] for note in notes}
    asked = Options.of({**ASKED, "methods": "baseline,temperature", "validation": "none"})
    with pytest.raises(RecipeError, match="temperature learns Temperature on validation, and"):
        fitting(asked.load_recipes(), asked, digits)


def test_heads_on_features_need_their_weight_decay_said() -> None:
    digits = data.load("digits")
    asked: dict[str, Any] = {**ASKED, "model": None, "frozen": True, "validation": "none"}
    open_ = Options.of(asked)
    with pytest.raises(
        RecipeError, match=r"baseline and 2 more methods: searches optimizer\.weight_decay"
    ):
        fitting(open_.load_recipes(), open_, digits)
    said = Options.of({**asked, "settings": {"optimizer.weight_decay": 0.01}})
    assert fitting(said.load_recipes(), said, digits)[0]


def test_the_report_ranks_nothing_and_compares_on_test(tmp_path: Path) -> None:
    out, ledger = tmp_path / "out", tmp_path / "runs.jsonl"
    asked = {**ASKED, "rounds": 3, "validation": "none", "ledger": ledger}
    report = compare(**asked, out=out)
    assert report.best is None
    assert [m.name for m in report.methods] == ["baseline", "oversampling", "thresholding"]
    assert all(m.ok and m.rank is None for m in report.methods)
    assert report.experiment.counts == (33,) * 10 or sum(report.experiment.counts) == 330
    assert report.verdict.startswith("Nothing is chosen, as there is no validation. On test, by")
    assert report.advice == (report.verdict,)
    assert any(w.startswith("no validation: nothing is chosen on it") for w in report.warnings)
    assert not any("not ranked" in w or "ranking is coarse" in w for w in report.warnings)
    text = report.text(160)
    assert "validation " not in text.splitlines()[1]
    assert "(validation)" not in report.markdown()
    page = (out / "report.html").read_text("utf-8")
    assert "<br>validation" not in page
    assert "none, so that nothing is chosen" in page
    assert "Rows are ranked" not in page
    assert report.as_json()["validation"] == "none"
    with np.load(out / "runs" / "baseline" / "seed-0" / "outputs.npz") as outputs:
        assert "test_scores" in outputs
        assert not any(name.startswith("validation") for name in outputs)
    history = (out / "runs" / "baseline" / "seed-0" / "metrics.jsonl").read_text()
    assert '"validation"' not in history
    again = compare(**asked, out=tmp_path / "from-ledger")  # nothing is trained
    assert [m.metrics["accuracy"].mean for m in again.methods] == [
        m.metrics["accuracy"].mean for m in report.methods
    ]
    assert not (tmp_path / "from-ledger" / "stages").exists()
    assert collect(tmp_path / "from-ledger").best is None


@pytest.mark.system
def test_rounds_are_the_usual_ones_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {**ASKED, "methods": "baseline", "seeds": 1, "progress": "plain"}
    settings = {"train.updates_per_round": 400}
    report = compare(**asked, validation="none", settings=settings, out=tmp_path / "out")
    said = "10 rounds for each training, the usual number: no validation to find it on"
    assert report.experiment.rounds_found == said
    assert f"{said} (rounds= says another)" in "".join(capsys.readouterr())


def test_beside_trains_on_the_printed_counts_and_ranks(tmp_path: Path) -> None:
    report = compare(
        **{**ASKED, "methods": "baseline,oversampling"},
        rounds=2,
        validation="beside",
        validation_share=0.1,
        out=tmp_path / "out",
    )
    assert sum(report.experiment.counts_per_split["seed-0"]) == 5 * 60 + 5 * 6
    assert set(report.experiment.n_validation["seed-0"]) == {6, 1}
    assert report.best is not None
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "35 samples, beside the training set, from what the profile leaves out" in page
