"""The advice in whole, case by case, as a person reads it."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise.report import Report, collect
from counterpoise.report.advice.advise import FEWEST_ROUNDS, is_ranking
from counterpoise.train.history import FEWEST

Make = Callable[..., Path]
OWN: dict[str, Any] = {"profile": "none", "command": "counterpoise compare plants"}


def lines(report: Report) -> list[str]:
    """At 80 columns; of a test's own folder, whose name may be long."""
    said = [one.replace(str(report.folder), "counterpoise-out/plants") for one in report.advice]
    return [line for one in said for line in textwrap.wrap(one, 80)]


def test_something_helps(make: Make) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    report = collect(make(methods=methods, counts=(200, 50, 10), per_class=40))
    usual, best = (m.metrics["balanced_accuracy"].mean or 0 for m in report.methods[::-1])
    use, rare, others, sure, step = report.advice
    assert use == (
        f"Use weighted: balanced accuracy {best:.3f} on test, baseline {usual:.3f}.".replace(
            "0.", "."
        )
    )
    assert rare.startswith("The rarest class 'class 2' (10 training, 40 test samples): recall .")
    assert " -> " in rare
    assert others.startswith("The other 2 classes: recall .")
    assert sure.startswith("Sure: it gains +.")
    assert sure.endswith("over 3 seeds (95 %). On test every other method is worse.")
    assert step == f"Next: `counterpoise predict {report.folder} FILES` labels new samples."
    assert len(lines(report)) <= 6


def test_nothing_helps(make: Make) -> None:
    methods = {"baseline": {"skill": 3.0}, "worse": {"skill": 0.5}}
    report = collect(make(methods=methods, counts=(200, 50, 10)))
    use, rare, sure, _ = report.advice
    assert use.startswith("Keep the baseline: nothing helps (balanced accuracy .")
    assert "->" not in rare
    assert sure == "No method is significantly better than it on test, over 3 seeds."
    assert len(lines(report)) <= 6


def test_the_best_on_validation_is_worse_on_test(make: Make) -> None:
    """Scores are swapped between the parts: validation prefers what test does not."""
    report = swapped(make, 1.2, 3.5)
    assert report.best == "weighted"
    assert report.as_json()["advised"] == "baseline"
    use, rare, *_, sure, _ = report.advice
    assert use.startswith("Keep the baseline: nothing helps (balanced accuracy .9")
    assert rare.endswith("with weighted.")
    assert sure.startswith("weighted, best on validation, loses .")
    assert report.advice[-1] == (
        f"Next: `counterpoise predict {report.folder} FILES` labels new samples."
    )


def test_a_gain_that_may_be_chance_says_how_much_more_it_takes(make: Make) -> None:
    methods = {"baseline": {"skill": 1.5}, "weighted": {"skill": 1.6}}
    report = collect(
        make(methods=methods, counts=(60, 30, 12), per_class=(15, 8, 3), experiment=OWN, seed=4)
    )
    assert report.best == "weighted"
    assert report.advice[0].startswith("Use weighted, if anything: balanced accuracy ")
    assert report.advice[3].startswith("Not sure: that gain may be chance (95 %: -.")
    assert report.advice[4] == (
        "Next: `counterpoise compare plants --folds 5` tests on all 148 samples, not 26 (a "
        "difference of .065 shows with about 130)."
    )


def test_a_class_that_is_never_found_comes_first(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 4.0}}, counts=(200, 50, 10), experiment=OWN)
    blind(out, 2)
    report = collect(out)
    assert report.advice[0] == (
        "baseline never finds class 'class 2' (10 training samples, 0 of 20 on test)."
    )
    assert "Next: `counterpoise compare plants --frozen` takes features" in report.advice[-1]
    called = {**OWN, "command": "counterpoise.compare('x')"}
    out = make(methods={"baseline": {"skill": 4.0}}, counts=(200, 50, 10), experiment=called)
    blind(out, 2)
    assert "Next: `frozen=True` takes features" in collect(out).advice[-1]
    assert report.text(80).splitlines()[-len(lines(report))].startswith("baseline never finds")


def test_six_lines_of_80_columns_for_the_longest_case(make: Make) -> None:
    """Frozen features, a class never found, a method that looks better on validation only."""
    model = "linear (99 parameters) on frozen features of mobilenet_v2"
    out = make(
        methods={"baseline": {"skill": 2.0}, "oversampling+thresholding": {"skill": 1.9}},
        counts=(192, 50, 8), per_class=(60, 20, 2), experiment={**OWN, "model": model},
    )  # fmt: skip
    blind(out, 2)
    report = collect(out)
    assert report.advice[0].startswith(f"{report.as_json()['advised']} never finds class 'class 2'")
    assert "; `--fine-tune` (about 2 min) may help." in report.advice[-1]
    assert len(lines(report)) <= 6


@pytest.mark.parametrize("second", [1.9, 2.4])
def test_class_names_as_long_as_a_line_leave_six_lines(make: Make, second: float) -> None:
    long = [f"photographs of {k} of unknown origin, taken in the field at night" for k in "abc"]
    model = "linear (99 parameters) on frozen features of mobilenet_v2"
    out = make(
        methods={"baseline": {"skill": 2.0}, "oversampling+thresholding": {"skill": second}},
        counts=(192, 50, 8), per_class=(60, 20, 2),
        experiment={**OWN, "model": model, "classes": long},
    )  # fmt: skip
    for hidden in ((), (2,)):
        blind(out, *hidden)
        report = collect(out)
        assert "'photographs…" in " ".join(report.advice).replace(" …", "…")
        assert not any(name in " ".join(report.advice) for name in long)
        assert len(lines(report)) <= 6, "\n".join(lines(report))


def test_of_folds_the_whole_command_is_that_of_fine_tuning(make: Make) -> None:
    """Folds test all there are, so the other step is to collect."""
    model = "linear (99 parameters) on frozen features of mobilenet_v2"
    own = {**OWN, "model": model, "command": "counterpoise compare plants --folds 3"}
    splits = ("fold-0", "fold-1", "fold-2")
    report = collect(
        make(counts=(200, 50, 6), per_class=(60, 20, 3), splits=splits, experiment=own)
    )
    assert report.advice[-1] == (
        "Next: `counterpoise compare plants --folds 3 --fine-tune` (about 2 min) may help; collect "
        "2 more of 'class 2', whose recall on test moves in steps of .11."
    )


def test_a_class_is_not_called_rare_where_all_have_as_many(make: Make) -> None:
    methods = {"baseline": {"skill": 3.0}, "worse": {"skill": 0.5}}
    use, sure, _ = collect(make(methods=methods, counts=(50, 50, 50))).advice
    assert use.startswith("Keep the baseline: nothing helps, as no class is rarer than another (")
    assert sure.startswith("No method is")


def test_rare_classes_of_a_random_profile_differ_between_splits(make: Make) -> None:
    rare = {f"seed-{s}": [200 if k != s else 10 for k in range(3)] for s in range(3)}
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    _, said, *_ = collect(make(methods=methods, experiment={"counts_per_split": rare})).advice
    assert said.startswith("The rarest class (10 training, 20 test samples): recall .")


def test_another_method_that_finds_the_class_is_named(make: Make) -> None:
    methods = {"baseline": {"skill": 4.0}, "weighted": {"skill": 2.0}}
    out = make(methods=methods, counts=(200, 50, 10))
    blind(out, 2, methods="baseline")
    report = collect(out)
    weighted = next(m for m in report.methods if m.name == "weighted")
    assert weighted.recall is not None
    found = f"; weighted has a recall of {weighted.recall[2]:.2f} there.".replace("0.", ".")
    if report.best == "baseline":
        assert report.advice[0].endswith(found)
    else:
        assert "never" not in report.advice[0]


def test_the_baseline_is_not_advised_while_another_finds_a_class_that_it_never_does(
    make: Make,
) -> None:
    """Validation, on which no class is hidden from it, has chosen the baseline."""
    methods = {"baseline": {"skill": 4.0}, "weighted": {"skill": 3.5}}
    out = make(methods=methods, counts=(200, 50, 10), per_class=20)
    blind(out, 2, methods="baseline", part="test")
    report = collect(out)
    assert report.best == "baseline"
    assert report.as_json()["advised"] == "weighted"
    assert report.advice[0] == (
        "Use weighted, if anything: it finds class 'class 2'; the baseline never does."
    )
    assert "recall .00 -> " in report.advice[1]
    (sure,) = [one for one in report.advice if one.startswith("Not sure")]
    assert sure.startswith("Not sure: validation did not choose it; it gains +.")
    assert len(lines(report)) <= 6


def test_of_200_classes_few_are_named(make: Make) -> None:
    counts = [max(2, 500 - 3 * k) for k in range(200)]
    out = make(
        methods={"baseline": {"skill": 6.0}, "weighted": {"skill": 7.0}},
        counts=counts,
        per_class=4,
        splits=("seed-0", "seed-1"),
    )
    blind(out, 150, 160, 170, 180, 190)
    report = collect(out)
    assert report.advice[0].endswith(
        "never finds 5 of 200 classes: 'class 170', 'class 180' and 3 more."
    )
    assert "rarest classes (2 training, 4 test samples)" in " ".join(report.advice)
    assert max(map(len, report.advice)) < 200


def test_two_classes_and_one_split(make: Make) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    report = collect(make(methods=methods, counts=(300, 20), splits=("seed-0",), per_class=40))
    _, rare, others, sure, _ = report.advice
    assert rare.startswith("The rarest class 'class 1' (20 training, 40 test samples): recall .")
    assert others.startswith("The other class 'class 0': recall")
    assert sure.startswith("On this one split: it gains +.")
    assert "(95 %), without how training varies." in sure
    assert "Sure" not in sure


def test_the_class_that_loses_most_is_named(make: Make) -> None:
    out = make(
        methods={"baseline": {"skill": 1.5}, "weighted": {"skill": 5.0}},
        counts=(200, 150, 100, 10),
        per_class=40,
    )
    for path in out.glob("runs/weighted/*/outputs.npz"):
        with np.load(path) as arrays:
            outputs = dict(arrays)
        for key in ("test_scores", "test_probabilities"):
            outputs[key][:, 1] *= 0.02
            outputs[key] /= outputs[key].sum(axis=1, keepdims=True)
        np.savez(path, **outputs)
    report = collect(out)
    weighted, baseline = (m.recall or () for m in report.methods)
    lost = (baseline[1] or 0) - (weighted[1] or 0)
    assert lost > 0.02
    said = f"; class 'class 1' loses most ({lost:.2f}).".replace("0.", ".")
    assert any(sentence.endswith(said) for sentence in report.advice)


def test_no_baseline(make: Make) -> None:
    report = collect(make(methods={"a": {"skill": 4.0}, "b": {"skill": 0.5}}))
    assert report.advice[0].startswith("Use a: best balanced accuracy on validation, .")
    assert "On test every other method is worse." in report.advice


def test_nothing_was_learned(make: Make) -> None:
    methods = {"baseline": {"skill": 1e-9}, "weighted": {"skill": 1e-9}}
    report = collect(make(methods=methods, counts=(50, 50, 50), experiment=OWN))
    first, step = report.advice
    assert first.startswith("Use none of them: nothing is shown to be learned. The best, ")
    assert first.endswith(", guessing .333.")
    assert step.startswith("Next: check that labels belong to their samples (counterpoise inspect)")


def test_one_method_that_learned_is_enough(make: Make) -> None:
    """Validation's best guesses on test, and the baseline does not."""
    report = swapped(make, 1e-9, 3.5)
    assert report.best == "weighted"
    use, *_ = report.advice
    assert use.startswith("Keep the baseline: nothing helps (bal")
    assert is_ranking(report)


@pytest.mark.parametrize("brief", ["baseline", "weighted"])
def test_too_brief_trainings_are_not_ranked(make: Make, brief: str) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}, "c": {"skill": 0.5}}
    methods[brief]["converged"] = False
    report = collect(make(methods=methods, rounds=10))
    first, now, step = report.advice
    assert first == (
        f"Undecided, as trained too briefly: the loss of {brief} was still falling after 10 rounds."
    )
    assert now.startswith("So far the best is weighted: balanced accuracy .")
    assert step == "Next: `counterpoise compare synthetic --rounds 40` trains longer."
    methods[brief]["converged"] = True
    methods["c"]["converged"] = False  # neither the best nor what it is compared with
    assert collect(make(methods=methods)).advice[0].startswith("Use weighted")


def test_no_method_finished(make: Make) -> None:
    report = collect(make(methods={"baseline": {"status": "failed", "error": "no memory"}}))
    assert report.advice == ("No method finished with a balanced accuracy.",)


def test_an_interrupted_comparison_is_to_be_finished(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}})
    (out / "runs/weighted/seed-2/report.json").unlink()
    assert collect(out).advice[-1] == (
        "Next: `counterpoise compare synthetic` finishes what is missing."
    )
    python = {"command": "counterpoise.compare('x')"}
    out = make(methods={"baseline": {}, "weighted": {}}, experiment=python)
    (out / "runs/weighted/seed-2/report.json").unlink()
    assert collect(out).advice[-1] == "Next: finish it, as the first warning says."


def test_lower_is_better_for_nll(make: Make) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    report = collect(make(methods=methods, experiment={"select": "nll"}))
    assert report.advice[0].startswith("Use weighted: NLL .")
    assert report.advice[3].startswith("Sure: it gains +.")


def blind(out: Path, *classes: int, methods: str = "*", part: str = "") -> None:
    """Take the chance of some classes away, in every run; on one part, if that is named."""
    for path in out.glob(f"runs/{methods}/*/outputs.npz"):
        with np.load(path) as arrays:
            outputs = dict(arrays)
        for table in [table for key, table in outputs.items() if key.startswith(part)]:
            table[:, list(classes)] = 0.0
            table /= table.sum(axis=1, keepdims=True)
        np.savez(path, **outputs)


def swapped(make: Make, baseline: float, weighted: float) -> Report:
    """`weighted` is as good as the skill says on validation, and on test the baseline is."""
    out = make(methods={"baseline": {"skill": baseline}, "weighted": {"skill": weighted}})
    for split in ("seed-0", "seed-1", "seed-2"):
        tables = {}
        for method in ("baseline", "weighted"):
            with np.load(out / "runs" / method / split / "outputs.npz") as arrays:
                tables[method] = dict(arrays)
        for method, other in (("baseline", "weighted"), ("weighted", "baseline")):
            mixed = {
                key: tables[other if key.startswith("test") else method][key]
                for key in tables[method]
            }
            np.savez(out / "runs" / method / split / "outputs.npz", **mixed)
    return collect(out)


@pytest.mark.parametrize(("rounds", "number"), [(1, "1 round is"), (2, "2 rounds are")])
def test_too_few_rounds_to_see_a_loss_fall_decide_nothing(
    make: Make, rounds: int, number: str
) -> None:
    unseen = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    methods = {name: {**kept, "converged": None} for name, kept in unseen.items()}
    report = collect(make(methods=methods, per_class=40, rounds=rounds))
    said, so_far, step = report.advice
    assert said == (
        f"Undecided: {number} too few to tell whether the loss of baseline and weighted was still "
        "falling."
    )
    assert so_far.startswith("So far the best is weighted: ")
    assert f"--rounds {4 * rounds}` trains longer" in step
    assert report.as_json()["advised"] is None
    assert not is_ranking(report)


def test_an_unknown_star_of_enough_rounds_changes_nothing(make: Make) -> None:
    """As in records from a ledger."""
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0, "converged": None}}
    assert collect(make(methods=methods, per_class=40)).advice[0].startswith("Use weighted: ")


def test_the_fewest_rounds_are_those_that_the_star_needs() -> None:
    assert FEWEST_ROUNDS == FEWEST
