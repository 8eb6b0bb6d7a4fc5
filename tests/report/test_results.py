"""The verdict in its five forms, and estimates over splits."""

from types import SimpleNamespace

import pytest

from counterpoise.report.results import Estimate, Results


def results(
    best: str | None, ranked: int, equal: tuple[str, ...] = (), better: tuple[str, ...] = ()
) -> Results:
    methods = tuple(
        SimpleNamespace(rank=k + 1, alias_of=None, status="ok", reference=False)
        for k in range(ranked)
    )
    experiment = SimpleNamespace(select="g_mean", validation="profiled")
    return Results(experiment, methods, best, equal, (), {}, better)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "verdict", "undecided"),
    [
        (results(None, 0), "No method finished with a G-mean.", False),
        (results("a", 1), "Best by G-mean on validation: a.", False),
        (
            results("a", 3),
            "Best by G-mean on validation: a; on test every other method is worse.",
            False,
        ),
        (
            results("a", 3, ("b",)),
            "Best by G-mean on validation: a. On test not significantly different from it, "
            "cheapest first: b.",
            False,
        ),
        (
            results("a", 3, ("c", "b")),
            "Undecided: a is best by G-mean on validation, but on test no method is significantly "
            "different from it; cheapest first: c, b.",
            True,
        ),
        (
            results("a", 4, ("c", "b"), ("b",)),
            "Undecided: a is best by G-mean on validation, yet on test better than it: b; not "
            "significantly different from it, cheapest first: c.",
            True,
        ),
    ],
)
def test_verdict(found: Results, verdict: str, undecided: bool) -> None:
    assert found.verdict == verdict
    assert found.undecided == undecided


def test_a_long_list_is_cut() -> None:
    found = results("a", 9, tuple("bcdefgh"))
    assert found.verdict.endswith("cheapest first: b, c, d and 4 more.")


def test_a_value_that_one_split_lacks_takes_the_mean_away() -> None:
    assert Estimate.of([1.0, 2.0, 3.0]) == Estimate(2.0, 1.0, (1.0, 2.0, 3.0))
    assert Estimate.of([0.5]).sd is None
    assert Estimate.of([0.5, None], (0.1, 0.2)) == Estimate(None, None, (0.5, None))
    assert Estimate.of([]).mean is None


def test_a_baseline_that_is_kept_as_nothing_is_better_is_not_undecided() -> None:
    """The advice says: keep the baseline, nothing helps."""
    found = results("baseline", 3, ("b", "c"))
    assert found.undecided, "of report.json, which keeps its meaning"
    assert found.verdict == (
        "Best by G-mean on validation: baseline. On test no method is significantly different "
        "from it, cheapest first: b, c."
    )
    assert results("baseline", 3, ("b", "c"), ("b",)).verdict.startswith("Undecided: baseline is ")
